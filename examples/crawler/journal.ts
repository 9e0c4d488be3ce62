/** What a crawl has done, in a file: a line for each page, with the links that were new on it. */

import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { NewJob } from '../many-machines/jobs.ts';

export interface JournalEntry {
  readonly key: string;
  readonly result: string;
  readonly found: readonly NewJob[];
}

export class Journal {
  private readonly fd: number;

  /** @throws an Error of the system, such as EACCES */
  constructor(path: string) {
    // A line that was cut off by a crash is ended, and will not be read as one.
    const needsEnd = existsSync(path) && !/(^|\n)$/.test(readFileSync(path, 'utf8'));
    this.fd = openSync(path, 'a');
    if (needsEnd) writeSync(this.fd, '\n');
  }

  /** The pages in a journal; none if there is no such file. */
  static entries(path: string): JournalEntry[] {
    if (!existsSync(path)) return [];
    return readFileSync(path, 'utf8').split('\n').flatMap(parsed);
  }

  /** One write: after a crash it is there as a whole, or its page is visited again. */
  record(entry: JournalEntry): void {
    writeSync(this.fd, `${JSON.stringify(entry)}\n`);
  }

  [Symbol.dispose](): void {
    closeSync(this.fd);
  }
}

function parsed(line: string): JournalEntry[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as JournalEntry];
  } catch {
    return [];
  }
}

/** How a crawl goes, on one line of a terminal that is written over and over. */

import { type Coroutine, sleep } from 'selectloop';
import type { Jobs } from '../many-machines/jobs.ts';

const DRAW_MS = 200;

export class CrawlProgress {
  private readonly jobs: Jobs;
  private readonly startMs = performance.now();
  private readonly counts = new Map<string, number>();
  private visited = 0;

  constructor(jobs: Jobs) {
    this.jobs = jobs;
  }

  count(result: string): void {
    this.visited++;
    this.counts.set(result, (this.counts.get(result) ?? 0) + 1);
  }

  /** Until it is cancelled. */
  *draw(): Coroutine<never> {
    try {
      for (;;) {
        const rate = this.visited / ((performance.now() - this.startMs) / 1000);
        const open = yield* this.jobs.open();
        const line = `${this.visited} visited, ${open} to go, ${rate.toFixed(0)}/s   ${tableOf(this.counts)}`;
        const columns = process.stderr.columns ?? 80;
        process.stderr.write(`\r\x1b[K${line.slice(0, columns - 1)}`);
        yield* sleep(DRAW_MS);
      }
    } finally {
      process.stderr.write('\r\x1b[K');
    }
  }
}

/** Results and how often there were, most common first: `200: 97, 404: 3`. */
export function tableOf(counts: ReadonlyMap<string, number>): string {
  const rows = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return rows.map(([result, count]) => `${result}: ${count}`).join(', ');
}

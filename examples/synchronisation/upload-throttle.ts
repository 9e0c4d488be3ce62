/**
 * Uploads throttled by a semaphore: a hundred files, so many at a time, each in pieces; a slow one holds up nobody else.
 *
 *     npm run example -- upload-throttle --limit 4
 */

import { fileURLToPath } from 'node:url';
import { type Coroutine, getRunningLoop, print, runMain, Semaphore, sleep, taskGroup } from 'selectloop';
import { VirtualClock } from 'selectloop/testing';
import { commandLine, flag, wholeNumber } from '../command-line.ts';

/** What a file is sent with: a piece of it, in as much time as it takes. */
export type SendPiece = (file: string, bytes: number) => Coroutine<void>;

const PIECE_BYTES = 64 * 1024;

export class Uploader {
  /** The most uploads that there ever were at a time. */
  peak = 0;
  private underWay = 0;
  private readonly places: Semaphore;
  private readonly send: SendPiece;

  constructor(limit: number, send: SendPiece) {
    this.places = new Semaphore(limit);
    this.send = send;
  }

  /** Uploads all. When one fails the others are cancelled, and its error comes out. */
  *uploadAll(files: ReadonlyMap<string, number>): Coroutine<void> {
    const uploader = this;
    yield* taskGroup(function* (group) {
      for (const [file, bytes] of files) {
        // A place is taken before there is a task: a million files are no million tasks.
        yield* uploader.places.acquire();
        group.createTask(uploader.uploadThenLeave(file, bytes), { name: file });
      }
    });
  }

  private *uploadThenLeave(file: string, bytes: number): Coroutine<void> {
    this.underWay++;
    this.peak = Math.max(this.peak, this.underWay);
    try {
      for (let left = bytes; left > 0; left -= PIECE_BYTES)
        yield* this.send(file, Math.min(left, PIECE_BYTES));
    } finally {
      this.underWay--;
      this.places.release();
    }
  }
}

function* main(count: number, limit: number): Coroutine<void> {
  const startMs = getRunningLoop().time();
  // Ten times the bytes for every tenth file.
  const sizeOf = (index: number): number => (index % 10 === 0 ? 10 : 1) * PIECE_BYTES;
  const files = new Map(Array.from({ length: count }, (_, index) => [`file ${index}`, sizeOf(index)]));
  const uploader = new Uploader(limit, () => sleep(20));
  yield* uploader.uploadAll(files);
  const elapsedMs = Math.round(getRunningLoop().time() - startMs);
  print(`${count} files in ${elapsedMs} ms, at most ${uploader.peak} at a time`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { files, limit, virtual } = commandLine('upload-throttle', {
    files: wholeNumber(100, 'how many files'),
    limit: wholeNumber(4, 'how many uploads at a time', { least: 1 }),
    virtual: flag('let time pass at once whenever all wait'),
  });
  runMain(() => main(files, limit), virtual ? { clock: new VirtualClock() } : {});
}

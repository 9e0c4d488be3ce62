/**
 * MapReduce on one machine: counts the words of a large text, on threads and in processes, beside a progress bar.
 *
 *     npm run example -- word-count                       # 1 GiB of text, threads and then processes
 *     npm run example -- word-count --mib 64 --workers 4 --kinds threads
 *
 * The text is made up as it is needed, and is never in memory as a whole: a chunk is mapped by a worker to the counts of its
 * words, and the counts are reduced to one table here. A worker that is done takes the next chunk, so at most two for each
 * worker are under way. The bar is drawn where stderr is a terminal; --bar draws
 * it anyway.
 */

import { writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import {
  type Coroutine,
  type Executor,
  gather,
  move,
  ProcessPoolExecutor,
  print,
  runMain,
  ThreadPoolExecutor,
} from 'selectloop';
import { commandLine, flag, oneOf, wholeNumber } from '../command-line.ts';
import { CHUNK_BYTES, type Chunks, textOf } from './word-count-data.ts';

const options = commandLine('word-count', {
  mib: wholeNumber(1024, 'how much text there is, in MiB', { least: 1 }),
  workers: wholeNumber(availableParallelism(), 'how many threads, or processes', { least: 1 }),
  kinds: oneOf(['threads', 'processes', 'both'], 'both', 'where the work is done'),
  bar: flag('draw the progress bar also where stderr is no terminal'),
});
const chunkCount = Math.ceil((options.mib * 2 ** 20) / CHUNK_BYTES);
const maxWorkers = options.workers;
const kinds = options.kinds === 'both' ? ['threads', 'processes'] : [options.kinds];
const drawsBar = process.stderr.isTTY || options.bar;
const workUrl = new URL('./word-count-work.ts', import.meta.url);

/** How much is done, as a line that is drawn over and over. */
class ProgressBar {
  private readonly startMs = performance.now();
  private done = 0;
  private drawnPercent = -1;

  advance(): void {
    this.done++;
    const percent = Math.floor((100 * this.done) / chunkCount);
    if (!drawsBar || percent === this.drawnPercent) return;
    this.drawnPercent = percent;
    const bar = '#'.repeat(percent / 5).padEnd(20, '-');
    const mib = (this.done * CHUNK_BYTES) / 2 ** 20;
    const rate = mib / ((performance.now() - this.startMs) / 1000);
    const end = this.done === chunkCount ? '\n' : '';
    writeSync(2, `\r[${bar}] ${percent} %, ${mib.toFixed(0)} MiB, ${rate.toFixed(0)} MiB/s ${end}`);
  }
}

/** Maps chunks on the workers, and reduces what comes back. */
function* countWords(pool: Executor, chunks: Chunks): Coroutine<Map<string, number>> {
  const work = pool.module<typeof import('./word-count-work.ts')>(workUrl);
  const totals = new Map<string, number>();
  const bar = new ProgressBar();
  const mapAndReduce = function* (): Coroutine<void> {
    for (let chunk = chunks.next(); chunk !== null; chunk = chunks.next()) {
      // Threads get the memory of the chunk itself; for processes this is a copy.
      const counts = yield* work.countWords(move(chunk));
      for (const [word, count] of counts) totals.set(word, (totals.get(word) ?? 0) + count);
      bar.advance();
    }
  };
  // Two chunks for each worker: one that it counts, and one that waits for it.
  yield* gather(Array.from({ length: 2 * maxWorkers }, mapAndReduce));
  return totals;
}

function report(kind: string, totals: ReadonlyMap<string, number>, elapsedMs: number): void {
  const words = [...totals].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const sum = words.reduce((before, [, count]) => before + count, 0);
  const top = words.slice(0, 5).map(([word, count]) => `${word} ${count}`);
  print(`${kind}: ${sum} words, ${words.length} different; ${top.join(', ')}`);
  print(`${kind} took ${Math.round(elapsedMs)} ms`, { fd: 2 });
}

function* main(): Coroutine<void> {
  for (const kind of kinds) {
    using pool =
      kind === 'processes' ? new ProcessPoolExecutor({ maxWorkers }) : new ThreadPoolExecutor({ maxWorkers });
    const startMs = performance.now();
    const totals = yield* countWords(pool, textOf(chunkCount));
    report(kind, totals, performance.now() - startMs);
  }
}

runMain(main);

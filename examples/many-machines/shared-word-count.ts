/**
 * MapReduce on many machines: the words of a large file that all of them reach, counted in chunks by whoever is there.
 *
 *     npm run example -- shared-word-count big.txt                                    # on this machine alone
 *     npm run example -- shared-word-count big.txt --redis redis://10.0.0.1:6379      # on each of several machines
 *
 * All processes are started in the same way, in any order: each adds all chunks, which Redis takes once, and works until none is
 * left. A process that is killed loses nothing, since others get its chunks. Each says the result at its end. Files are read by
 * Node, Redis is reached by ioredis, in guest mode; the counting is done on threads. A word has at most 256 letters, of ASCII.
 */

import { type FileHandle, open } from 'node:fs/promises';
import { availableParallelism, hostname } from 'node:os';
import {
  type Coroutine,
  createTask,
  fromPromise,
  gather,
  type ModuleCalls,
  move,
  print,
  runGuest,
  ThreadPoolExecutor,
} from 'selectloop';
import { anyText, commandLine, wholeNumber } from '../command-line.ts';
import { connectToRedis } from '../redis.ts';
import { type Jobs, MemoryJobs, type NewJob } from './jobs.ts';
import { RedisJobs } from './redis-jobs.ts';

const MAX_WORD_BYTES = 256;

const options = commandLine(
  'shared-word-count',
  {
    chunkKib: wholeNumber(1024, 'how much is counted at once', { least: 1 }),
    threads: wholeNumber(availableParallelism(), 'how many chunks are counted at once', { least: 1 }),
    redis: anyText('', 'the Redis by which several processes share the work', 'URL'),
    name: anyText('word-count', 'what the keys in Redis begin with'),
    claimAfterMs: wholeNumber(10_000, 'how long a process may be silent before others do its work'),
  },
  'FILE',
);

type Work = ModuleCalls<typeof import('../processes/word-count-work.ts')>;

function isSpace(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13);
}

function* readAt(file: FileHandle, start: number, byteCount: number): Coroutine<Uint8Array> {
  const bytes = new Uint8Array(byteCount);
  const { bytesRead } = yield* fromPromise(file.read(bytes, 0, byteCount, start));
  return bytes.subarray(0, bytesRead);
}

/** The words that begin in a chunk; the last one may end after it. In memory of its own. */
function* wordsIn(file: FileHandle, chunk: number): Coroutine<Uint8Array> {
  const chunkBytes = options.chunkKib * 1024;
  // With the byte before it, which says whether a word begins with the first one.
  const before = chunk === 0 ? 0 : 1;
  const bytes = yield* readAt(file, chunk * chunkBytes - before, before + chunkBytes + MAX_WORD_BYTES);
  const first = chunk === 0 ? 0 : bytes.findIndex(isSpace);
  const last = bytes.findIndex((byte, at) => at >= before + chunkBytes - 1 && isSpace(byte));
  return first < 0 ? new Uint8Array() : bytes.slice(first, last < 0 ? bytes.length : Math.max(first, last));
}

/** The map: takes chunks as long as there are any. */
function* mapChunks(jobs: Jobs, file: FileHandle, work: Work): Coroutine<void> {
  for (let job = yield* jobs.take(); job !== null; job = yield* jobs.take()) {
    const counts = yield* work.countWords(move(yield* wordsIn(file, Number(job.key))));
    yield* jobs.finish(job, JSON.stringify([...counts]));
  }
}

/** The reduction: of what all have counted. */
function report(results: ReadonlyMap<string, string>): void {
  const totals = new Map<string, number>();
  for (const result of results.values()) {
    for (const [word, count] of JSON.parse(result) as [string, number][])
      totals.set(word, (totals.get(word) ?? 0) + count);
  }
  const words = [...totals].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const sum = words.reduce((before, [, count]) => before + count, 0);
  const top = words.slice(0, 5).map(([word, count]) => `${word} ${count}`);
  print(`${sum} words, ${words.length} different; ${top.join(', ')}`);
}

function* countFile(path: string, jobs: Jobs): Coroutine<void> {
  const file = yield* fromPromise(open(path));
  try {
    using pool = new ThreadPoolExecutor({ maxWorkers: options.threads });
    const work = pool.module<typeof import('../processes/word-count-work.ts')>(
      new URL('../processes/word-count-work.ts', import.meta.url),
    );
    const { size } = yield* fromPromise(file.stat());
    const chunks = Array.from({ length: Math.ceil(size / (options.chunkKib * 1024)) }, (_, i) => String(i));
    yield* jobs.add(chunks.map((key): NewJob => ({ key, body: '' })));
    // One chunk more than there are threads: it is read while the others are counted.
    yield* gather(Array.from({ length: options.threads + 1 }, () => mapChunks(jobs, file, work)));
    report(yield* jobs.results());
  } finally {
    yield* fromPromise(file.close());
  }
}

function* countTogether(path: string): Coroutine<void> {
  const redis = yield* connectToRedis(options.redis);
  const waiting = yield* connectToRedis(options.redis);
  try {
    const jobs = new RedisJobs(redis, waiting, { ...options, consumer: `${hostname()}-${process.pid}` });
    yield* jobs.join();
    const keeping = createTask(jobs.keepAlive());
    yield* countFile(path, jobs);
    keeping.cancel();
  } finally {
    redis.disconnect();
    waiting.disconnect();
  }
}

const path = options.rest[0] as string;
await runGuest(() => (options.redis === '' ? countFile(path, new MemoryJobs()) : countTogether(path)), {
  interrupts: true,
});

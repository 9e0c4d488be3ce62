/**
 * Hashes passwords on threads, beside a heartbeat that shows that the loop goes on.
 *
 *     npm run example -- hash-passwords secret1 secret2 …
 *     npm run example -- hash-passwords --on-loop secret1 secret2 …
 *
 * With --on-loop the same work is done in the loop's own thread: no heartbeat until it is over. Salts are
 * random, so the same password gives another line each time.
 */

import { randomBytes } from 'node:crypto';
import { type Coroutine, createTask, gather, print, runMain, sleep, ThreadPoolExecutor } from 'selectloop';
import { commandLine, flag, wholeNumber } from '../command-line.ts';
import { hashPassword } from './hash-passwords-work.ts';

const { cost, threads, onLoop, rest } = commandLine(
  'hash-passwords',
  {
    cost: wholeNumber(131_072, "scrypt's N, a power of two", { least: 2 }),
    threads: wholeNumber(2, 'how many threads', { least: 1 }),
    onLoop: flag("do the work in the loop's own thread instead: no heartbeat until it is over"),
  },
  'PASSWORD …',
);

const BEAT_MS = 20;

/** Runs until it is cancelled. */
function* heartbeat(beats: { count: number }): Coroutine<void> {
  for (;;) {
    yield* sleep(BEAT_MS);
    beats.count++;
  }
}

/** A line for each password, in their order. */
function* hashAll(passwords: readonly string[]): Coroutine<string[]> {
  const salts = passwords.map(() => randomBytes(16).toString('hex'));
  if (onLoop) {
    return passwords.map((password, i) => hashPassword(password, salts[i] as string, cost));
  }
  using pool = new ThreadPoolExecutor({ maxWorkers: threads });
  const work = pool.module<typeof import('./hash-passwords-work.ts')>(
    new URL('./hash-passwords-work.ts', import.meta.url),
  );
  return yield* gather(passwords.map((password, i) => work.hashPassword(password, salts[i] as string, cost)));
}

function* main(passwords: readonly string[]): Coroutine<void> {
  const beats = { count: 0 };
  const beating = createTask(heartbeat(beats));
  const startMs = performance.now();
  try {
    for (const line of yield* hashAll(passwords)) print(line);
  } finally {
    beating.cancel();
  }
  const elapsedMs = Math.round(performance.now() - startMs);
  print(`${passwords.length} passwords in ${elapsedMs} ms, ${beats.count} heartbeats meanwhile`);
}

runMain(() => main(rest));

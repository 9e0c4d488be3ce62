/**
 * Hashes passwords on threads, beside a heartbeat that shows that the loop goes on.
 *
 *     node --import tsx examples/hash-passwords.ts secret1 secret2 …
 *     ON_LOOP=1 node --import tsx examples/hash-passwords.ts secret1 secret2 …
 *
 * With ON_LOOP=1 the same work is done in the loop's own thread: no heartbeat until it is over. COST is scrypt's N, a power of
 * two; THREADS how many there are. Salts are random, so the same password gives another line each time.
 */

import { randomBytes } from 'node:crypto';
import { type Coroutine, createTask, gather, print, runMain, sleep, ThreadPoolExecutor } from 'selectloop';
import { hashPassword } from './hash-passwords-work.ts';

const BEAT_MS = 20;
const cost = Number(process.env.COST ?? 131_072);
const maxWorkers = Number(process.env.THREADS ?? 2);

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
  if (process.env.ON_LOOP === '1') {
    return passwords.map((password, i) => hashPassword(password, salts[i] as string, cost));
  }
  using pool = new ThreadPoolExecutor({ maxWorkers });
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

runMain(() => main(process.argv.slice(2)));

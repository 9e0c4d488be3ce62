/** Very many calls in one run: nothing grows. `SELECTLOOP_TEST_SIZE=full` for 100,000 of each kind. */
import { readdirSync } from 'node:fs';
import {
  type Coroutine,
  createTask,
  gather,
  ProcessPoolExecutor,
  run,
  SharedLock,
  sleep,
  ThreadPoolExecutor,
} from 'selectloop';
import { expect, test } from 'vitest';
import { sized } from '../../support/size.ts';
import { errorOf, type Work, workUrl } from './fixtures.ts';

const TOTAL = sized(2_000, 100_000);
const AT_ONCE = 100;

interface Held {
  readonly rss: number;
  readonly descriptors: number;
  readonly threads: number;
}

function heldNow(): Held {
  return {
    rss: process.memoryUsage().rss,
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
  };
}

const pools = {
  threads: () => new ThreadPoolExecutor({ maxWorkers: 2 }),
  processes: () => new ProcessPoolExecutor({ maxWorkers: 2 }),
};

test.runIf(process.platform === 'linux').each(Object.entries(pools))(
  'calls on %s: flat memory, threads and descriptors',
  { timeout: sized(60_000, 1_200_000) },
  (kind, makePool) => {
    const before = heldNow();
    const [quarter, end] = run(function* (): Coroutine<[Held, Held]> {
      const pool = makePool();
      const work = pool.module<Work>(workUrl);
      let quarterHeld: Held | null = null;
      const text = 'x'.repeat(2_000);
      for (let done = 0; done < TOTAL; done += AT_ONCE) {
        // Of everything something: results, errors, text both ways, a call that is cancelled while it waits.
        const calls = Array.from({ length: AT_ONCE - 3 }, (_, i) => work.square(i === 13 ? 14 : i));
        const failing = createTask(errorOf(work.square(13)));
        const back = pool.submit((sent: string) => `${sent}!`, text);
        const cancelled = work.square(1);
        cancelled.cancel();
        yield* gather([...calls, failing, back]);
        if (quarterHeld === null && done >= TOTAL / 4) quarterHeld = heldNow();
      }
      const endHeld = heldNow();
      yield* pool.shutdown();
      return [quarterHeld as Held, endHeld];
    });
    const figures = { before, quarter, end, after: heldNow() };
    if (TOTAL > 2_000) console.log(`${TOTAL} calls on ${kind}:`, JSON.stringify(figures));
    expect(end.descriptors).toBe(quarter.descriptors);
    expect(end.threads).toBe(quarter.threads);
    expect(end.rss - quarter.rss).toBeLessThan(30e6);
    expect(heldNow().descriptors).toBe(before.descriptors);
  },
);

test.runIf(process.platform === 'linux')('shared locks that are waited for leave nothing behind', () => {
  const rounds = sized(400, 20_000);
  const lock = new SharedLock();
  const held = run(function* (): Coroutine<Held[]> {
    const states: Held[] = [];
    for (let round = 0; round < rounds; round++) {
      // Another object for the same lock, as other threads would have.
      const other = new SharedLock(lock);
      yield* lock.acquire();
      const [kept, cancelled] = [createTask(other.acquire()), createTask(other.acquire())];
      yield* sleep(0);
      cancelled.cancel();
      lock.release();
      yield* kept;
      other.release();
      if (round === Math.floor(rounds / 4)) states.push(heldNow());
    }
    return [...states, heldNow()];
  });
  expect(String(lock)).toBe('<SharedLock [free]>');
  expect(held[1]?.descriptors).toBe(held[0]?.descriptors);
  expect((held[1] as Held).rss - (held[0] as Held).rss).toBeLessThan(30e6);
});

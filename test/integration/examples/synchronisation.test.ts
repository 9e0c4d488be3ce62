/**
 * The examples of synchronisation, in virtual time: the same order, and the same times to the millisecond,
 * on every machine. Each program is run once as a user runs it, with --virtual.
 */
import {
  type Coroutine,
  createTask,
  gather,
  getRunningLoop,
  Lock,
  type Main,
  run,
  sleep,
  type Task,
} from 'selectloop';
import { VirtualClock } from 'selectloop/testing';
import { describe, expect, test } from 'vitest';
import { Pool, PoolClosedError } from '../../../examples/synchronisation/connection-pool.ts';
import { morning, type Order, serveAll } from '../../../examples/synchronisation/priority-orders.ts';
import { produceAndConsume } from '../../../examples/synchronisation/producer-consumer.ts';
import {
  balanceAfterDeposits,
  loadsOfConfiguration,
  ticketsSold,
  transfers,
} from '../../../examples/synchronisation/races.ts';
import { StateMachine, TransitionError, upload } from '../../../examples/synchronisation/state-machine.ts';
import { Uploader } from '../../../examples/synchronisation/upload-throttle.ts';
import { startProgram } from '../../support/run-program.ts';

function inVirtualTime<T>(main: Main<T>): T {
  return run(main, { clock: new VirtualClock() });
}

const failures = (tasks: readonly Task<unknown>[]): Coroutine<unknown> =>
  gather(tasks, { returnExceptions: true });

test.each([
  ['races', /two locks, in one order: both done$/],
  ['connection-pool', /250 ms: user 5 has connection \d$/],
  ['upload-throttle', /^100 files in 1020 ms, at most 4 at a time$/],
  ['state-machine', /^done knows no pause$/],
  ['producer-consumer', /^40 items in 570 ms; 5 waited at most$/],
  ['priority-orders', /^7\. toast for Ben$/],
])('%s, as a program', async (name, lastLine) => {
  const args = name === 'races' ? [] : ['--virtual'];
  const program = startProgram(`examples/synchronisation/${name}.ts`, { args });
  expect(await program.waitForExit(30_000), program.stderr).toBe(0);
  expect(program.lines.at(-1)).toMatch(lastLine);
});

describe('races', () => {
  test('without a lock they go wrong, with one they go right', () => {
    inVirtualTime(function* () {
      const lock = new Lock();
      const locked = <T>(body: () => Coroutine<T>): Coroutine<T> => lock.with(body);
      const bare = <T>(body: () => Coroutine<T>): Coroutine<T> => body();
      expect(yield* balanceAfterDeposits(bare)).toBe(1);
      expect(yield* balanceAfterDeposits(locked)).toBe(10);
      expect(yield* ticketsSold(bare)).toEqual({ sold: 5, left: -3 });
      expect(yield* ticketsSold(locked)).toEqual({ sold: 2, left: 0 });
      expect(yield* loadsOfConfiguration(false)).toBe(3);
      expect(yield* loadsOfConfiguration(true)).toBe(1);
      expect(yield* transfers(false)).toBe('DeadlockError');
      expect(yield* transfers(true)).toBe('both done');
    });
  });
});

describe('connection pool', () => {
  const newPool = (limit: number): { pool: Pool<number>; opened: () => number } => {
    let opened = 0;
    const pool = new Pool<number>(limit, () => sleep(10, ++opened));
    return { pool, opened: () => opened };
  };

  test('lends each connection to one at a time, and no more of them than there may be', () => {
    inVirtualTime(function* () {
      const { pool, opened } = newPool(3);
      const lent = new Set<number>();
      const use = (): Coroutine<void> =>
        pool.with(function* (connection) {
          expect(lent.has(connection)).toBe(false);
          lent.add(connection);
          yield* sleep(100);
          lent.delete(connection);
        });
      yield* gather(Array.from({ length: 30 }, use));
      expect(opened()).toBe(3);
      expect(getRunningLoop().time()).toBe(1010);
    });
  });

  test('a borrower that fails or is cancelled leaves its place to the next, and its connection to nobody', () => {
    inVirtualTime(function* () {
      const { pool, opened } = newPool(1);
      const failing = createTask(
        pool.with(function* () {
          yield* sleep(5);
          throw new Error('broken');
        }),
      );
      const cancelled = createTask(pool.with(() => sleep(60_000)));
      const waiting = createTask(pool.with(() => sleep(60_000)));
      const last = createTask(pool.with((connection) => sleep(1, connection)));
      yield* sleep(30);
      waiting.cancel();
      cancelled.cancel();
      yield* failures([failing, cancelled, waiting]);
      expect(yield* last).toBe(3);
      expect(opened()).toBe(3);
    });
  });

  test('when it is closed, who waits hears of it', () => {
    inVirtualTime(function* () {
      const { pool } = newPool(1);
      const holding = createTask(pool.with(() => sleep(100, 'to its end')));
      const waiting = createTask(pool.with(() => sleep(1)));
      yield* sleep(50);
      yield* pool.close();
      yield* failures([waiting]);
      expect(waiting.exception()).toBeInstanceOf(PoolClosedError);
      expect(yield* holding).toBe('to its end');
    });
  });
});

test('uploads: never more than the limit, and a failure ends the rest', () => {
  inVirtualTime(function* () {
    const files = new Map(Array.from({ length: 50 }, (_, index) => [`file ${index}`, 100_000]));
    const uploader = new Uploader(7, () => sleep(10));
    yield* uploader.uploadAll(files);
    expect(uploader.peak).toBe(7);
    // Two pieces each, in eight rounds.
    expect(getRunningLoop().time()).toBe(160);

    const sent: string[] = [];
    const failing = new Uploader(2, function* (file) {
      yield* sleep(10);
      if (file === 'file 3') throw new Error('disk full');
      sent.push(file);
    });
    const task = createTask(failing.uploadAll(files));
    yield* failures([task]);
    expect(task.exception()).toMatchObject({ errors: [{ message: 'disk full' }] });
    expect(sent.length).toBeLessThan(8);
  });
});

describe('state machine', () => {
  test('pauses what it drives, and is refused what its state does not know', () => {
    inVirtualTime(function* () {
      const machine = new StateMachine();
      const uploading = createTask(upload(machine));
      yield* sleep(1000);
      machine.do('start');
      yield* sleep(250);
      machine.do('pause');
      expect(() => machine.do('pause')).toThrow(TransitionError);
      yield* sleep(5000);
      machine.do('start');
      expect(yield* uploading).toBe(10);
      // Three parts before the pause, seven after it.
      expect(getRunningLoop().time()).toBe(1000 + 250 + 5000 + 700);
      expect(machine.current).toBe('done');
    });
  });

  test('a failure ends it, wherever it is', () => {
    inVirtualTime(function* () {
      const machine = new StateMachine();
      const uploading = createTask(upload(machine));
      machine.do('start');
      yield* sleep(350);
      machine.do('fail');
      expect(yield* uploading).toBe(4);
    });
  });
});

test('producers wait for consumers, and what is produced is consumed once', () => {
  inVirtualTime(function* () {
    const plan = { producers: 3, consumers: 1, items: 10, room: 4, produceMs: 1, consumeMs: 20 };
    const { consumed, longestQueue, elapsedMs } = yield* produceAndConsume(plan);
    expect(new Set(consumed).size).toBe(30);
    expect(longestQueue).toBe(4);
    // The first item is there after 1 ms; from then on the one consumer is never idle.
    expect(elapsedMs).toBe(1 + 30 * 20);
    for (const producer of ['1', '2', '3']) {
      const own = consumed.filter((item) => item.startsWith(`${producer}.`));
      expect(own).toEqual(own.toSorted((a, b) => Number(a.slice(2)) - Number(b.slice(2))));
    }
  });
});

test('orders: by class, then by time; and who waits long enough is served all the same', () => {
  inVirtualTime(function* () {
    const strict = yield* serveAll(morning, 1, 100, 1e6);
    expect(strict.map((name) => name.split(' ').at(-1))).toEqual('Dan Cleo Eve Flo Gus Ada Ben'.split(' '));
    const vips = Array.from(
      { length: 50 },
      (_, i): Order => ({ name: `vip ${i}`, from: 'vip', atMs: i * 100 }),
    );
    const orders: Order[] = [{ name: 'patient', from: 'normal', atMs: 0 }, ...vips];
    expect((yield* serveAll(orders, 1, 100, 1e6)).at(-1)).toBe('patient');
    // Rises by two classes: behind who has come within a second.
    expect((yield* serveAll(orders, 1, 100, 500)).indexOf('patient')).toBe(10);
  });
});

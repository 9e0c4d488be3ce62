import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  CancelledError,
  type Coroutine,
  createTask,
  RuntimeError,
  sleep,
  TimeoutError,
} from '../../../src/index.ts';
import { Timeout, timeout, timeoutAt } from '../../../src/tasks/timeout.ts';
import { failure, run } from '../cancellation/on-virtual-time.ts';
import { caught, virtualLoop } from '../loop/virtual-loop.ts';

describe('reschedule', () => {
  test('later, sooner, never', () => {
    run(function* (loop) {
      const handed = loop.createFuture<Timeout>();
      const firstMs = loop.time() + 10;
      const task = createTask(
        timeoutAt(firstMs, function* (t) {
          handed.setResult(t);
          yield* sleep(50);
          return 'done';
        }),
      );
      const t = yield* handed;
      expect(t.when()).toBe(firstMs);
      t.reschedule(firstMs + 20);
      expect(t.when()).toBe(firstMs + 20);
      yield* sleep(15);
      expect(t.expired()).toBe(false);
      t.reschedule(null);
      expect(t.when()).toBe(null);
      expect(yield* task).toBe('done');
      expect(t.expired()).toBe(false);
    });
  });

  test('to a time that has passed expires in the next pass', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const error = yield* failure(() =>
        timeout(1000, function* (t) {
          t.reschedule(startMs - 1);
          expect(t.expired()).toBe(false);
          yield* sleep(1000);
        }),
      );
      expect(error).toBeInstanceOf(TimeoutError);
      expect(loop.time()).toBe(startMs);
    });
  });

  test('is refused before, while it expires, and after', () => {
    run(function* (loop) {
      const unused = new Timeout(loop.time() + 10);
      expect(caught(() => unused.reschedule(0)).message).toMatch(/has not been entered/);
      const expiring = new Timeout(loop.time() + 10);
      yield* expiring.run(function* () {
        expect(yield* failure(() => sleep(1000))).toBeInstanceOf(CancelledError);
        expect(caught(() => expiring.reschedule(2e9)).message).toMatch(/expiring/);
      });
      expect(caught(() => expiring.reschedule(2e9)).message).toMatch(/expired/);
      const finished = new Timeout(loop.time() + 10);
      yield* finished.run(() => sleep(0));
      expect(caught(() => finished.reschedule(null))).toBeInstanceOf(RuntimeError);
      expect(caught(() => finished.reschedule(null)).message).toMatch(/finished/);
    });
  });
});

describe('misuse', () => {
  test('a Timeout runs one body, once', () => {
    run(function* (loop) {
      const t = new Timeout(loop.time() + 10);
      yield* t.run(function* () {
        const error = yield* failure(() => t.run(() => sleep(0)));
        expect(error).toBeInstanceOf(RuntimeError);
        expect(error.message).toMatch(/has already been entered/);
      });
      expect((yield* failure(() => t.run(() => sleep(0)))).message).toMatch(/has already been entered/);
    });
  });

  test('outside of a task it says so, and stays unused', () => {
    const { loop } = virtualLoop();
    let error: Error | undefined;
    const t = new Timeout(null);
    loop.callSoon(() => {
      error = caught(() => t.run(() => sleep(0)).next());
      loop.stop();
    });
    loop.runForever();
    expect(error).toBeInstanceOf(RuntimeError);
    expect(error?.message).toMatch(/task/);
    expect(caught(() => t.reschedule(0)).message).toMatch(/has not been entered/);
  });

  test('what is no time and no body is refused', () => {
    run(function* () {
      for (const bad of [Number.NaN, '5', undefined, {}]) {
        expect(() => timeout(bad as number, () => sleep(0))).toThrow(/timeout: delayMs must be a number/);
        expect(() => timeoutAt(bad as number, () => sleep(0))).toThrow(TypeError);
      }
      const called = sleep(0) as unknown as () => Coroutine<void>;
      expect((yield* failure(() => timeout(1, called))).message).toMatch(
        /the body must be a function, got a coroutine/,
      );
      const promised = (async () => {}) as unknown as () => Coroutine<void>;
      expect((yield* failure(() => timeout(1, promised))).message).toMatch(/returned a Promise object/);
      const t = new Timeout(null);
      yield* t.run(function* () {
        expect(() => t.reschedule(Number.NaN)).toThrow(TypeError);
      });
    });
  });
});

test('what it says of itself, in each state', () => {
  run(function* (loop) {
    const whenMs = loop.time() + 10;
    const t = new Timeout(whenMs);
    expect(String(t)).toBe('<Timeout [created]>');
    const error = yield* failure(() =>
      t.run(function* () {
        expect(inspect(t)).toBe(`<Timeout [active] when=${whenMs.toFixed(3)}>`);
        try {
          yield* sleep(1000);
        } finally {
          expect(String(t)).toBe('<Timeout [expiring]>');
        }
      }),
    );
    expect(error).toBeInstanceOf(TimeoutError);
    expect(String(t)).toBe('<Timeout [expired]>');
    const never = new Timeout(null);
    yield* never.run(function* () {
      expect(String(never)).toBe('<Timeout [active] when=null>');
    });
    expect(String(never)).toBe('<Timeout [finished]>');
  });
});

test('a coroutine that is closed inside a timeout leaves no timer behind', () => {
  run(function* (loop) {
    const task = createTask(timeout(1000, () => sleep(2000)));
    yield* sleep(1);
    task.cancel();
    expect(yield* failure(() => task)).toBeInstanceOf(CancelledError);
    expect(loop.timers.nextWhenMs()).toBe(Number.POSITIVE_INFINITY);
  });
});

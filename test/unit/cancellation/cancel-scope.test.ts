import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { CancelScope } from '../../../src/cancellation/cancel-scope.ts';
import { moveOnAfter, shielded } from '../../../src/cancellation/deadlines.ts';
import {
  type CancelledError,
  type Coroutine,
  createTask,
  RuntimeError,
  sleep,
  type Task,
} from '../../../src/index.ts';
import { caught, virtualLoop } from '../loop/virtual-loop.ts';
import { countPasses, failure, run, self } from './on-virtual-time.ts';

describe('a cancelled scope', () => {
  test('raises at every suspension inside, and returns as if nothing had happened', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const scope = new CancelScope();
      const reasons: unknown[] = [];
      loop.callLater(10, () => scope.cancel('enough'));
      const value = yield* scope.run(function* (inside) {
        expect(inside).toBe(scope);
        for (const ms of [1000, 1000, 0, 1000]) {
          const error = yield* failure(() => sleep(ms));
          reasons.push((error as CancelledError).reason);
        }
        yield* sleep(1000);
        return 'not reached';
      });
      expect(value).toBe(undefined);
      expect(reasons).toEqual(['enough', 'enough', 'enough', 'enough']);
      expect([scope.cancelCalled, scope.cancelledCaught]).toEqual([true, true]);
      expect(loop.time() - startMs).toBe(10);
      yield* sleep(5);
      expect([loop.time() - startMs, self().cancelling()]).toEqual([15, 0]);
    });
  });

  test('whose body ends in another way keeps that', () => {
    run(function* () {
      const scope = new CancelScope();
      const value = yield* scope.run(function* () {
        scope.cancel();
        yield* failure(() => sleep(1));
        return 'value';
      });
      expect([value, scope.cancelCalled, scope.cancelledCaught]).toEqual(['value', true, false]);
      const failing = new CancelScope();
      const error = yield* failure(() =>
        failing.run(function* () {
          failing.cancel();
          yield* failure(() => sleep(1));
          throw new Error('of the body');
        }),
      );
      expect([error.message, failing.cancelledCaught]).toEqual(['of the body', false]);
    });
  });

  test('before it begins: the body runs to its first suspension', () => {
    run(function* () {
      const scope = new CancelScope();
      scope.cancel();
      let reached = 0;
      yield* scope.run(function* () {
        reached = 1;
        yield* sleep(0);
        reached = 2;
      });
      expect([reached, scope.cancelledCaught]).toEqual([1, true]);
    });
  });

  test('is finished with: cancelling it then does nothing', () => {
    run(function* () {
      const scope = new CancelScope();
      yield* scope.run(() => sleep(1));
      scope.cancel();
      expect(scope.cancelCalled).toBe(false);
      yield* sleep(1);
    });
  });

  test('what need not suspend does not raise, and a result that is there is not lost', () => {
    run(function* (loop) {
      const scope = new CancelScope();
      const done = loop.createFuture<string>();
      done.setResult('done');
      const reply = loop.createFuture<string>();
      loop.callLater(10, () => {
        reply.setResult('reply');
        scope.cancel();
      });
      const seen: string[] = [];
      yield* scope.run(function* () {
        seen.push(yield* reply);
        seen.push(yield* done);
        yield* sleep(0);
        seen.push('not reached');
      });
      expect(seen).toEqual(['reply', 'done']);
    });
  });

  test('an awaited task is cancelled; if it has a result all the same, that is what the await returns', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const task = createTask(
        (function* () {
          yield* failure(() => sleep(1000));
          yield* sleep(50);
          return 'all the same';
        })(),
      );
      const seen: unknown[] = [];
      yield* moveOnAfter(10, function* () {
        seen.push(yield* task, loop.time() - startMs);
        yield* sleep(1);
      });
      expect(seen).toEqual(['all the same', 60]);
    });
  });

  test('an awaited task that ends cancelled: the error is that of the scope', () => {
    run(function* () {
      const task = createTask(sleep(1000));
      const scope = new CancelScope();
      yield* scope.run(function* () {
        yield* sleep(0);
        scope.cancel();
        yield* task;
      });
      expect([task.cancelled(), scope.cancelledCaught]).toEqual([true, true]);
    });
  });

  test('a task that was not made by a group is not inside', () => {
    run(function* () {
      const scope = new CancelScope();
      const task = yield* scope.run(function* () {
        return createTask(sleep(50, 'lives on'));
      });
      scope.cancel();
      expect(yield* task as Task<string>).toBe('lives on');
    });
  });

  test('wakes the socket or timer it interrupts: nothing of the wait is left', () => {
    run(function* (loop) {
      yield* moveOnAfter(10, () => sleep(1e9));
      expect(loop.timers.nextWhenMs()).toBe(Number.POSITIVE_INFINITY);
    });
  });
});

describe('a task that refuses to end', () => {
  test('costs one pass of the loop for each of its own suspensions, and starves nobody', () => {
    run(function* (loop) {
      const passes = countPasses(loop);
      const scope = new CancelScope();
      scope.cancel();
      let others = 0;
      const other = createTask(
        (function* () {
          for (;;) {
            yield* sleep(0);
            others++;
          }
        })(),
      );
      yield* scope.run(function* () {
        for (let i = 0; i < 1000; i++) yield* failure(() => sleep(1000));
      });
      expect(passes()).toBe(1000);
      expect(others).toBeGreaterThanOrEqual(999);
      other.cancel();
    });
  });

  test('and waits behind a shield costs nothing', () => {
    run(function* (loop) {
      const passes = countPasses(loop);
      const scope = new CancelScope();
      scope.cancel();
      yield* scope.run(() => shielded(() => sleep(10_000)));
      expect(passes()).toBeLessThanOrEqual(3);
    });
  });
});

describe('misuse', () => {
  test('a scope runs one body, once', () => {
    run(function* () {
      const scope = new CancelScope();
      yield* scope.run(function* () {
        const error = yield* failure(() => scope.run(() => sleep(0)));
        expect(error).toBeInstanceOf(RuntimeError);
        expect(error.message).toMatch(/a scope runs one body, once/);
      });
      expect(yield* failure(() => scope.run(() => sleep(0)))).toBeInstanceOf(RuntimeError);
      const noBody = 5 as unknown as () => Coroutine<void>;
      expect((yield* failure(() => moveOnAfter(1, noBody))).message).toMatch(/the body must be a function/);
      yield* sleep(0);
    });
  });

  test('outside of a loop, outside of a task', () => {
    expect(caught(() => moveOnAfter(1, () => sleep(0)).next())).toBeInstanceOf(RuntimeError);
    const { loop } = virtualLoop();
    let error: Error | undefined;
    loop.callSoon(() => {
      error = caught(() => new CancelScope().run(() => sleep(0)).next());
      loop.stop();
    });
    loop.runForever();
    expect(error?.message).toMatch(/there is no current task/);
  });

  test('scopes that end in the wrong order, driven by hand', () => {
    run(function* () {
      const outer = new CancelScope();
      const inner = new CancelScope();
      const first = outer.run(() => sleep(10));
      const second = inner.run(() => sleep(10));
      first.next();
      second.next();
      expect(caught(() => first.return(undefined)).message).toMatch(/reverse order/);
      second.return(undefined);
      yield* sleep(0);
    });
  });
});

test('what it says of itself', () => {
  run(function* () {
    const scope = new CancelScope({ deadlineMs: 5000, shield: true });
    expect(String(scope)).toBe('<CancelScope created deadline=5000.000 shielded>');
    yield* scope.run(function* () {
      scope.shield = false;
      expect(scope.shield).toBe(false);
      scope.cancel();
      expect(inspect(scope)).toBe('<CancelScope active deadline=5000.000 cancelled>');
      expect(inspect(yield* failure(() => sleep(1)))).not.toMatch(/CancelScope \{/);
      yield* sleep(1);
    });
    expect(String(scope)).toBe('<CancelScope finished deadline=5000.000 cancelled and caught>');
  });
});

test('the time begins when it is awaited, so it can be made before there is a loop', () => {
  const main = moveOnAfter(1000, function* () {
    yield* sleep(10);
    return 'done';
  });
  expect(run(() => main)).toBe('done');
});

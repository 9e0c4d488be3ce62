/** AbortSignals of scopes and tasks, and what a signal cancels. */
import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  CancelScope,
  type Coroutine,
  cancelOnAbort,
  createTask,
  Future,
  failAfter,
  run,
  shielded,
  sleep,
  TimeoutError,
  toAbortSignal,
  wait,
} from '../../../src/index.ts';

describe('toAbortSignal', () => {
  it('of a scope aborts when the scope is cancelled, at once and with its reason', () => {
    run(function* () {
      const scope = new CancelScope();
      const signal = toAbortSignal(scope);
      expect(toAbortSignal(scope)).toBe(signal);
      yield* scope.run(function* () {
        yield* sleep(0);
        expect(signal.aborted).toBe(false);
        scope.cancel('stop');
        expect(signal.aborted).toBe(true);
        expect(signal.reason).toBeInstanceOf(CancelledError);
        expect((signal.reason as CancelledError).reason).toBe('stop');
        yield* sleep(0);
      });
      expect(scope.cancelledCaught).toBe(true);
      expect(toAbortSignal(scope).aborted).toBe(true);
    });
  });

  it('of a scope aborts for its deadline, and for a scope around it, but not through a shield', () => {
    run(function* () {
      const outer = new CancelScope();
      const inner = new CancelScope();
      const kept = new CancelScope();
      yield* outer.run(function* () {
        yield* inner.run(function* () {
          const signal = toAbortSignal(inner);
          yield* shielded(() =>
            kept.run(function* () {
              const behind = toAbortSignal(kept);
              outer.cancel();
              yield* sleep(0);
              expect(signal.aborted).toBe(true);
              expect(behind.aborted).toBe(false);
            }),
          );
        });
      });
      let failure: unknown;
      let signal: AbortSignal | undefined;
      try {
        yield* failAfter(1, function* (scope) {
          signal = toAbortSignal(scope);
          yield* sleep(60_000);
        });
      } catch (error) {
        failure = error;
      }
      expect(failure).toBeInstanceOf(TimeoutError);
      expect(signal?.aborted).toBe(true);
    });
  });

  it('of a scope that was cancelled before has aborted', () => {
    const scope = new CancelScope();
    scope.cancel('early');
    run(function* () {
      yield* sleep(0);
      expect(toAbortSignal(scope).aborted).toBe(true);
      yield* scope.run(() => sleep(60_000));
    });
  });

  it('of a task aborts when it is asked to cancel, before its clean-up, and not when it ends by itself', () => {
    run(function* () {
      const order: string[] = [];
      const task = createTask(
        (function* (): Coroutine<void> {
          try {
            yield* sleep(60_000);
          } finally {
            order.push('clean-up');
            yield* sleep(1);
          }
        })(),
      );
      const signal = toAbortSignal(task);
      signal.addEventListener('abort', () => order.push('aborted'));
      const whole = createTask(sleep(1));
      const quiet = toAbortSignal(whole);
      yield* sleep(0);
      task.cancel('enough');
      expect(signal.aborted).toBe(true);
      expect((signal.reason as CancelledError).reason).toBe('enough');
      yield* wait([task, whole]);
      expect(order).toEqual(['aborted', 'clean-up']);
      yield* sleep(0);
      expect(quiet.aborted).toBe(false);
      expect(() => toAbortSignal({} as never)).toThrow(/a CancelScope or a Task is needed/);
    });
  });
});

describe('cancelOnAbort', () => {
  it('cancels a task, a future and a scope with the reason of the signal', () => {
    run(function* () {
      const controller = new AbortController();
      const task = createTask(sleep(60_000));
      const future = new Future<void>();
      const scope = new CancelScope();
      for (const target of [task, future, scope]) cancelOnAbort(target, controller.signal);
      const body = createTask(scope.run(() => sleep(60_000)));
      yield* sleep(0);
      controller.abort('by signal');
      yield* wait([task, body]);
      expect(task.cancelled()).toBe(true);
      expect(future.cancelled()).toBe(true);
      expect(scope.cancelledCaught).toBe(true);
      expect(() => task.result()).toThrow(expect.objectContaining({ reason: 'by signal' }));
    });
  });

  it('cancels at once for a signal that has aborted', () => {
    run(function* () {
      const task = createTask(sleep(60_000));
      cancelOnAbort(task, AbortSignal.abort());
      yield* wait([task]);
      expect(task.cancelled()).toBe(true);
    });
  });

  it('is over when the task is done, or it is disposed', () => {
    run(function* () {
      let listeners = 0;
      const signal = {
        aborted: false,
        addEventListener: () => listeners++,
        removeEventListener: () => listeners--,
      } as unknown as AbortSignal;
      const task = createTask(sleep(1));
      cancelOnAbort(task, signal);
      {
        using _ = cancelOnAbort(new CancelScope(), signal);
        expect(listeners).toBe(2);
      }
      expect(listeners).toBe(1);
      yield* task;
      yield* sleep(0);
      expect(listeners).toBe(0);
    });
  });
});

/** Task.cancel() in every state of the table in task.ts. */
import { describe, expect, it } from 'vitest';
import { CancelledError, type Coroutine, type Future, sleep, type Task } from '../../../src/index.ts';
import { caught, onePass, virtualLoop } from '../loop/virtual-loop.ts';

/** Waits, and says what came of it. */
function* outcomeOf(future: Future<unknown>): Coroutine<unknown> {
  try {
    return yield* future;
  } catch (error) {
    return error;
  }
}

describe('a task that is', () => {
  it('scheduled: its coroutine never starts', () => {
    const { loop } = virtualLoop();
    let started = false;
    function* work(): Coroutine<void> {
      started = true;
      yield* sleep(0);
    }
    const task = loop.createTask(work());
    expect(task.cancel('why')).toBe(true);
    expect(task.done()).toBe(false);
    onePass(loop);
    expect([task.cancelled(), started]).toEqual([true, false]);
    expect((caught(() => task.result()) as CancelledError).reason).toBe('why');
  });

  it('running: the error comes at its next suspension', () => {
    const { loop } = virtualLoop();
    const log: string[] = [];
    function* work(): Coroutine<void> {
      task.cancel('by myself');
      log.push('still running');
      yield* sleep(1000);
      log.push('not reached');
    }
    const task: Task<void> = loop.createTask(work());
    expect(caught(() => loop.runUntilComplete(task))).toBeInstanceOf(CancelledError);
    expect(log).toEqual(['still running']);
    expect(loop.time()).toBeLessThan(1500);
  });

  it('running, and ends without a suspension: cancelled', () => {
    const { loop } = virtualLoop();
    function* work(): Coroutine<string> {
      yield* [];
      task.cancel();
      return 'a result that nobody gets';
    }
    const task: Task<string> = loop.createTask(work());
    onePass(loop);
    expect(task.cancelled()).toBe(true);
  });

  it('suspended: the future it waits for is cancelled, and it wakes in the next pass', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<void>();
    const task = loop.createTask(outcomeOf(future));
    onePass(loop);
    expect(task.cancel('enough')).toBe(true);
    expect(future.cancelled()).toBe(true);
    expect(task.done()).toBe(false);
    onePass(loop);
    expect((task.result() as CancelledError).reason).toBe('enough');
  });

  it('suspended in another task: that one is cancelled, and may refuse', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<void>();
    const inner = loop.createTask(outcomeOf(future));
    const outer = loop.createTask(outcomeOf(inner));
    onePass(loop);
    outer.cancel();
    loop.runUntilComplete(outer);
    expect(inner.result()).toBeInstanceOf(CancelledError);
    expect(outer.result()).toBe(inner.result());
  });

  it('at a checkpoint: the error comes there', () => {
    const { loop } = virtualLoop();
    function* work(): Coroutine<string> {
      try {
        yield* sleep(0);
        return 'passed';
      } catch (error) {
        return (error as Error).name;
      }
    }
    const task = loop.createTask(work());
    onePass(loop);
    task.cancel();
    expect(loop.runUntilComplete(task)).toBe('CancelledError');
  });

  it('done: nothing happens', () => {
    const { loop } = virtualLoop();
    const task = loop.createTask(outcomeOf(loop.createFuture<void>()));
    onePass(loop);
    task.cancel();
    loop.runUntilComplete(task);
    expect(task.cancel()).toBe(false);
    expect(task.cancelling()).toBe(1);
    expect(task.cancelled()).toBe(false);
  });
});

describe('a request', () => {
  it('is raised once: a task that handles it goes on, and can be asked again', () => {
    const { loop } = virtualLoop();
    const log: string[] = [];
    function* work(): Coroutine<void> {
      for (let i = 0; i < 2; i++) {
        try {
          yield* sleep(1000);
        } catch (error) {
          log.push((error as CancelledError).reason as string);
        }
      }
      yield* sleep(1);
      log.push('to the end');
    }
    const task = loop.createTask(work());
    for (const reason of ['first', 'second']) {
      onePass(loop);
      task.cancel(reason);
      onePass(loop);
    }
    loop.runUntilComplete(task);
    expect(log).toEqual(['first', 'second', 'to the end']);
    expect([task.cancelled(), task.cancelling()]).toEqual([false, 2]);
  });

  it('made twice before the step is one error, with the later message', () => {
    const { loop } = virtualLoop();
    let raised = 0;
    function* work(): Coroutine<void> {
      for (;;) {
        try {
          yield* sleep(10);
          return;
        } catch {
          raised++;
        }
      }
    }
    const task = loop.createTask(work());
    onePass(loop);
    task.cancel('one');
    onePass(loop);
    expect(raised).toBe(1);
    loop.runUntilComplete(task);
    expect(raised).toBe(1);
  });

  it('runs finally blocks, which may wait themselves', () => {
    const { loop } = virtualLoop();
    const log: string[] = [];
    function* work(): Coroutine<void> {
      try {
        yield* sleep(1000);
      } finally {
        yield* sleep(5);
        log.push('cleaned up');
      }
    }
    const task = loop.createTask(work());
    onePass(loop);
    task.cancel();
    expect(caught(() => loop.runUntilComplete(task))).toBeInstanceOf(CancelledError);
    expect(log).toEqual(['cleaned up']);
  });

  it('ends as the error that the coroutine raises instead', () => {
    const { loop } = virtualLoop();
    const failure = new Error('instead');
    function* work(): Coroutine<void> {
      try {
        yield* sleep(1000);
      } catch {
        throw failure;
      }
    }
    const task = loop.createTask(work());
    onePass(loop);
    task.cancel();
    expect(caught(() => loop.runUntilComplete(task))).toBe(failure);
    expect(task.cancelled()).toBe(false);
  });

  it('is counted, and taken back with uncancel', () => {
    const { loop } = virtualLoop();
    const task = loop.createTask(outcomeOf(loop.createFuture<void>()));
    expect([task.cancelling(), task.uncancel()]).toEqual([0, 0]);
    task.cancel();
    task.cancel();
    expect(task.cancelling()).toBe(2);
    expect([task.uncancel(), task.uncancel(), task.uncancel()]).toEqual([1, 0, 0]);
    onePass(loop);
    expect(task.done()).toBe(false);
    task.cancel();
    onePass(loop);
    expect(task.result()).toBeInstanceOf(CancelledError);
  });

  it('reaches every waiter of the task as a CancelledError with the same reason', () => {
    const { loop } = virtualLoop();
    const task = loop.createTask(plainWait(loop.createFuture<void>()));
    const waiters = [0, 1].map(() => loop.createTask(outcomeOf(task as Task<unknown>)));
    onePass(loop);
    task.cancel('told to');
    for (const waiter of waiters) {
      const error = loop.runUntilComplete(waiter) as CancelledError;
      expect(error).toBeInstanceOf(CancelledError);
      expect(error.reason).toBe('told to');
    }
  });

  function* plainWait(future: Future<void>): Coroutine<void> {
    yield* future;
  }
});

/**
 * Tasks that were made from the same values share a context until the first `set`. `getContext()` of another
 * task made that one's new context the caller's own, too: what the caller then set was seen in the other,
 * from then on. And a task that had set a variable got, within that step, a context without it.
 */
import { describe, expect, test } from 'vitest';
import {
  ContextVar,
  type Coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  sleep,
} from '../../src/index.ts';
import { run } from '../unit/cancellation/on-virtual-time.ts';

const user = new ContextVar('user', { default: 'nobody' });

function* late(): Coroutine<string> {
  yield* sleep(1);
  return user.get();
}

describe('what a task sets is not seen in another, whose context somebody has asked for', () => {
  test('by getContext()', () => {
    run(function* () {
      yield* createTask(function* () {
        const child = createTask(late());
        const context = child.getContext();
        user.set('parent');
        expect([yield* child, user.get()]).toEqual(['nobody', 'parent']);
        expect(child.getContext()).toBe(context);
      });
    });
  });

  test('by callExceptionHandler()', () => {
    run(function* (loop) {
      loop.setExceptionHandler(() => {});
      yield* createTask(function* () {
        const child = createTask(late());
        getRunningLoop().callExceptionHandler({ message: 'of the child', task: child });
        user.set('parent');
        expect([yield* child, user.get()]).toEqual(['nobody', 'parent']);
      });
    });
  });

  test('what is set in it by its run() is seen by it alone', () => {
    run(function* () {
      yield* createTask(function* () {
        const child = createTask(late());
        child.getContext().run(() => user.set('child'));
        expect([user.get(), yield* child]).toEqual(['nobody', 'child']);
      });
    });
  });
});

test('a task that has set a variable finds it in its own context at once', () => {
  run(function* () {
    yield* createTask(function* () {
      const task = currentTask();
      user.set('first');
      const context = task?.getContext();
      expect(context?.get(user)).toBe('first');
      user.set('second');
      expect(context?.get(user)).toBe('second');
      yield* sleep(1);
      expect([task?.getContext() === context, user.get()]).toEqual([true, 'second']);
    });
  });
});

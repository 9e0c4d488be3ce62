import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../../src/base/errors.ts';
import type { Coroutine } from '../../../src/coroutines/coroutine.ts';
import { runningLoop } from '../../../src/loop/current-loop.ts';
import { Event } from '../../../src/sync/event.ts';
import { createTask } from '../../../src/tasks/create-task.ts';
import { inLoop, passes, raised, spawn, suspensions } from './virtual.ts';

describe('Event', () => {
  test('describes itself: unset, set, how many wait', () => {
    inLoop(function* () {
      const event = new Event();
      expect(String(event)).toBe('<Event [unset]>');
      const waiter = createTask(event.wait());
      yield* passes(1);
      expect(inspect(event)).toBe('<Event [unset, waiters:1]>');
      event.set();
      expect(String(event)).toBe('<Event [set, waiters:1]>');
      yield* waiter;
      expect(String(event)).toBe('<Event [set]>');
    });
  });

  test('wakes all who wait, after those for whom it was set before they asked', () => {
    inLoop(function* () {
      const event = new Event();
      const order: number[] = [];
      function* waiter(name: number): Coroutine<void> {
        if (yield* event.wait()) order.push(name);
      }
      const early = spawn(waiter(1), waiter(2));
      yield* passes(1);
      expect(order).toEqual([]);
      const late = createTask(waiter(3));
      event.set();
      yield* passes(1);
      expect(order).toEqual([3, 1, 2]);
      for (const task of [...early, late]) expect(task.result()).toBeUndefined();
    });
  });

  test('waiting for what has happened does not suspend, and returns true', () => {
    const event = new Event();
    event.set();
    expect(suspensions(event.wait())).toBe(0);
    inLoop(function* () {
      expect(yield* event.wait()).toBe(true);
    });
  });

  test('a cancelled waiter leaves no trace', () => {
    inLoop(function* () {
      const event = new Event();
      const waiter = createTask(event.wait());
      runningLoop('test').callSoon(() => waiter.cancel());
      expect(yield* raised(waiter)).toBeInstanceOf(CancelledError);
      expect(String(event)).toBe('<Event [unset]>');
    });
  });

  test('can be cleared', () => {
    const event = new Event();
    expect(event.isSet()).toBe(false);
    event.set();
    expect(event.isSet()).toBe(true);
    event.clear();
    expect(event.isSet()).toBe(false);
  });

  test('who was awakened stays so when it is cleared, and set twice, in the same pass', () => {
    inLoop(function* () {
      const event = new Event();
      const order: number[] = [];
      function* waiter(): Coroutine<boolean> {
        if (yield* event.wait()) order.push(1);
        return true;
      }
      const task = createTask(waiter());
      yield* passes(1);
      event.set();
      event.clear();
      expect(event.isSet()).toBe(false);
      event.set();
      event.set();
      expect(String(event)).toBe('<Event [set, waiters:1]>');
      yield* passes(1);
      expect(order).toEqual([1]);
      expect(String(event)).toBe('<Event [set]>');
      expect(task.result()).toBe(true);
    });
  });

  test('who comes after clear() waits for the next set()', () => {
    inLoop(function* () {
      const event = new Event();
      event.set();
      event.clear();
      const waiter = createTask(event.wait());
      yield* passes(3);
      expect(waiter.done()).toBe(false);
      event.set();
      yield* waiter;
    });
  });

  test('a waiter cancelled after it was awakened is cancelled, and the others are not held up', () => {
    inLoop(function* () {
      const event = new Event();
      const [a, b] = spawn(event.wait(), event.wait());
      yield* passes(1);
      event.set();
      a.cancel();
      yield* passes(1);
      expect(a.cancelled()).toBe(true);
      expect(b.result()).toBe(true);
      expect(String(event)).toBe('<Event [set]>');
    });
  });
});

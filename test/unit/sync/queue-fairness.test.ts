import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../../src/base/errors.ts';
import { CancelScope } from '../../../src/cancellation/cancel-scope.ts';
import { runningLoop } from '../../../src/loop/current-loop.ts';
import { Queue } from '../../../src/sync/queue.ts';
import { createTask } from '../../../src/tasks/create-task.ts';
import { all, inLoop, passes, raised, spawn } from './virtual.ts';

describe('the order in which a queue serves', () => {
  test('a newcomer does not take the item that a waiting task was awakened for', () => {
    inLoop(function* () {
      const queue = new Queue<string>();
      const waiter = createTask(queue.get());
      yield* passes(1);
      queue.putNowait('first');
      const newcomer = createTask(queue.put('second'));
      expect(yield* queue.get()).toBe('second');
      expect(waiter.result()).toBe('first');
      yield* newcomer;
    });
  });

  test('a newcomer does not take the place that a waiting task was awakened for', () => {
    inLoop(function* () {
      const queue = new Queue<string>(1);
      queue.putNowait('a');
      const waiter = createTask(queue.put('b'));
      yield* passes(1);
      queue.getNowait();
      const newcomer = createTask(queue.put('c'));
      yield* passes(1);
      expect(waiter.done()).toBe(true);
      expect(newcomer.done()).toBe(false);
      expect([yield* queue.get(), yield* queue.get()]).toEqual(['b', 'c']);
    });
  });

  test('a newcomer does not overtake even when there is enough for both', () => {
    inLoop(function* () {
      const items = new Queue<string>();
      const waiter = createTask(items.get());
      yield* passes(1);
      items.putNowait('first');
      items.putNowait('second');
      expect(yield* items.get()).toBe('second');
      expect(waiter.result()).toBe('first');

      const places = new Queue<string>(2);
      places.putNowait('a');
      places.putNowait('b');
      const putter = createTask(places.put('c'));
      yield* passes(1);
      places.getNowait();
      places.getNowait();
      yield* places.put('d');
      expect([places.getNowait(), places.getNowait()]).toEqual(['c', 'd']);
      yield* putter;
    });
  });

  test('getNowait() may take it; those it was promised to keep their places', () => {
    inLoop(function* () {
      const queue = new Queue<number>();
      const order: number[] = [];
      const getters = [1, 2, 3].map((name) =>
        createTask(
          (function* () {
            yield* queue.get();
            order.push(name);
          })(),
        ),
      );
      yield* passes(1);
      queue.putNowait(0);
      queue.putNowait(0);
      expect([queue.getNowait(), queue.getNowait()]).toEqual([0, 0]);
      yield* passes(1);
      expect(String(queue)).toBe('<Queue maxsize=0 _getters[3] tasks=2>');
      for (let i = 0; i < 3; i++) queue.putNowait(0);
      yield* all(getters);
      expect(order).toEqual([1, 2, 3]);
    });
  });

  test('putNowait() may take the place; those it was promised to keep theirs', () => {
    inLoop(function* () {
      const queue = new Queue<number>(1);
      queue.putNowait(0);
      const putters = spawn(queue.put(1), queue.put(2));
      yield* passes(1);
      queue.getNowait();
      queue.putNowait(9);
      yield* passes(1);
      expect(String(queue)).toBe('<Queue maxsize=1 _queue=[9] _putters[2] tasks=2>');
      expect([yield* queue.get(), yield* queue.get(), yield* queue.get()]).toEqual([9, 1, 2]);
      yield* all(putters);
    });
  });
});

describe('cancelling a wait for a queue', () => {
  test('the next getter gets what the cancelled one would have', () => {
    inLoop(function* () {
      const queue = new Queue<string>();
      const [first, second] = spawn(queue.get(), queue.get());
      yield* passes(1);
      first.cancel();
      yield* passes(1);
      expect(first.done()).toBe(true);
      yield* queue.put('a');
      yield* passes(1);
      expect(second.result()).toBe('a');
    });
  });

  test('a get() that a deadline ends leaves no trace', () => {
    inLoop(function* () {
      const queue = new Queue<string>(5);
      const scope = new CancelScope({ deadlineMs: runningLoop('test').time() + 100 });
      yield* scope.run(() => queue.get());
      expect(scope.cancelledCaught).toBe(true);
      expect(String(queue)).toBe('<Queue maxsize=5>');
    });
  });

  test('a getter cancelled with its item on the way leaves it in its place', () => {
    inLoop(function* () {
      const queue = new Queue<number>();
      const reader = createTask(queue.get());
      yield* passes(1);
      queue.putNowait(1);
      queue.putNowait(2);
      reader.cancel();
      expect(yield* raised(reader)).toBeInstanceOf(CancelledError);
      expect(yield* queue.get()).toBe(1);
    });
  });

  test('a getter cancelled with its item on the way passes it to the next one', () => {
    inLoop(function* () {
      const queue = new Queue<number>();
      const [first, second, third] = spawn(queue.get(), queue.get(), queue.get());
      yield* passes(1);
      queue.putNowait(1);
      queue.putNowait(2);
      first.cancel();
      expect(yield* raised(first)).toBeInstanceOf(CancelledError);
      expect(yield* all([second, third])).toEqual([1, 2]);
    });
  });

  test('a putter cancelled with its place made free has put nothing, and can try again', () => {
    inLoop(function* () {
      const queue = new Queue<number>(1);
      queue.putNowait(1);
      const writer = createTask(queue.put(2));
      yield* passes(1);
      expect(queue.getNowait()).toBe(1);
      writer.cancel();
      expect(yield* raised(writer)).toBeInstanceOf(CancelledError);
      expect(queue.qsize()).toBe(0);
      yield* createTask(queue.put(2));
      expect(queue.getNowait()).toBe(2);
      expect(queue.qsize()).toBe(0);
    });
  });

  test('a putter cancelled with its place made free passes it to the next one', () => {
    inLoop(function* () {
      const queue = new Queue<number>(1);
      queue.putNowait(1);
      const [first, second] = spawn(queue.put(2), queue.put(3));
      yield* passes(1);
      queue.getNowait();
      first.cancel();
      yield* passes(2);
      expect(first.cancelled()).toBe(true);
      expect(second.done()).toBe(true);
      expect(queue.getNowait()).toBe(3);
    });
  });

  test('cancelling a putter that has not begun leaves the others alone', () => {
    inLoop(function* () {
      const queue = new Queue<string>(1);
      const [a, b, x] = spawn(queue.put('a'), queue.put('b'), queue.put('x'));
      yield* passes(1);
      expect([a.done(), b.done()]).toEqual([true, false]);
      x.cancel();
      yield* passes(1);
      expect(x.done()).toBe(true);
      expect(queue.getNowait()).toBe('a');
      yield* passes(1);
      expect(queue.getNowait()).toBe('b');
      yield* b;
    });
  });

  test('a cancelled putter leaves no trace', () => {
    inLoop(function* () {
      const queue = new Queue<number>(1);
      queue.putNowait(1);
      const putter = createTask(queue.put(2));
      yield* passes(1);
      expect(String(queue)).toBe('<Queue maxsize=1 _queue=[1] _putters[1] tasks=1>');
      putter.cancel();
      expect(yield* raised(putter)).toBeInstanceOf(CancelledError);
      expect(String(queue)).toBe('<Queue maxsize=1 _queue=[1] tasks=1>');
    });
  });
});

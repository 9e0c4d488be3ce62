import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PriorityQueue } from '../../../src/sync/queue-kinds.ts';
import { createTask } from '../../../src/tasks/create-task.ts';
import { holds } from '../../support/property.ts';
import { inLoop, passes, raised } from './virtual.ts';

describe('PriorityQueue', () => {
  test('gives the least item first', () => {
    inLoop(function* () {
      const queue = new PriorityQueue<number>();
      for (const item of [1, 3, 2]) yield* queue.put(item);
      expect([yield* queue.get(), yield* queue.get(), yield* queue.get()]).toEqual([1, 2, 3]);
    });
  });

  test.each<[string, unknown[]]>([
    ['numbers', [-1, 0, 0.5, 2n, 3, Number.POSITIVE_INFINITY]],
    ['strings', ['', 'A', 'a', 'aa', 'b']],
    ['booleans, as numbers', [false, true]],
    ['dates', [new Date(0), new Date(1), new Date(5)]],
    ['arrays, item by item, the shorter first', [[], [1], [1, 'a'], [1, 'b'], [1, 'b', 0], [2]]],
    [
      'arrays of arrays',
      [
        [[1], 2],
        [[1, 0], 1],
        [[2], 0],
      ],
    ],
  ])('orders %s', (_, sorted) => {
    const queue = new PriorityQueue<unknown>();
    for (const item of sorted.toReversed()) queue.putNowait(item);
    expect(sorted.map(() => queue.getNowait())).toEqual(sorted);
  });

  test('equal items come out in the order in which they were put', () => {
    const queue = new PriorityQueue<[number, string]>(0, { compare: (a, b) => a[0] - b[0] });
    for (const name of ['a', 'b', 'c', 'd', 'e']) queue.putNowait([1, name]);
    queue.putNowait([0, 'first']);
    const names = Array.from({ length: 6 }, () => queue.getNowait()[1]);
    expect(names).toEqual(['first', 'a', 'b', 'c', 'd', 'e']);
  });

  test('the same object in two arrays is equal to itself, and so the next items decide', () => {
    const queue = new PriorityQueue<unknown[]>();
    const job = {};
    queue.putNowait([1, job, 2]);
    queue.putNowait([1, job, 1]);
    expect(queue.getNowait()).toEqual([1, job, 1]);
  });

  test.each<[string, unknown, unknown]>([
    ['objects', {}, {}],
    ['a number and a string', 1, '1'],
    ['not a number', Number.NaN, 1],
    ['an invalid date', new Date(Number.NaN), new Date(0)],
    ['nothing', null, null],
    ['arrays that differ in an object', [1, {}], [1, {}]],
  ])('refuses what has no order: %s', (_, first, second) => {
    const queue = new PriorityQueue<unknown>();
    queue.putNowait(first);
    expect(() => queue.putNowait(second)).toThrow('have no order');
    expect(queue.qsize()).toBe(1);
    expect(queue.getNowait()).toBe(first);
    queue.taskDone();
    expect(() => queue.taskDone()).toThrow(RangeError);
  });

  test('a comparison that fails while an item is taken loses none, and the error goes to who gets', () => {
    inLoop(function* () {
      let failing = false;
      const compare = (a: number, b: number): number => {
        if (failing) throw new Error('no comparison today');
        return a - b;
      };
      const queue = new PriorityQueue<number>(0, { compare });
      const getter = createTask(queue.get());
      yield* passes(1);
      for (const item of [4, 2, 3, 1, 5]) queue.putNowait(item);
      failing = true;
      expect((yield* raised(getter)).message).toBe('no comparison today');
      expect(queue.qsize()).toBe(5);
      failing = false;
      expect(Array.from({ length: 5 }, () => queue.getNowait())).toEqual([1, 2, 3, 4, 5]);
    });
  });

  test('a comparison that fails while a waiting task puts passes the place on', () => {
    inLoop(function* () {
      const queue = new PriorityQueue<unknown>(2);
      queue.putNowait(1);
      queue.putNowait(2);
      const wrong = createTask(queue.put('three'));
      const right = createTask(queue.put(3));
      yield* passes(1);
      expect(queue.getNowait()).toBe(1);
      expect(yield* raised(wrong)).toBeInstanceOf(TypeError);
      yield* right;
      expect([queue.getNowait(), queue.getNowait()]).toEqual([2, 3]);
    });
  });

  test('an invalid comparator, or one that returns no number, is refused', () => {
    const options = { compare: 'a - b' as unknown as () => number };
    expect(() => new PriorityQueue(0, options)).toThrow('compare must be a function');
    const queue = new PriorityQueue<number>(0, { compare: () => Number.NaN });
    queue.putNowait(1);
    expect(() => queue.putNowait(2)).toThrow('must return a number');
  });

  test('for any mixture of puts and gets, gives what a sorted list gives', () => {
    holds(
      fc.property(fc.array(fc.option(fc.nat(20)), { maxLength: 200 }), (steps) => {
        const queue = new PriorityQueue<[number, number]>(0, { compare: (a, b) => a[0] - b[0] });
        const model: [number, number][] = [];
        for (const [sequence, priority] of steps.entries()) {
          if (priority !== null) {
            queue.putNowait([priority, sequence]);
            model.push([priority, sequence]);
            model.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
          } else if (model.length > 0) expect(queue.getNowait()).toEqual(model.shift());
        }
        expect(model.map(() => queue.getNowait())).toEqual(model);
      }),
      { runs: 200 },
    );
  });
});

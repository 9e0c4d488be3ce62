/** Telling coroutines from everything else, and leaf operations as coroutines written by hand. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { describeValue } from '../../../src/coroutines/misuse.ts';
import { type Coroutine, isAwaitable, isCoroutine, isCoroutineFunction, sleep } from '../../../src/index.ts';
import { LeafCoroutine, type Suspension } from '../../../src/lowlevel.ts';
import { virtualLoop } from '../loop/virtual-loop.ts';

function* work(): Coroutine<void> {
  yield* sleep(0);
}

const others: [string, unknown][] = [
  ['a function', () => {}],
  ['an async function', async () => {}],
  ['an async generator', (async function* () {})()],
  ['a promise', Promise.resolve()],
  ['an array', [1]],
  ["an array's iterator", [1][Symbol.iterator]()],
  ['a text', 'text'],
  ['null', null],
  ['undefined', undefined],
  ['a number', 5],
];

describe('isCoroutine', () => {
  it('is true for a generator object and for a leaf operation', () => {
    expect(isCoroutine(work())).toBe(true);
    expect(isCoroutine(sleep(1))).toBe(true);
  });

  it.each([...others, ['a coroutine function', work]])('is false for %s', (_name, value) => {
    expect(isCoroutine(value)).toBe(false);
  });
});

describe('a leaf operation that nobody has awaited', () => {
  it('says which call made it, and shows nothing of its inside', () => {
    expect(inspect(sleep(3))).toBe('<coroutine sleep(3)>');
    expect(`${sleep(3)}`).toBe('<coroutine sleep(3)>');
  });
});

describe('isCoroutineFunction', () => {
  it('is true for a generator function, also as a method or bound', () => {
    expect(isCoroutineFunction(work)).toBe(true);
    expect(isCoroutineFunction({ *method() {} }.method)).toBe(true);
    expect(isCoroutineFunction(work.bind(null))).toBe(true);
  });

  it.each(others)('is false for %s', (_name, value) => {
    expect(isCoroutineFunction(value)).toBe(false);
  });
});

describe('isAwaitable', () => {
  it('is true for coroutines, futures and objects with an iterator', () => {
    const { loop } = virtualLoop();
    for (const value of [work(), sleep(1), loop.createFuture(), { *[Symbol.iterator]() {} }]) {
      expect(isAwaitable(value)).toBe(true);
    }
  });

  it('is false for text and arrays, which are iterable and never meant', () => {
    for (const value of ['text', [1], 5, null, undefined, {}]) expect(isAwaitable(value)).toBe(false);
  });
});

describe('a leaf operation', () => {
  class Immediate extends LeafCoroutine<string> {
    returned = false;
    override next(): IteratorResult<Suspension, string> {
      return { done: true, value: 'done' };
    }
    override return(value: string): IteratorResult<Suspension, string> {
      this.returned = true;
      return super.return(value);
    }
  }

  it('is awaited with yield*, and hands errors on', () => {
    const { loop } = virtualLoop();
    expect(loop.runUntilComplete(new Immediate())).toBe('done');
    const failure = new Error('thrown in');
    expect(() => new Immediate().throw(failure)).toThrow(failure);
  });

  it('is closed by `using`', () => {
    const leaf = new Immediate();
    {
      using _closed = leaf;
    }
    expect(leaf.returned).toBe(true);
  });
});

describe('describeValue', () => {
  it.each<[unknown, string]>([
    [null, 'null'],
    [undefined, 'undefined'],
    [5, 'number 5'],
    ['text', 'string text'],
    [work, 'function work'],
    [() => {}, 'function (anonymous)'],
    [work(), 'a coroutine'],
    [new Map(), 'a Map object'],
    [Object.create(null), 'a nameless object'],
    [Symbol('s'), 'symbol Symbol(s)'],
  ])('%s', (value, text) => {
    expect(describeValue(value)).toBe(text);
  });
});

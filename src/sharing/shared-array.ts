/** Numbers that threads share: one, or many. */

import { requireIterable } from '../base/arguments.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { type Cells, cellByteCount, cellsIn, type SharedNumber } from './cells.ts';
import { LOCK_BYTE_COUNT, newLockMemory, REENTRANT } from './lock-words.ts';
import { type SharedMemory, SharedRLock } from './shared-lock.ts';

/**
 * What arrives of a {@link SharedValue} or a {@link SharedArray} in another thread, for the constructor
 * there.
 */
export interface SharedNumbers extends SharedMemory {
  /** What kind of numbers it holds. */
  readonly type: SharedNumber;
}

const TYPES: readonly string[] = ['int32', 'uint32', 'float64'] satisfies SharedNumber[];

/** A lock, and the numbers behind it. */
function newNumbers(type: SharedNumber, count: number): SharedMemory {
  return { memory: newLockMemory(REENTRANT, count * cellByteCount(type)) };
}

function checkType(type: unknown, call: string): SharedNumber {
  if (typeof type === 'string' && TYPES.includes(type)) return type as SharedNumber;
  throw new TypeError(`${call}: expected int32, uint32 or float64 as the type, got ${describeValue(type)}`);
}

/**
 * A number that threads share. `multiprocessing.Value`, for threads.
 *
 *     const done = new SharedValue('int32');
 *     yield* pool.map(work.count, chunks.map((chunk) => [done, chunk]));
 *
 *     export function count([shared, chunk]: [SharedNumbers, string]): number {
 *       new SharedValue(shared).add(1);      // whole, whatever other threads do
 *       …
 *     }
 *
 * Each access is whole by itself; for several that belong together there is {@link lock}.
 */
export class SharedValue implements SharedNumbers {
  readonly memory: SharedArrayBuffer;
  readonly type: SharedNumber;
  // Not `private`, whose fields would be sent along.
  readonly #cells: Cells;
  #lock: SharedRLock | null = null;

  /**
   * @param type `int32`, `uint32` or `float64`, for a new one; or what another thread sent
   * @param initial the value of a new one, by default 0
   * @throws TypeError for anything else
   */
  constructor(type: SharedNumber | SharedNumbers, initial = 0) {
    if (typeof type === 'object' && type !== null) {
      this.type = checkType(type.type, 'new SharedValue()');
      this.memory = new SharedRLock(type).memory;
    } else {
      this.type = checkType(type, 'new SharedValue()');
      this.memory = newNumbers(type, 1).memory;
    }
    this.#cells = cellsIn(this.memory, LOCK_BYTE_COUNT, this.type);
    if (typeof type === 'string') this.#cells.store(0, initial);
  }

  /** The number now. Integers wrap around as those of a typed array do. */
  get value(): number {
    return this.#cells.load(0);
  }

  set value(value: number) {
    this.#cells.store(0, value);
  }

  /** Adds `delta`, at once. @returns the sum */
  add(delta: number): number {
    return this.#cells.add(0, delta);
  }

  /**
   * Sets it to `change(value)`. Calls it again if another thread was faster, so `change` only computes.
   *
   *     largest.update((value) => Math.max(value, size));
   *
   * @returns the new value
   */
  update(change: (value: number) => number): number {
    return this.#cells.update(0, change);
  }

  /** A re-entrant lock that goes with it. Nothing takes it by itself. */
  get lock(): SharedRLock {
    this.#lock ??= new SharedRLock(this);
    return this.#lock;
  }

  toString(): string {
    return `<SharedValue ${this.type} ${this.value}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/**
 * Numbers that threads share, as many as it is made with. `multiprocessing.Array`, for threads.
 *
 *     const counts = new SharedArray('int32', 26);
 *     counts.add(4, 1);
 *
 * Each access is whole by itself; for several that belong together there is {@link lock}.
 */
export class SharedArray implements SharedNumbers {
  readonly memory: SharedArrayBuffer;
  readonly type: SharedNumber;
  readonly #cells: Cells;
  #lock: SharedRLock | null = null;

  /**
   * @param type `int32`, `uint32` or `float64`, for a new one; or what another thread sent
   * @param content of a new one: its numbers, or how many, which are 0 then
   * @throws TypeError for anything else; RangeError for an invalid length
   */
  constructor(type: SharedNumber | SharedNumbers, content: number | Iterable<number> = 0) {
    if (typeof type === 'object' && type !== null) {
      this.type = checkType(type.type, 'new SharedArray()');
      this.memory = new SharedRLock(type).memory;
    } else {
      this.type = checkType(type, 'new SharedArray()');
      const length = typeof content === 'number' ? content : undefined;
      if (length === undefined) requireIterable('new SharedArray()', 'the numbers', content);
      const numbers = length === undefined ? [...(content as Iterable<number>)] : [];
      this.memory = newNumbers(type, checkLength(length ?? numbers.length)).memory;
      cellsIn(this.memory, LOCK_BYTE_COUNT, type).view.set(numbers);
    }
    this.#cells = cellsIn(this.memory, LOCK_BYTE_COUNT, this.type);
  }

  /** How many numbers it has. */
  get length(): number {
    return this.#cells.view.length;
  }

  /** The numbers as a typed array over the same memory, for bulk work while {@link lock} is held. */
  get view(): Int32Array | Uint32Array | Float64Array {
    return this.#cells.view;
  }

  /** The number at `index` now. @throws RangeError outside of the array, as the others do */
  get(index: number): number {
    return this.#cells.load(this.#checked(index));
  }

  /** Sets the number at `index`. */
  set(index: number, value: number): void {
    this.#cells.store(this.#checked(index), value);
  }

  /** Adds `delta` to the number at `index`, at once. @returns the sum */
  add(index: number, delta: number): number {
    return this.#cells.add(this.#checked(index), delta);
  }

  /** As {@link SharedValue.update}, of the number at `index`. @returns the new value */
  update(index: number, change: (value: number) => number): number {
    return this.#cells.update(this.#checked(index), change);
  }

  /** A re-entrant lock that goes with it. Nothing takes it by itself. */
  get lock(): SharedRLock {
    this.#lock ??= new SharedRLock(this);
    return this.#lock;
  }

  /** The numbers as they are now, in order. */
  [Symbol.iterator](): IterableIterator<number> {
    return Array.from({ length: this.length }, (_none, index) => this.#cells.load(index)).values();
  }

  toString(): string {
    return `<SharedArray ${this.type} length=${this.length}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  #checked(index: number): number {
    if (Number.isInteger(index) && index >= 0 && index < this.length) return index;
    throw new RangeError(`${this}: there is no number at ${index}`);
  }
}

function checkLength(length: number): number {
  if (Number.isInteger(length) && length >= 0) return length;
  throw new RangeError(`new SharedArray(): the length must be a whole number from 0 on, got ${length}`);
}

/**
 * What a coroutine is: a generator that suspends by yielding a {@link Suspension} to whoever drives it, and
 * is resumed when that has happened. User code never yields by itself, it delegates: `yield* something`.
 */

/**
 * What a suspended coroutine hands to its driver: the thing it waits for (a future), or {@link CHECKPOINT}.
 * Only selectloop's own leaf operations make one, which is why a bare `yield` of anything does not
 * type-check.
 */
export interface Suspension {
  /**
   * @internal True between the moment a leaf operation yields this and the moment its driver takes it. See
   *   `Future`.
   */
  suspending: boolean;
  /**
   * Of the types only: it is what a compiler says to be missing where a `yield` lacks its star.
   */
  readonly 'yield needs its star: write yield*': true;
}

/**
 * The type to give your own coroutine functions.
 *
 *     function* greet(sock: Socket): Coroutine<number> {
 *       const name = yield* loop.sockRecv(sock, 100);
 *       …
 *     }
 *
 * A generator is one, and so is a leaf operation such as `sleep(10)`. The methods are those that every
 * version of the library of TypeScript gives a generator: newer ones add `map`, `filter` and others, of no
 * use to a coroutine.
 */
export interface Coroutine<T> {
  next(sent?: unknown): IteratorResult<Suspension, T>;
  return(value: T): IteratorResult<Suspension, T>;
  throw(error: unknown): IteratorResult<Suspension, T>;
  [Symbol.iterator](): Iterator<Suspension, T, unknown>;
}

/** Anything that `yield*` can await inside a coroutine: a coroutine, a future, a task, a leaf operation. */
export interface Awaitable<T> {
  [Symbol.iterator](): Iterator<Suspension, T, unknown>;
}

/** What functions that await take: anything `yield*` can await and, in a guest of Node's loop, a Promise. */
export type AwaitableInput<T> = Awaitable<T> | PromiseLike<T>;

/** Yielded to be resumed in the next pass of the loop, whatever else happens. */
export const CHECKPOINT: Suspension = { suspending: true } as Suspension;

/**
 * Sent into a suspended coroutine by the debugger: a leaf operation answers by yielding again, having looked
 * around.
 */
export const PROBE: unique symbol = Symbol('selectloop.probe');

/**
 * For `instanceof`: whether a value is a generator object, of whichever function. It is the test that
 * compiles to the fewest steps.
 */
export const GeneratorObject = function GeneratorObject() {} as unknown as new () => Generator;
GeneratorObject.prototype = Object.getPrototypeOf(Object.getPrototypeOf((function* () {})())) as Generator;
const GeneratorFunction = Object.getPrototypeOf(function* () {}) as object;

/** Hears of leaf operations that are made, and that somebody awaits. */
export interface LeafWatch {
  made(leaf: LeafCoroutine<unknown>): void;
  awaited(leaf: LeafCoroutine<unknown>): void;
}

let leafWatch: LeafWatch | null = null;

/** Has leaf operations watched, or nobody watch them any more: for debug mode. */
export function watchLeaves(watch: LeafWatch | null): void {
  leafWatch = watch;
}

/** A task takes a coroutine: that is as good as awaiting it. */
export function noteTaken(coroutine: unknown): void {
  if (leafWatch !== null && coroutine instanceof LeafCoroutine) leafWatch.awaited(coroutine);
}

/**
 * A leaf operation: a coroutine written by hand, as a plain iterator. It costs one object where a generator
 * costs a frame, a context and a result object for each level (measured: about 29 ns per level and
 * resumption).
 */
export abstract class LeafCoroutine<T> implements Iterator<Suspension, T, unknown> {
  constructor() {
    if (leafWatch !== null) leafWatch.made(this);
  }

  abstract next(sent?: unknown): IteratorResult<Suspension, T>;

  /** A leaf holds nothing open by default: the error goes straight to the awaiter. */
  throw(error: unknown): IteratorResult<Suspension, T> {
    throw error;
  }

  return(value: T): IteratorResult<Suspension, T> {
    return { done: true, value };
  }

  [Symbol.iterator](): this {
    if (leafWatch !== null) leafWatch.awaited(this);
    return this;
  }

  [Symbol.dispose](): void {
    this.return(undefined as T);
  }

  /** @internal The call that made it, for messages: `sleep(10)`. */
  describe(): string {
    return this.constructor.name;
  }

  toString(): string {
    return `<coroutine ${this.describe()}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/**
 * True for what {@link createTask} takes: a generator object, one of selectloop's own leaf operations such as
 * `sleep`, or an object with the methods of a generator, as compilers to older JavaScript make them.
 * `asyncio.iscoroutine`.
 */
export function isCoroutine(value: unknown): value is Coroutine<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof GeneratorObject || value instanceof LeafCoroutine) return true;
  return hasGeneratorMethods(value);
}

/** A future has them too, but is a suspension: it is awaited, not stepped. */
function hasGeneratorMethods(value: object): boolean {
  const { next, throw: raise, return: close } = value as Partial<Coroutine<unknown>>;
  if (typeof next !== 'function' || typeof raise !== 'function' || typeof close !== 'function') return false;
  return isAwaitable(value) && !('suspending' in value);
}

/** True for a generator function: calling it makes a coroutine. `asyncio.iscoroutinefunction`. */
export function isCoroutineFunction(value: unknown): value is (...args: never[]) => Coroutine<unknown> {
  return typeof value === 'function' && Object.prototype.isPrototypeOf.call(GeneratorFunction, value);
}

/** True for anything `yield*` can await. Strings and arrays are iterable too, and are never meant. */
export function isAwaitable(value: unknown): value is Awaitable<unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return typeof (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] === 'function';
}

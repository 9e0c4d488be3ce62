/**
 * Step 2: a future that can be awaited.
 *
 *     node --import tsx examples/book/2-awaitable-future.ts
 *
 * A future is a place for a result that does not exist yet. To await one means: if the result is not there, hand out *the
 * future itself* and stop. So the driver of a coroutine learns what it is waiting for, and can go on with it once that is there.
 */

import { fileURLToPath } from 'node:url';

/** What the coroutines of these examples are: generators that hand out the futures they wait for. */
export type Coroutine<T> = Generator<Future<unknown>, T, unknown>;

/** A result to come, and whoever wants to be told. */
export class Future<T> {
  private finished = false;
  private value: T | null = null;
  private callback: ((value: T) => void) | null = null;

  /** Whether the result is there. */
  isFinished(): boolean {
    return this.finished;
  }

  /** The result; `null` as long as there is none. */
  result(): T | null {
    return this.value;
  }

  /** Here is the result: whoever waits is told at once. */
  setResult(value: T): void {
    this.finished = true;
    this.value = value;
    this.callback?.(value);
  }

  /** Whom to tell. There is room for one. */
  addDoneCallback(callback: (value: T) => void): void {
    this.callback = callback;
  }

  /** What `yield* future` does. */
  *[Symbol.iterator](): Coroutine<T> {
    if (!this.finished) yield this as Future<unknown>;
    return this.value as T;
  }
}

function* report(parcel: Future<string>): Coroutine<string> {
  console.log('coroutine: waiting for the parcel');
  return `delivered: ${yield* parcel}`;
}

function main(): void {
  const parcel = new Future<string>();
  const coroutine = report(parcel);
  let step = coroutine.next();
  console.log(`driver:    it waits for our future: ${step.value === parcel}`);
  step = coroutine.next();
  console.log(`driver:    going on too early ends it empty-handed: ${step.done}, ${String(step.value)}`);

  const again = report(parcel);
  again.next();
  parcel.addDoneCallback((value) => console.log(`driver:    now there is ${value}`));
  parcel.setResult('a book');
  console.log(`driver:    ended with "${String(again.next().value)}"`);
  console.log(`driver:    a third one need not wait: "${String(report(parcel).next().value)}"`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();

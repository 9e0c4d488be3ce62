/** `for await` and our own way to iterate, `each(body)`: JavaScript's loops cannot suspend a coroutine. */

import { RuntimeError } from '../base/errors.ts';
import { awaitBody } from '../cancellation/await-body.ts';
import type { AwaitableInput, Coroutine } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { fromPromise } from '../futures/from-promise.ts';
import { Future } from '../futures/future.ts';
import { requirePromises } from '../futures/promise-bridge.ts';
import { holdReport, noteFailure } from '../futures/unretrieved.ts';
import { runningLoop } from '../loop/current-loop.ts';
import { spawn } from '../tasks/create-task.ts';
import type { Task } from '../tasks/task.ts';

/**
 * Runs `body(item)` for each item of an async iterable: a stream of Node's, `events.on()`, an async
 * generator. `for await`, in a coroutine.
 *
 *     yield* eachOf(createInterface({ input }), function* (line) {
 *       yield* writer.write(Buffer.from(line));
 *     });
 *
 * The next item is asked for when the body has ended. When the body throws, or the await is cancelled, the
 * iterable is told (`return`).
 *
 * @param items an async iterable, or a plain one, whose Promises are awaited
 * @throws what the iterable and `body` throw; TypeError in a blocking run, where no Promise settles
 */
export function* eachOf<T>(
  items: AsyncIterable<T> | Iterable<T | PromiseLike<T>>,
  body: (item: T) => AwaitableInput<unknown>,
): Coroutine<void> {
  const iterator = iteratorOf<T | PromiseLike<T>>(items);
  const isPlain = (items as Partial<AsyncIterable<T>>)[Symbol.asyncIterator] === undefined;
  requirePromises(runningLoop('eachOf'), 'eachOf');
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  try {
    for (;;) {
      const step = yield* fromPromise(next(iterator, isPlain, end));
      isOver = step.done === true;
      if (step.done === true) return;
      yield* awaitBody(body, step.value, 'eachOf');
    }
  } finally {
    if (!isOver) void leave(iterator);
  }
}

/** @param fails is called when the iterator fails: it is over then, and, as in `for await`, not told */
async function next<T>(
  iterator: AsyncIterator<T | PromiseLike<T>> | Iterator<T | PromiseLike<T>>,
  isPlain: boolean,
  fails: () => void,
): Promise<IteratorResult<T>> {
  let step: IteratorResult<T | PromiseLike<T>>;
  try {
    step = await iterator.next();
    if (typeof step !== 'object' || step === null)
      throw new TypeError(`eachOf: next() is to return { done, value }, and returned ${describeValue(step)}`);
  } catch (error) {
    fails();
    throw error;
  }
  return isPlain && step.done !== true ? { value: await step.value } : (step as IteratorResult<T>);
}

/**
 * Not waited for: a generator that waits for its next item answers only after that. What it throws has no
 * reader, be it at once.
 */
async function leave(iterator: AsyncIterator<unknown> | Iterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // See above.
  }
}

function iteratorOf<T>(items: AsyncIterable<T> | Iterable<T>): AsyncIterator<T> | Iterator<T> {
  const source = items as Partial<AsyncIterable<T> & Iterable<T>> | null;
  const iterator = source?.[Symbol.asyncIterator]?.() ?? source?.[Symbol.iterator]?.();
  if (iterator !== undefined) return iterator;
  throw new TypeError(`eachOf: an async iterable is needed, got ${describeValue(items)}`);
}

/** What runs a body for each of its items: `queue.each`, `reader.lines`, `receiver.each`. */
export type Each<T> = (body: (item: T) => Coroutine<void>) => Coroutine<void>;

/**
 * Our own way to iterate as an async iterable, for `for await` and `Readable.from` in async code.
 *
 *     for await (const line of toAsyncIterable<Buffer>((body) => reader.lines(body))) …
 *
 * The body of an item ends when the next one is asked for, so a slow consumer holds back the producer.
 * Leaving the loop cancels it. What `each` fails with, or a cancellation by others, is thrown when the next
 * item is asked for, also if it came while the consumer was busy with the last one.
 *
 * @param each is called once, when the iteration begins, with the body to run for each item
 * @throws TypeError in a blocking run, where no Promise settles
 */
export function toAsyncIterable<T>(each: Each<T>): AsyncIterableIterator<T> {
  const loop = runningLoop('toAsyncIterable');
  requirePromises(loop, 'toAsyncIterable');
  return new EachIterator(loop, each);
}

/**
 * | state   | entered by            | next()                                    |
 * |---------|-----------------------|-------------------------------------------|
 * | created | construction          | starts the task of `each`                 |
 * | running | the first next()      | lets the body of the item before end      |
 * | ended   | the task's end        | done, or throws what it ended with        |
 * | over    | that; return()        | done                                      |
 */
class EachIterator<T> implements AsyncIterableIterator<T> {
  private readonly loop: ReturnType<typeof runningLoop>;
  private readonly each: Each<T>;
  private task: Task<void> | null = null;
  /** The tasks that have asked for an item. */
  private wanted: Future<IteratorResult<T>> | null = null;
  /** What the body of the last item waits for. */
  private handled: Future<void> | null = null;
  private isOver = false;

  constructor(loop: ReturnType<typeof runningLoop>, each: Each<T>) {
    this.loop = loop;
    this.each = each;
  }

  async next(): Promise<IteratorResult<T>> {
    if (this.wanted !== null) throw new RuntimeError('toAsyncIterable: next() while another next() waits');
    if (this.isOver) return { done: true, value: undefined };
    if (this.task?.done() === true) return this.outcome(this.task);
    const wanted = new Future<IteratorResult<T>>({ loop: this.loop });
    this.wanted = wanted;
    if (this.handled?.done() === false) this.handled.setResult();
    this.handled = null;
    this.task ??= this.start();
    return wanted;
  }

  async return(): Promise<IteratorResult<T>> {
    const { task } = this;
    this.isOver = true;
    if (task?.done() === false) task.cancel();
    // An error that nobody will ask for is reported.
    else if (task?.unretrieved === true) noteFailure(task, true);
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  private start(): Task<void> {
    const task = spawn(
      this.loop,
      this.each((item) => this.handOver(item)),
    );
    task.addDoneCallback(() => this.end(task));
    return task;
  }

  private *handOver(item: T): Coroutine<void> {
    const handled = new Future<void>({ loop: this.loop });
    this.handled = handled;
    this.takeWanted()?.setResult({ done: false, value: item });
    yield* handled;
  }

  private end(task: Task<void>): void {
    const wanted = this.takeWanted();
    if (wanted === null) {
      // The consumer is busy, and has its report when it asks for the next item.
      if (!this.isOver) holdReport(task);
      return;
    }
    try {
      wanted.setResult(this.outcome(task));
    } catch (error) {
      if (task.cancelled()) wanted.cancel();
      else wanted.setException(error);
    }
  }

  /** The last answer. @throws what the task has ended with, unless the consumer has ended it */
  private outcome(task: Task<void>): IteratorResult<T> {
    const isLeft = this.isOver && task.cancelled();
    this.isOver = true;
    if (!isLeft) task.result();
    return { done: true, value: undefined };
  }

  private takeWanted(): Future<IteratorResult<T>> | null {
    const { wanted } = this;
    this.wanted = null;
    return wanted?.done() === false ? wanted : null;
  }
}

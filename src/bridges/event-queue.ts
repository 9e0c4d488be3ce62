/** Events of an EventEmitter, as a queue to take from. */

import type { EventEmitter } from 'node:events';
import { ClosedResourceError, QueueShutDown, RuntimeError } from '../base/errors.ts';
import { awaitableOf, checkBody } from '../cancellation/await-body.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { Queue } from '../sync/queue.ts';

/** Options of {@link queueOfEvents}. */
export interface EventQueueOptions {
  /** Events after which no more will come, such as `['end', 'close']`. Default: none. */
  readonly endOn?: readonly (string | symbol)[] | undefined;
  /**
   * How many events may wait before the emitter is paused, by its `pause()`; its `resume()` is called when
   * there is room again. Default: any number, and it is never paused.
   */
  readonly maxsize?: number | undefined;
}

/** What some emitters can do, such as streams. */
interface Pausable {
  pause?(): unknown;
  resume?(): unknown;
}

/**
 * The events of one name that an emitter emits, in order; made by {@link queueOfEvents}.
 *
 * | state  | entered by          | an event | get()                                  |
 * |--------|---------------------|----------|----------------------------------------|
 * | open   | construction        | is kept  | an event, kept or to come              |
 * | ended  | an event of `endOn` | is lost  | what is kept; then QueueShutDown       |
 * | failed | an `error` event    | is lost  | what is kept; then that error          |
 * | closed | close(), `using`    | is lost  | what is kept; then ClosedResourceError |
 */
export class EventQueue<A extends readonly unknown[]> {
  private readonly emitter: EventEmitter & Pausable;
  private readonly name: string | symbol;
  private readonly queue = new Queue<A>();
  private readonly maxsize: number;
  private readonly endOn: readonly (string | symbol)[];
  /** What a get() after the last event throws, if it is not the queue's own error. */
  private ending: { readonly error: unknown } | null = null;
  private isOpen = true;
  private isPaused = false;

  /** @internal */
  constructor(emitter: EventEmitter & Pausable, name: string | symbol, options: EventQueueOptions) {
    this.emitter = emitter;
    this.name = name;
    this.maxsize = options.maxsize ?? Number.POSITIVE_INFINITY;
    this.endOn = options.endOn ?? [];
    if (this.maxsize !== Number.POSITIVE_INFINITY) this.requirePausable();
    emitter.on(name, this.onEvent);
    if (name !== 'error') emitter.on('error', this.onError);
    for (const end of this.endOn) emitter.on(end, this.onEnd);
  }

  /** How many events wait to be taken. */
  get size(): number {
    return this.queue.qsize();
  }

  /**
   * The arguments of the next event; waits while there is none.
   * @throws QueueShutDown after an event that ends it; the error of an `error` event; ClosedResourceError
   *   after close
   */
  *get(): Coroutine<A> {
    let event: A;
    try {
      event = yield* this.queue.get();
    } catch (error) {
      if (error instanceof QueueShutDown && this.ending !== null) throw this.ending.error;
      throw error;
    }
    if (this.isPaused && this.queue.qsize() < this.maxsize) this.resume();
    return event;
  }

  /**
   * Runs `body(...args)` for each event, one after the other, until an event of `endOn`.
   *
   *     yield* queue.each(function* (line) { … });
   *
   * @param body a coroutine function, or a plain one
   * @throws as {@link get}, but at the end; what `body` throws
   */
  *each(body: (...args: A) => unknown): Coroutine<void> {
    checkBody(body, 'each');
    for (;;) {
      let event: A;
      try {
        event = yield* this.get();
      } catch (error) {
        if (error instanceof QueueShutDown) return;
        throw error;
      }
      const awaitable = awaitableOf(body(...event), 'each');
      if (awaitable !== null) yield* awaitable;
    }
  }

  /** Listens no more. Events that wait can still be taken. Twice is harmless. */
  close(): void {
    this.ending ??= { error: new ClosedResourceError(`${this.describe()} was closed`) };
    this.end();
  }

  /** `using events = queueOfEvents(…)`. */
  [Symbol.dispose](): void {
    this.close();
  }

  toString(): string {
    return `<${this.describe()} ${this.isOpen ? 'open' : 'ended'} size=${this.size}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  private readonly onEvent = (...args: unknown[]): void => {
    // Another listener of this very event may have closed it.
    if (!this.isOpen) return;
    this.queue.putNowait(args as unknown as A);
    if (this.isPaused || this.queue.qsize() < this.maxsize) return;
    this.isPaused = true;
    this.emitter.pause?.();
  };

  private readonly onError = (error: unknown): void => {
    this.ending ??= { error };
    this.end();
  };

  private readonly onEnd = (): void => this.end();

  private end(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.emitter.off(this.name, this.onEvent);
    this.emitter.off('error', this.onError);
    for (const end of this.endOn) this.emitter.off(end, this.onEnd);
    if (this.isPaused) this.resume();
    this.queue.shutdown();
  }

  private resume(): void {
    this.isPaused = false;
    this.emitter.resume?.();
  }

  private requirePausable(): void {
    const { emitter, maxsize } = this;
    if (typeof emitter.pause !== 'function' || typeof emitter.resume !== 'function') {
      throw new RuntimeError(
        `queueOfEvents: ${describeValue(emitter)} has no pause() and resume(), so nothing can hold it back. Leave maxsize out.`,
      );
    }
    if (!(maxsize > 0)) throw new RangeError(`queueOfEvents: maxsize must be positive, got ${maxsize}`);
  }

  private describe(): string {
    return `EventQueue of '${String(this.name)}'`;
  }
}

/**
 * The events of one name, as a queue: nothing that the emitter says is missed while a task is busy with the
 * event before.
 *
 *     using lines = queueOfEvents<[string]>(createInterface({ input }), 'line', { endOn: ['close'] });
 *     yield* lines.each(function* (line) {
 *       yield* writer.write(Buffer.from(line));
 *     });
 *
 * An `error` event ends the queue with that error. The emitter may be one of Node's, in a guest; or one of
 * the program's own, in any run.
 *
 * @param name of the event
 * @param options `endOn`: events that end the queue; `maxsize`: pauses emitters that can be paused
 * @throws TypeError if it is not an emitter; RuntimeError for a `maxsize` where the emitter cannot be paused
 */
export function queueOfEvents<A extends readonly unknown[] = unknown[]>(
  emitter: EventEmitter,
  name: string | symbol,
  options: EventQueueOptions = {},
): EventQueue<A> {
  const candidate = emitter as Partial<EventEmitter> | null;
  if (typeof candidate?.on !== 'function' || typeof candidate.off !== 'function') {
    throw new TypeError(`queueOfEvents: an EventEmitter is needed, got ${describeValue(emitter)}`);
  }
  return new EventQueue<A>(emitter, name, options);
}

/** A scheduled callback: what `callSoon`, `callLater`, `addReader` return, and how it is cancelled. */

import { type Context, enterContext, leaveContext, snapshotContext } from '../base/context.ts';
import { KeyboardInterrupt } from '../base/errors.ts';
import type { ExceptionContext } from './exception-context.ts';
import { originOf } from './origin.ts';
import type { Runnable } from './ready-queue.ts';

/** What a handle needs of its loop. */
export interface HandleOwner {
  callExceptionHandler(context: ExceptionContext): void;
  /** A timer that was still in the heap has been cancelled. */
  timerCancelled(): void;
  getDebug(): boolean;
}

/** Any callback; its arguments were checked where it was scheduled. */
export type Callback = (...args: never[]) => unknown;

/**
 * A callback with its arguments and the context it runs in. `asyncio.Handle` of CPython 3.13.
 *
 * | state     | callback | what happens in `runReady` |
 * |-----------|----------|----------------------------|
 * | scheduled | set      | it is called               |
 * | cancelled | null     | nothing                    |
 *
 * A handle of `addReader` runs many times; one of `callSoon` or a timer once.
 */
export class Handle implements Runnable {
  protected readonly owner: HandleOwner;
  private callback: Callback | null;
  private args: readonly unknown[];
  private context: Context;
  /** Where it was scheduled, in debug mode. */
  private readonly origin: string | undefined;

  /** @internal Use `loop.callSoon`. */
  constructor(owner: HandleOwner, callback: Callback, args: readonly unknown[], context: Context | null) {
    this.owner = owner;
    this.callback = callback;
    this.args = args;
    this.context = context ?? snapshotContext();
    this.origin = originOf(owner.getDebug(), Handle);
  }

  /** The callback will not be called any more. Cancelling twice, or after it ran, is harmless. */
  cancel(): void {
    this.callback = null;
    this.args = [];
  }

  /** Whether {@link cancel} was called. */
  cancelled(): boolean {
    return this.callback === null;
  }

  /** The context the callback runs in. */
  getContext(): Context {
    if (this.context.isSnapshot) this.context = this.context.copy();
    return this.context;
  }

  /** @internal */
  runReady(): void {
    const callback = this.callback;
    if (callback === null) return;
    const previous = enterContext(this.context);
    try {
      (callback as (...args: readonly unknown[]) => unknown)(...this.args);
    } catch (error) {
      this.report(error);
    } finally {
      leaveContext(previous);
    }
  }

  private report(error: unknown): void {
    // An interrupt is meant for whoever called run(), not for a log.
    if (error instanceof KeyboardInterrupt) throw error;
    this.owner.callExceptionHandler({
      message: `Exception in callback ${this.describeCallback()}`,
      exception: error,
      handle: this,
      ...(this.origin === undefined ? {} : { sourceTraceback: this.origin }),
    });
  }

  protected describeCallback(): string {
    return this.callback === null ? 'cancelled' : `${this.callback.name || '(anonymous)'}()`;
  }

  toString(): string {
    return `<Handle ${this.describeCallback()}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** A callback that runs when its time has come. `asyncio.TimerHandle` of CPython 3.13. */
export class TimerHandle extends Handle {
  /** @internal Milliseconds on the loop's clock. */
  readonly whenMs: number;
  /** @internal Order of creation: equal times fire in that order. */
  readonly sequence: number;
  /** @internal True while the timer is in its loop's heap. */
  inHeap = true;

  /** @internal Use `loop.callAt` or `loop.callLater`. */
  constructor(
    owner: HandleOwner,
    whenMs: number,
    sequence: number,
    callback: Callback,
    args: readonly unknown[],
    context: Context | null,
  ) {
    super(owner, callback, args, context);
    this.whenMs = whenMs;
    this.sequence = sequence;
  }

  /** When the callback is due, in milliseconds on the clock of `loop.time()`. */
  when(): number {
    return this.whenMs;
  }

  override cancel(): void {
    const wasWaiting = this.inHeap && !this.cancelled();
    super.cancel();
    if (wasWaiting) this.owner.timerCancelled();
  }

  override toString(): string {
    return `<TimerHandle when=${this.whenMs.toFixed(3)}ms ${this.describeCallback()}>`;
  }
}

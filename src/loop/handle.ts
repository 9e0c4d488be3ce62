/** A scheduled callback: what `callSoon`, `callLater`, `addReader` return, and how it is cancelled. */

import { inspect } from 'node:util';
import { type Context, enterContext, leaveContext, snapshotContext } from '../base/context.ts';
import { isInterrupt } from '../coroutines/thrown.ts';
import { originAt } from './creation-stack.ts';
import type { ExceptionContext } from './exception-context.ts';
import type { Runnable } from './ready-queue.ts';

/** What a handle needs of its loop. */
export interface HandleOwner {
  callExceptionHandler(context: ExceptionContext): void;
  /** A callback returned a Promise: its error has no other reader. */
  callbackReturned(promise: Promise<unknown>, handle: Handle): void;
  /** Whether Node is to stay for a handle of `addReader` or `addWriter` has changed. */
  watchRefChanged(): void;
  getDebug(): boolean;
  /** `null` while nobody observes the loop. */
  readonly instruments?: object | null;
}

/** What handles without arguments share: an array less for each of them to keep. */
export const NO_ARGUMENTS: readonly unknown[] = [];

/** Any callback; its arguments were checked where it was scheduled. */
export type Callback = (...args: never[]) => unknown;

/** What debug mode remembers of a handle. */
interface Origin {
  /** Where it was scheduled: lines of a stack. */
  readonly stack: string;
  /** What was to be called, once it has been cancelled. */
  cancelled: string | null;
}

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
  protected callback: Callback | null;
  protected args: readonly unknown[];
  /** @internal */
  context: Context;
  /** Kept in debug mode only. */
  protected readonly origin: Origin | null;

  /** @internal Use `loop.callSoon`. */
  constructor(
    callback: Callback,
    args: readonly unknown[],
    owner: HandleOwner,
    context: Context | null = null,
  ) {
    this.owner = owner;
    this.callback = callback;
    this.args = args.length === 0 ? NO_ARGUMENTS : args;
    this.context = context ?? snapshotContext();
    this.origin = owner.getDebug() ? { stack: originAt(Handle), cancelled: null } : null;
  }

  /** The callback will not be called any more. Cancelling twice, or after it ran, is harmless. */
  cancel(): void {
    if (this.origin !== null && this.callback !== null) this.origin.cancelled = this.describeCallback();
    this.callback = null;
    this.args = NO_ARGUMENTS;
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
      const result = (callback as (...args: readonly unknown[]) => unknown)(...this.args);
      if (result instanceof Promise) this.owner.callbackReturned(result, this);
    } catch (error) {
      this.report(error);
    } finally {
      leaveContext(previous);
    }
  }

  /** @internal The callback has thrown. */
  report(error: unknown): void {
    // An interrupt is meant for whoever called run(), not for a log.
    if (isInterrupt(error)) throw error;
    this.owner.callExceptionHandler({
      message: `Exception in callback ${this.describeCallback()}`,
      exception: error,
      handle: this,
      ...(this.origin === null ? {} : { sourceTraceback: this.origin.stack }),
    });
  }

  /** `name()`; in debug mode with its arguments and the place where it was scheduled. */
  private describeCallback(): string {
    const { callback, origin } = this;
    if (callback === null) return origin?.cancelled ?? '';
    const name = callback.name || '(anonymous)';
    if (origin === null) return `${name}()`;
    const args = this.args.map((arg) => inspect(arg, { depth: 0, breakLength: Infinity }));
    return `${name}(${args.join(', ')}) created at ${placeOf(origin.stack)}`;
  }

  /** @internal Where it was scheduled, as lines; `null` without debug mode. */
  creationStack(): string | null {
    return this.origin === null ? null : this.origin.stack;
  }

  /** What stands between the state and the callback. */
  protected describeDetails(): string[] {
    return [];
  }

  toString(): string {
    const words = this.callback === null ? ['cancelled'] : [];
    const callback = this.describeCallback();
    words.push(...this.describeDetails(), ...(callback === '' ? [] : [callback]));
    return `<${this.constructor.name} ${words.join(' ')}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/**
 * The watch of `addReader` or `addWriter`: `cancel()` ends it. In guest mode `unref()` lets Node end although
 * it is there.
 */
export class WatchHandle extends Handle {
  /** @internal Takes the watch off; `null` when it is off. */
  unwatch: (() => void) | null = null;
  private isRef = true;

  /** Ends the watch: the descriptor is free for others. */
  override cancel(): void {
    super.cancel();
    const { unwatch } = this;
    this.unwatch = null;
    unwatch?.();
  }

  /** In guest mode: Node need not stay for this descriptor. */
  unref(): this {
    return this.setRef(false);
  }

  /** Undoes {@link unref}. */
  ref(): this {
    return this.setRef(true);
  }

  /** Whether Node stays for this descriptor, in guest mode; true by default. */
  hasRef(): boolean {
    return this.isRef;
  }

  private setRef(isRef: boolean): this {
    this.isRef = isRef;
    this.owner.watchRefChanged();
    return this;
  }
}

/** `file:line` of the first line of a stack. */
function placeOf(stack: string): string {
  const line = stack.split('\n', 1)[0] ?? '';
  return /([^\s()]+:\d+):\d+\)?$/.exec(line)?.[1] ?? line.trim();
}

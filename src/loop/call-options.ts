/**
 * The trailing options object of `callSoon(callback, ...args, { context })`, told apart from the callback's
 * own arguments.
 */

import { Context } from '../base/context.ts';
import { isCoroutine, isCoroutineFunction } from '../coroutines/coroutine.ts';
import { describeValue, isAsyncFunction } from '../coroutines/misuse.ts';

/** Options of the loop's scheduling calls. */
export interface CallOptions {
  /** The context the callback runs in; by default a copy of the current one. */
  readonly context?: Context | undefined;
}

/**
 * What follows a callback that takes `A`: its arguments, and options at will. Not inferred from: a callback
 * that takes any number of strings may be given two.
 */
export type CallbackArguments<A extends unknown[]> = NoInfer<A | [...A, CallOptions]>;

/**
 * Takes the options off the end of `args`, in place. An object counts as options only when `context` is its
 * single key and holds a Context (or undefined): nothing else a callback could be given looks like that.
 */
export function takeContext(args: unknown[]): Context | null {
  if (args.length === 0) return null;
  const last = args[args.length - 1];
  if (typeof last !== 'object' || last === null || !('context' in last)) return null;
  const { context } = last;
  if (!(context instanceof Context || context === undefined) || Object.keys(last).length !== 1) return null;
  args.pop();
  return context ?? null;
}

/**
 * Refuses what cannot be called, coroutines, which would never run, and async functions where their Promise
 * cannot settle.
 * @param loop where it will be called
 */
export function checkCallback(callback: unknown, call: string, loop: { readonly isGuest: boolean }): void {
  // Nearly always a plain function: one look at its prototype decides.
  if (typeof callback === 'function' && Object.getPrototypeOf(callback) === Function.prototype) return;
  if (isCoroutine(callback) || isCoroutineFunction(callback)) {
    throw new TypeError(
      `${call}: coroutines cannot be used as callbacks; start ${describeValue(callback)} with createTask()`,
    );
  }
  if (isAsyncFunction(callback) && !loop.isGuest) {
    throw new TypeError(
      `${call}: an async function cannot be a callback: its Promise cannot settle while run() blocks. Make it a function*, and a task, or use runGuest().`,
    );
  }
  if (typeof callback !== 'function') {
    throw new TypeError(`${call}: a callable object (a function) is needed, got ${describeValue(callback)}`);
  }
}

/** Refuses anything that is not a time. */
export function checkTime(valueMs: number, call: string, name: string): void {
  if (typeof valueMs !== 'number' || Number.isNaN(valueMs)) {
    throw new TypeError(`${call}: ${name} must be a number of milliseconds, got ${String(valueMs)}`);
  }
}

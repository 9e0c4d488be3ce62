/**
 * The sentences for what can go wrong between a coroutine and its driver: each says what to write instead.
 */

import { RuntimeError } from '../base/errors.ts';
import { isCoroutine, isCoroutineFunction, type Suspension } from './coroutine.ts';

/** What to do instead of awaiting a Promise inside `run()`. */
export const PROMISE_REMEDY =
  'A Promise cannot settle while run() blocks this thread: use runGuest(), await it outside of run(), or use what selectloop offers for it.';

/** A short name for any value in a message: its class or type, and the value itself where that is short. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`;
  if (isCoroutine(value)) return 'a coroutine';
  if (isAsyncGenerator(value)) return 'an async generator';
  if (typeof value === 'object') return `a ${value.constructor?.name || 'nameless'} object`;
  const text = String(value);
  return `${typeof value} ${text.length > 40 ? `${text.slice(0, 40)}…` : text}`;
}

/** An array, of whatever. @throws TypeError if it is none */
export function requireArray(call: string, what: string, value: unknown): void {
  if (!Array.isArray(value))
    throw new TypeError(`${call}: ${what} must be an array, got ${describeValue(value)}`);
}

/**
 * For what a coroutine yielded without the star, or that nothing can wait for. `isGuest`: Promises settle
 * where it runs.
 */
export function wrongYieldMessage(taskName: string, yielded: unknown, isGuest: boolean): string {
  if (isSuspension(yielded)) {
    return `${taskName} yielded ${yielded.describe()} with a bare "yield". Write "yield*" to await it and get its result.`;
  }
  const what = describeValue(yielded);
  if (isThenable(yielded)) {
    return `${taskName} yielded ${what}. ${isGuest ? 'Write "yield* fromPromise(…)".' : PROMISE_REMEDY}`;
  }
  if (isCoroutine(yielded)) {
    return `${taskName} yielded ${what}. To await it write "yield*", with the star.`;
  }
  if (isCoroutineFunction(yielded)) {
    return `${taskName} yielded ${what}, a coroutine function. Call it and delegate: "yield* ${yielded.name}(…)".`;
  }
  return `${taskName} yielded ${what}. A coroutine only suspends by "yield*" on a future, a task or a coroutine.`;
}

/** For a future of another loop. */
export function foreignLoopMessage(taskName: string, future: string): string {
  return `${taskName} awaits ${future}, which belongs to a different loop. Await it in a task of that loop.`;
}

/** For a result or an error that somebody else sets on a task. */
export function refusedSet(task: string, method: string, verb: 'returns' | 'throws'): string {
  return `${task}: a task does not support ${method}(); its coroutine ${verb} it`;
}

/** For a step by hand of a task that is done, or running. */
export function refusedStep(task: { describe(): string; done(): boolean }): RuntimeError {
  const reason = task.done() ? 'on a task that is done' : 'while it is running';
  return new RuntimeError(`${task.describe()}: step() ${reason}`);
}

/** An `async function`, as far as it was not compiled to something else. */
export function isAsyncFunction(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object AsyncFunction]';
}

/** What calling an `async function*` returns. */
export function isAsyncGenerator(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object AsyncGenerator]';
}

/** A future: a suspension that can describe itself. */
export function isSuspension(value: unknown): value is Suspension & { describe(): string } {
  return typeof value === 'object' && value !== null && 'suspending' in value && 'describe' in value;
}

/** How V8 says that what stands behind `yield*` is not iterable. It does not say what that was. */
const NOT_ITERABLE = /^(yield\* .*|object) is not iterable/;

/**
 * An error that ended a coroutine, with what it may come from where V8's words do not tell.
 * @param isGuest whether Promises settle where it ran
 */
export function explainError(error: unknown, isGuest: boolean): unknown {
  try {
    return explained(error, isGuest);
  } catch {
    // It is not what it seems: its message is no text, or it cannot be looked at.
    return error;
  }
}

function explained(error: unknown, isGuest: boolean): unknown {
  if (error instanceof TypeError && NOT_ITERABLE.test(error.message)) {
    const remedy = isGuest ? 'Write "yield* fromPromise(…)".' : PROMISE_REMEDY;
    return new TypeError(
      `${error.message}. "yield*" awaits coroutines, tasks and futures. Was it a Promise? ${remedy}`,
      { cause: error },
    );
  }
  if (error instanceof TypeError && error.message.startsWith('function is not iterable')) {
    const remedy = 'Was a call forgotten? "yield*" awaits what it returns: yield* f(…), not yield* f.';
    return new TypeError(`${error.message}. ${remedy}`, { cause: error });
  }
  return explainOverflow(error);
}

function explainOverflow(error: unknown): unknown {
  if (!(error instanceof RangeError) || error.message !== 'Maximum call stack size exceeded') return error;
  return new RangeError(
    'Maximum call stack size exceeded: a function of the coroutine calls itself too often, or "yield*" is nested some thousand levels deep. Await a task there, with yield* createTask(…): each has a stack of its own.',
    { cause: error },
  );
}

/** True for a Promise, or anything else with a `then`. */
export function isThenable(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

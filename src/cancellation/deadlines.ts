/** Scopes that time ends: going on without an answer, or failing. */

import { timedOut } from '../base/errors.ts';
import type { AwaitableInput, Coroutine } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { runningLoop } from '../loop/current-loop.ts';
import { CancelScope } from './cancel-scope.ts';

/** Options of {@link moveOnAfter} and the like. */
export interface DeadlineOptions {
  /** Keep out cancellation that comes from outside. Default: false. */
  readonly shield?: boolean | undefined;
}

/** The body of a scope: gets the scope it runs in. */
export type ScopeBody<T> = (scope: CancelScope) => AwaitableInput<T>;

/**
 * Runs `body` for at most `delayMs` milliseconds, then cancels it and goes on. Inside, every suspension
 * raises once the time has passed, until the body has ended. Follows trio's `move_on_after`; asyncio's way,
 * one error once, is `timeout`.
 *
 *     const answer = yield* moveOnAfter(500, () => ask(peer));
 *     if (answer === undefined) print('no answer');
 *
 * @param delayMs milliseconds from when it is awaited; `null` for no limit; 0 or less ends it at its first
 *   suspension
 * @returns the body's result, or `undefined` when time ended it (then the scope's `cancelledCaught` is true)
 * @throws TypeError when `delayMs` is not a number
 */
export function moveOnAfter<T>(
  delayMs: number | null,
  body: ScopeBody<T>,
  options?: DeadlineOptions,
): Coroutine<T | undefined> {
  limitOf(delayMs, 'moveOnAfter', 'delayMs');
  return withinDelay(delayMs, body, options);
}

/**
 * A coroutine, so that the time begins with its first step, and it can be made before there is a loop:
 * `run(moveOnAfter(…))`.
 */
function* withinDelay<T>(
  delayMs: number | null,
  body: ScopeBody<T>,
  options: DeadlineOptions | undefined,
): Coroutine<T | undefined> {
  return yield* scopeUntil('moveOnAfter', whenAfter(delayMs, 'moveOnAfter'), options).run(body);
}

/**
 * Like {@link moveOnAfter}, until a point in time. `trio.move_on_at`.
 * @param whenMs milliseconds on the clock of `loop.time()`; `null` for no limit
 * @returns the body's result; `undefined` if time ran out
 */
export function moveOnAt<T>(
  whenMs: number | null,
  body: ScopeBody<T>,
  options?: DeadlineOptions,
): Coroutine<T | undefined> {
  return scopeUntil('moveOnAt', limitOf(whenMs, 'moveOnAt', 'whenMs'), options).run(body);
}

/**
 * Runs `body`, and fails if it has not ended within `delayMs` milliseconds; otherwise like
 * {@link moveOnAfter}.
 *
 * @throws TimeoutError when the scope's cancellation ended the body; its `cause` is the CancelledError. What
 *   the body throws
 */
export function* failAfter<T>(
  delayMs: number | null,
  body: ScopeBody<T>,
  options?: DeadlineOptions,
): Coroutine<T> {
  const scope = scopeUntil('failAfter', whenAfter(delayMs, 'failAfter'), options);
  const result = yield* scope.run(body);
  if (scope.cancelledCaught) throw timedOut('failAfter', delayMs, { cause: scope.caughtError });
  return result as T;
}

/**
 * Like {@link failAfter}, until a point in time. `trio.fail_at`.
 * @param whenMs milliseconds on the clock of `loop.time()`; `null` for no limit
 * @throws TimeoutError, and what the body throws
 */
export function* failAt<T>(
  whenMs: number | null,
  body: ScopeBody<T>,
  options?: DeadlineOptions,
): Coroutine<T> {
  const scope = scopeUntil('failAt', limitOf(whenMs, 'failAt', 'whenMs'), options);
  const result = yield* scope.run(body);
  if (scope.cancelledCaught) throw timedOut('failAt', null, { cause: scope.caughtError });
  return result as T;
}

/**
 * Runs `body` to its end whatever is cancelled outside of it: scopes around it, the task itself, timeouts and
 * groups further out. What was kept out takes effect when the body has ended, at the next suspension. For
 * cleaning up; give it a limit of its own.
 *
 *     try {
 *       yield* serve(connection);
 *     } finally {
 *       yield* shielded(() => moveOnAfter(1000, () => connection.sayGoodbye()));
 *     }
 *
 * Follows trio's `CancelScope(shield=True)`. Unlike asyncio's `shield`, nothing goes on running behind your
 * back.
 */
export function shielded<T>(body: () => AwaitableInput<T>): Coroutine<T> {
  // No other code has this scope, so it is never cancelled itself, and the body's result is what it returns.
  return new CancelScope({ shield: true, call: 'shielded' }).run(body) as Coroutine<T>;
}

function scopeUntil(call: string, deadlineMs: number, options: DeadlineOptions | undefined): CancelScope {
  return new CancelScope({ deadlineMs, shield: options?.shield, call });
}

function whenAfter(delayMs: number | null, call: string): number {
  return runningLoop(call).time() + limitOf(delayMs, call, 'delayMs');
}

/** A deadline; never, for `null`. */
function limitOf(valueMs: number | null, call: string, name: string): number {
  return checkedTime(valueMs, call, name) ?? Number.POSITIVE_INFINITY;
}

/**
 * Checks the time limit of a call: milliseconds, or `null` for no limit.
 * @throws TypeError for anything else
 */
export function checkedTime(valueMs: number | null, call: string, name: string): number | null {
  if (valueMs === null || (typeof valueMs === 'number' && !Number.isNaN(valueMs))) return valueMs;
  throw new TypeError(
    `${call}: ${name} must be a number of milliseconds or null, got ${describeValue(valueMs)}`,
  );
}

/** The right to step a coroutine, which one task has. */

import { RuntimeError } from '../base/errors.ts';
import { type Coroutine, isCoroutine, noteTaken } from './coroutine.ts';
import { describeValue, isAsyncGenerator, isSuspension, isThenable } from './misuse.ts';

/**
 * What `yield*` and a second task find in a coroutine that a task steps already: a second driver would resume
 * it out of the first one's wait. It is also the mark of such a coroutine.
 */
function alreadyDriven(): never {
  throw new RuntimeError(
    'This coroutine already belongs to a task. Await the task; or call the coroutine function again for another one.',
  );
}

/**
 * Takes a coroutine for a task.
 * @throws TypeError for anything else; RuntimeError for one that a task has already taken
 */
export function claimCoroutine<T>(coroutine: Coroutine<T>): Coroutine<T> {
  if (!isCoroutine(coroutine)) refuseWork('createTask', coroutine);
  if (isClaimed(coroutine)) alreadyDriven();
  coroutine[Symbol.iterator] = alreadyDriven;
  noteTaken(coroutine);
  return coroutine;
}

/** Whether a value is a coroutine that a task has taken. */
export function isClaimed(value: unknown): boolean {
  return (value as Partial<Coroutine<unknown>> | null | undefined)?.[Symbol.iterator] === alreadyDriven;
}

/**
 * For what cannot be run, and not be made a task of.
 * @param call the name of what the user has called
 * @param maker the function that made the value, where one was given
 * @throws TypeError that says what to write instead
 */
export function refuseWork(call: string, value: unknown, maker?: { readonly name: string }): never {
  throw new TypeError(
    maker === undefined ? notACoroutine(call, value) : makesNoCoroutine(call, value, maker.name),
  );
}

function notACoroutine(call: string, value: unknown): string {
  const problem = `${call}: a coroutine was expected, got ${describeValue(value)}.`;
  if (typeof value === 'function') return `${problem} Call it: ${call}(${value.name || 'f'}(…)).`;
  if (isSuspension(value)) {
    return `${problem} A future runs by itself: await it in a function*, or use ensureFuture() or loop.runUntilComplete().`;
  }
  if (isThenable(value)) {
    return `${problem} A Promise runs by itself, but not while run() blocks: in runGuest(), fromPromise() awaits it.`;
  }
  if (isAsyncGenerator(value)) return `${problem} It awaits Promises, not coroutines. Make it a function*.`;
  return `${problem} Write ${call}(function* () { … }).`;
}

function makesNoCoroutine(call: string, value: unknown, name: string): string {
  const maker = name === '' ? 'the function' : name;
  const returned = `${call}: ${maker} returned ${describeValue(value)}`;
  if (isSuspension(value)) return `${returned}, which runs by itself: await it, or use ensureFuture().`;
  if (isThenable(value)) {
    return `${call}: ${maker} is async and returned a Promise, which cannot settle while run() blocks. Make it a function*.`;
  }
  if (isAsyncGenerator(value)) {
    return `${call}: ${maker} is an async function*: it awaits Promises, not coroutines. Make it a function*.`;
  }
  return `${call}: a coroutine was expected, ${maker} returned ${describeValue(value)}. Make it a function*.`;
}

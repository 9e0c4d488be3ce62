/** The right to step a coroutine, which one task has. */

import { RuntimeError } from '../base/errors.ts';
import { type Coroutine, isCoroutine } from './coroutine.ts';
import { describeValue, isSuspension } from './misuse.ts';

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
  if (!isCoroutine(coroutine)) refuse(coroutine);
  if (coroutine[Symbol.iterator] === alreadyDriven) alreadyDriven();
  coroutine[Symbol.iterator] = alreadyDriven;
  return coroutine;
}

function refuse(value: unknown): never {
  throw new TypeError(notACoroutine(value));
}

function notACoroutine(value: unknown): string {
  const problem = `createTask: a coroutine was expected, got ${describeValue(value)}.`;
  if (typeof value === 'function') return `${problem} Call it: createTask(${value.name || 'f'}(…)).`;
  if (isSuspension(value)) return `${problem} A future runs by itself: await it, or use ensureFuture().`;
  return `${problem} A coroutine is what calling a function* returns.`;
}

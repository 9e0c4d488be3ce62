/** The right to step a coroutine, which one task has. */

import { RuntimeError } from '../base/errors.ts';
import { type Coroutine, GeneratorObject, isCoroutine, noteTaken } from './coroutine.ts';
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

/** The prototype of generators that a task has taken. */
const takenGenerator = Object.create(GeneratorObject.prototype as Generator, {
  [Symbol.iterator]: { value: alreadyDriven },
}) as Generator;

/** The prototype of the generators of one function: the first that was taken twice in a row. */
let favoured: object | null = null;
let lastPrototype: object | null = null;

/**
 * Takes a coroutine for a task.
 *
 * The mark that `yield*` finds is a property, or comes with another prototype. V8 sets the property in 30 ns
 * on generators of one function. For those of several it looks twice at whoever sets `Symbol.iterator` (300
 * ns), and for those of a new closure it has to describe their layout first (1 µs); there, a prototype, 100
 * ns, costs less. So one function is favoured: that of the connections of a server, say. The generators of
 * the others lose what their function's own prototype had: to keep it takes a prototype of ours for each
 * function, which costs twice as much, and fourteen times where the function is new.
 *
 * @throws TypeError for anything else; RuntimeError for one that a task has already taken
 */
export function claimCoroutine<T>(coroutine: Coroutine<T>): Coroutine<T> {
  if (coroutine instanceof GeneratorObject && Object.getPrototypeOf(coroutine) === favoured) {
    if (coroutine[Symbol.iterator] === alreadyDriven) alreadyDriven();
    coroutine[Symbol.iterator] = alreadyDriven;
  } else claimOther(coroutine);
  return coroutine;
}

function claimOther(coroutine: Coroutine<unknown>): void {
  if (!isCoroutine(coroutine)) refuseWork('createTask', coroutine);
  if (isClaimed(coroutine)) alreadyDriven();
  noteTaken(coroutine);
  if (coroutine instanceof GeneratorObject) claimByPrototype(coroutine);
  else coroutine[Symbol.iterator] = alreadyDriven;
}

function claimByPrototype(generator: Generator): void {
  const prototype = Object.getPrototypeOf(generator) as object;
  if (prototype === lastPrototype) favoured ??= prototype;
  lastPrototype = prototype;
  Object.setPrototypeOf(generator, takenGenerator);
}

/** Whether a value is a coroutine that a task has taken. */
export function isClaimed(value: unknown): boolean {
  // Of most generators the prototype tells: looking a property up is dear where each has its own.
  if (value instanceof GeneratorObject && Object.getPrototypeOf(value) !== favoured) {
    return Object.getPrototypeOf(value) === takenGenerator;
  }
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

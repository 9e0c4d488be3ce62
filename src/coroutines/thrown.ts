/** What was thrown: it can be anything, even what cannot be asked for its class, such as a revoked Proxy. */

import { KeyboardInterrupt } from '../base/errors.ts';
import { describeValue } from './misuse.ts';

/** `instanceof` for it. */
export function isA<T>(thrown: unknown, kind: new (...args: never[]) => T): thrown is T {
  try {
    return thrown instanceof kind;
  } catch {
    return false;
  }
}

/** Whether it ends the run, rather than one callback, connection or task. */
export function isInterrupt(error: unknown): error is KeyboardInterrupt {
  return isA(error, KeyboardInterrupt);
}

/** An Error for it: itself, if it is one. */
export function asError(error: unknown): Error {
  let what = 'a value that cannot be described';
  try {
    if (error instanceof Error) return error;
    what = describeValue(error);
  } catch {
    // A getter of the value, or a trap of the Proxy, has thrown.
  }
  return new Error(`${what} was thrown`, { cause: error });
}

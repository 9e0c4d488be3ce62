/** Errors that come from a worker: plain data made errors of their classes again. */

import * as ourErrors from '../base/errors.ts';
import type { SentError } from './messages.ts';

/** A class of errors, to be found by its name. */
export type ErrorClass = abstract new (...args: never[]) => Error;

/** The classes that each thread knows by itself: JavaScript's and ours. */
const knownClasses = new Map<string, ErrorClass>(
  [
    Error,
    TypeError,
    RangeError,
    ReferenceError,
    SyntaxError,
    URIError,
    EvalError,
    AggregateError,
    ...Object.values<unknown>(ourErrors).filter(isErrorClass),
  ].map((known): [string, ErrorClass] => [known.name, known as ErrorClass]),
);

function isErrorClass(value: unknown): value is ErrorClass {
  return typeof value === 'function' && value.prototype instanceof Error;
}

/**
 * The error that a worker sent: an instance of the nearest of its classes that is known here, with its own
 * properties and the worker's stack. No constructor runs.
 * @param classes further classes, by name: those of the user
 */
export function decodeError(sent: SentError, classes: ReadonlyMap<string, ErrorClass>): unknown {
  if ('thrown' in sent) return sent.thrown;
  const error = new Error(sent.message);
  const nearest = sent.classes.map((name) => classes.get(name) ?? knownClasses.get(name)).find(Boolean);
  if (nearest !== undefined && nearest !== Error) Object.setPrototypeOf(error, nearest.prototype as object);
  // A class that is not known here leaves at least its name.
  const [className] = sent.classes;
  if (className !== undefined && nearest?.name !== className && !('name' in sent.properties)) {
    define(error, 'name', className);
  }
  for (const [key, value] of Object.entries(sent.inherited)) define(error, key, value);
  if (sent.stack !== undefined) define(error, 'stack', sent.stack);
  for (const [key, value] of Object.entries(sent.properties)) {
    // Constructors of ours make these enumerable; those of JavaScript do not.
    if (key === 'cause') define(error, key, value);
    else Object.assign(error, { [key]: value });
  }
  for (const [key, value] of Object.entries(sent.nested)) {
    define(
      error,
      key,
      Array.isArray(value) ? value.map((each) => decodeError(each, classes)) : decodeError(value, classes),
    );
  }
  return error;
}

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true, enumerable: false });
}

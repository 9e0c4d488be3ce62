/** Errors that nobody can catch: what is known about one, and how it is printed by default. */

import { inspect } from 'node:util';

/**
 * What an exception handler is given. The keys are those of asyncio's `loop.call_exception_handler` (CPython
 * 3.13).
 */
export interface ExceptionContext {
  /** What went wrong, in one line. */
  readonly message: string;
  /** The error, where there is one. */
  readonly exception?: unknown;
  /** The future or task that it concerns. */
  readonly future?: object;
  readonly task?: object;
  /** The callback that raised it. */
  readonly handle?: object;
  readonly protocol?: object;
  readonly transport?: object;
  readonly socket?: object;
  /** What an exception handler was given, when the error is its own. */
  readonly context?: ExceptionContext;
  /** Where the object was created, in debug mode: lines of a stack. */
  readonly sourceTraceback?: string;
}

/**
 * Receives the errors that no task and no caller can receive. (Spelled as a method so that a handler may name
 * the class of loop it was written for.)
 */
export type ExceptionHandler<L> = { handle(loop: L, context: ExceptionContext): void }['handle'];

/** The keys that are more than one line of `key: value`. */
const SHOWN_APART: ReadonlySet<string> = new Set(['message', 'exception', 'sourceTraceback', 'context']);

/** The text the default handler prints: the message, the objects concerned, the error with its stack. */
export function formatExceptionContext(context: ExceptionContext): string {
  const lines = [context.message];
  for (const [key, value] of Object.entries(context)) {
    if (SHOWN_APART.has(key)) continue;
    lines.push(`${key}: ${textOf(value)}`);
  }
  if (context.sourceTraceback !== undefined) lines.push(`created at:\n${context.sourceTraceback}`);
  // `throw undefined` is an error, too.
  if ('exception' in context) lines.push(formatError(context.exception));
  if (context.context !== undefined)
    lines.push(`while handling:\n${formatExceptionContext(context.context)}`);
  return lines.join('\n');
}

/** An error with its stack and its causes, as text. Causes may go round in a circle: each is told once. */
function formatError(error: unknown): string {
  const told = new Set<unknown>();
  for (let each = error; !told.has(each); each = causeOf(each)) {
    told.add(each);
    if (causeOf(each) === undefined) break;
  }
  return [...told].map(stackOf).join('\ncaused by: ');
}

/** Getters of an error can throw; what else there is to tell must not be lost by that. */
function stackOf(error: unknown): string {
  try {
    if (error instanceof Error) return textOf(error.stack ?? `${error.name}: ${error.message}`);
  } catch {
    // Told as any other value.
  }
  return `raised: ${textOf(error)}`;
}

function causeOf(error: unknown): unknown {
  try {
    return error instanceof Error ? error.cause : undefined;
  } catch {
    return undefined;
  }
}

/** Any value as text, also one that has no text of its own, or fails to give it. */
function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return inspected(value);
  }
}

function inspected(value: unknown): string {
  try {
    return inspect(value, { depth: 0 });
  } catch {
    return 'a value that cannot be shown';
  }
}

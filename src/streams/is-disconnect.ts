/** Telling a peer that went away from everything else that can end a connection. */

import { IncompleteReadError } from '../base/errors.ts';
import { SSLEOFError, SSLZeroReturnError } from '../tls/errors.ts';

/** The codes of a connection that has ended, and of a network that no longer leads to the peer. */
const CODES: ReadonlySet<unknown> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ESHUTDOWN',
  'ECONNABORTED',
  'ENOTCONN',
  'ETIMEDOUT',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'ENETUNREACH',
  // A stream of Node's, behind one of our bridges.
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/**
 * True for an error that says that the peer of a connection went away: what a server leaves to its clients,
 * and does not report. Python has `ConnectionError` for some of these.
 *
 *     try {
 *       yield* reader.lines((line) => writer.write(line));
 *     } catch (error) {
 *       if (!isDisconnect(error)) throw error;
 *     }
 *
 * | error                                                        | `isDisconnect`                         |
 * |--------------------------------------------------------------|----------------------------------------|
 * | ECONNRESET, EPIPE, ESHUTDOWN, ECONNABORTED                   | true: the peer has closed, or reset it |
 * | ENOTCONN                                                     | true: so says a call after a reset     |
 * | ETIMEDOUT of the system                                      | true: the peer answers no more         |
 * | EHOSTUNREACH, EHOSTDOWN, ENETUNREACH, ENETDOWN, ENETRESET    | true: nothing leads to the peer        |
 * | IncompleteReadError                                          | true: it ended in mid-message          |
 * | SSLEOFError, SSLZeroReturnError                              | true: the same over TLS                |
 * | errors of Node's streams and sockets with one of these codes | true                                   |
 * | AggregateError, as of a task group                           | true if all its errors are             |
 * | any of these codes from `connect`, and ECONNREFUSED          | false: there was no connection yet     |
 * | TimeoutError                                                 | false: it was our own limit            |
 * | CancelledError, ClosedResourceError                          | false: it ended on our side            |
 * | LimitOverrunError, other SSLErrors                           | false: a peer that breaks the rules    |
 *
 * It can be asked of any value that was caught. Ask where one connection alone can have failed: a database
 * that goes away while a client is served is a disconnect, too.
 */
export function isDisconnect(error: unknown): error is Error {
  try {
    return areDisconnects(error);
  } catch {
    // A property that throws, or the errors of an AggregateError that are no list.
    return false;
  }
}

/** Whether `error` and all that it holds are. No recursion: it may be nested deeply, and may hold itself. */
function areDisconnects(error: unknown): boolean {
  const all = new Set([error]);
  let count = 0;
  // What is added meanwhile is visited, too.
  for (const each of all) {
    if (each instanceof AggregateError) {
      const errors: readonly unknown[] = each.errors;
      if (errors.length === 0) return false;
      for (const inner of errors) all.add(inner);
    } else if (isOneDisconnect(each)) {
      count++;
    } else {
      return false;
    }
  }
  return count > 0;
}

function isOneDisconnect(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof IncompleteReadError) return true;
  if (error instanceof SSLEOFError || error instanceof SSLZeroReturnError) return true;
  const { code, syscall } = error as { readonly code?: unknown; readonly syscall?: unknown };
  // TimeoutError has the system's code for convenience, and no system call.
  return CODES.has(code) && syscall !== 'connect' && !(code === 'ETIMEDOUT' && syscall === undefined);
}

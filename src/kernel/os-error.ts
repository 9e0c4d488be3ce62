/** What the system refused, as an exception: the one place where a negative number becomes one. */

import { BlockingIOError, OSError } from '../base/errors.ts';
import { EAGAIN, EINPROGRESS, EINTR, EWOULDBLOCK, errnoName, strerror } from './errno.ts';

/**
 * What a failed call was about: an address as sockets write it, a path (text, or the bytes of a socket's
 * path), or a descriptor's number. Passed as it is and only looked at when the call has failed.
 */
export type ErrorSubject =
  | readonly [first: string | number, ...more: unknown[]]
  | string
  | Uint8Array
  | number;

interface DescribedSubject {
  readonly text: string;
  readonly address?: string;
  readonly port?: number;
}

function describePath(path: string): DescribedSubject {
  // An abstract address starts with NUL; /proc/net/unix and ss write that as @, and so do we.
  const text = path.replaceAll('\0', '@');
  return { text, address: path };
}

function describeSubject(subject: ErrorSubject): DescribedSubject {
  if (typeof subject === 'number') return { text: `fd ${subject}` };
  if (typeof subject === 'string') return describePath(subject);
  if (subject instanceof Uint8Array) return describePath(Buffer.from(subject).toString());
  const [first, second] = subject;
  if (second instanceof Uint8Array) return { text: `address family ${first}` };
  if (typeof first !== 'string') return { text: `[${subject.join(', ')}]` };
  if (typeof second !== 'number') return { text: first, address: first };
  const host = first.includes(':') ? `[${first}]` : first;
  return { text: `${host}:${second}`, address: first, port: second };
}

/**
 * Whether a kernel's answer means "not now": the same call may work when the descriptor is ready, or at once
 * after a signal.
 */
export function isNotNow(result: number): boolean {
  return result === -EAGAIN || result === -EWOULDBLOCK || result === -EINTR;
}

function isWouldBlock(errno: number): boolean {
  return errno === EAGAIN || errno === EWOULDBLOCK || errno === EINPROGRESS;
}

/**
 * The exception for a refused call, shaped as Node's own system errors are: `code`, `errno` (negative),
 * `syscall`, and `address` and `port` where the call had them. The message reads
 * `connect ECONNREFUSED 127.0.0.1:1 (connection refused)`.
 *
 * @param errno the error's number, of either sign.
 * @param syscall the call that was refused, such as `connect`.
 * @param subject what the call was about.
 * @returns an {@link OSError}; a {@link BlockingIOError} for EAGAIN, EWOULDBLOCK and EINPROGRESS. Not thrown.
 */
export function osError(errno: number, syscall: string, subject?: ErrorSubject | null): OSError {
  const number = Math.abs(errno);
  const code = errnoName(number);
  const about = subject === undefined || subject === null ? null : describeSubject(subject);
  const message = `${syscall} ${code}${about === null || about.text === '' ? '' : ` ${about.text}`} (${strerror(number)})`;
  const fields = { code, errno: -number, syscall, address: about?.address, port: about?.port };
  return isWouldBlock(number) ? new BlockingIOError(message, fields) : new OSError(message, fields);
}

/**
 * Passes a successful result through and turns a refused one into an exception. The one way out of the
 * kernel's numbers.
 *
 * @param result what a call of {@link Kernel} returned: `>= 0`, or `-errno`.
 * @param syscall the call's name, for the message.
 * @param subject what the call was about; only looked at on failure, so pass what is at hand.
 * @returns `result`, when it is `>= 0`.
 * @throws {BlockingIOError} EAGAIN, EWOULDBLOCK, EINPROGRESS: try again when the descriptor is ready.
 * @throws {OSError} any other refusal.
 */
export function check(result: number, syscall: string, subject?: ErrorSubject | null): number {
  if (result < 0) throw osError(result, syscall, subject);
  return result;
}

/** Checks of what callers pass. Each names the call, what was expected and what came instead. */

import { inspect } from 'node:util';

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/**
 * An integer that fits the C `int` of a system call.
 *
 * @param what the parameter's name, for the message.
 */
export function requireInt(call: string, what: string, value: unknown): number {
  if (typeof value !== 'number') {
    const hint = value === undefined ? ' (a constant that this system does not have is undefined)' : '';
    throw new TypeError(`${call}: expected a number as ${what}, got ${inspect(value)}${hint}`);
  }
  if (Number.isInteger(value) && value >= INT32_MIN && value <= INT32_MAX) return value;
  throw new RangeError(`${call}: expected a 32-bit integer as ${what}, got ${value}`);
}

/** A descriptor's number. */
export function requireFd(call: string, value: unknown): number {
  const fd = requireInt(call, 'fileno', value);
  if (fd >= 0) return fd;
  throw new RangeError(`${call}: expected a descriptor's number (0 or more) as fileno, got ${fd}`);
}

/** How many bytes to move: a whole number from 0 to `max`. */
export function requireByteCount(call: string, value: unknown, max: number): number {
  if (typeof value !== 'number') {
    throw new TypeError(`${call}: expected a number as byteCount, got ${inspect(value)}`);
  }
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new RangeError(`${call}: expected a byteCount from 0 to ${max}, got ${value}`);
}

/** Bytes to read from or to write into. Text is refused: only its author knows the encoding. */
export function requireBytes(call: string, what: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  const hint = typeof value === 'string' ? '; for text write Buffer.from(text)' : '';
  throw new TypeError(`${call}: expected a Uint8Array as ${what}, got ${inspect(value)}${hint}`);
}

/** A time-out as sockets take it: `null` or milliseconds from 0 on. */
export function requireTimeoutMs(call: string, value: unknown): number | null {
  if (value === null) return null;
  if (typeof value !== 'number') {
    throw new TypeError(`${call}: expected milliseconds or null, got ${inspect(value)}`);
  }
  if (Number.isFinite(value) && value >= 0) return value;
  throw new RangeError(`${call}: expected milliseconds from 0 on, or null to wait for ever; got ${value}`);
}

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

/** A yes or no, and nothing that merely looks like one. */
export function requireBoolean(call: string, what: string, value: unknown): void {
  if (typeof value === 'boolean') return;
  throw new TypeError(`${call}: expected a boolean as ${what}, got ${inspect(value)}`);
}

/**
 * An object of options.
 * @param usage the call with one, for the message
 */
export function requireOptions(call: string, usage: string, value: unknown): void {
  if (typeof value === 'object' && value !== null) return;
  throw new TypeError(
    `${call}: an object of options was expected, got ${inspect(value)}. Leave it out, or write ${usage}.`,
  );
}

/** The variables of a process: text would be taken for an object that has the numbers of its letters. */
export function requireEnvironment(call: string, value: unknown): void {
  if (typeof value === 'object' && value !== null) return;
  throw new TypeError(`${call}: expected an object of names and values as env, got ${inspect(value)}`);
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

/**
 * Whether the memory behind a view was given away (`postMessage`, `structuredClone`). Only asked of views
 * without bytes.
 */
function isDetached(view: Uint8Array): boolean {
  try {
    // Node 20 has no `ArrayBuffer.prototype.detached` yet; this throws where there is nothing to take from.
    view.buffer.slice(0, 0);
    return false;
  } catch {
    return true;
  }
}

/**
 * Bytes to read from or to write into. Text is refused: only its author knows the encoding. So is memory that
 * was given away: it has no bytes, and receiving none would look like the end of the stream.
 */
export function requireBytes(call: string, what: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) {
    if (value.length > 0 || !isDetached(value)) return value;
    throw new TypeError(`${call}: the memory of ${what} was transferred to another thread (it is detached)`);
  }
  const hint = typeof value === 'string' ? '; for text write Buffer.from(text)' : '';
  throw new TypeError(`${call}: expected a Uint8Array as ${what}, got ${inspect(value)}${hint}`);
}

/** What one call gathers or scatters at most: IOV_MAX of Linux and the BSDs. */
const PARTS_MAX = 1024;

/**
 * A list of bytes, copied into an array of our own, which no other code can change while the system reads it.
 * It is copied before its elements are checked: reading an element may run code (a getter, a Proxy) that
 * gives the memory of one away.
 */
export function requireBytesList(call: string, what: string, value: unknown): readonly Uint8Array[] {
  if (!Array.isArray(value)) {
    throw new TypeError(`${call}: expected an array of Uint8Arrays as ${what}, got ${inspect(value)}`);
  }
  if (value.length > PARTS_MAX) {
    throw new RangeError(`${call}: expected at most ${PARTS_MAX} ${what}, got ${value.length}`);
  }
  const list: readonly unknown[] = Array.from(value as readonly unknown[]);
  return list.map((each, i) => requireBytes(call, `${what}[${i}]`, each));
}

/** Several values one after the other, and not the letters of a text. */
export function requireIterable(call: string, what: string, value: unknown): void {
  if (typeof value === 'object' && value !== null && Symbol.iterator in value) return;
  throw new TypeError(`${call}: expected an iterable as ${what}, got ${inspect(value)}`);
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

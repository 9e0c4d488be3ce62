import { READABLE, WRITABLE } from '../kernel/kernel.ts';

/**
 * Wait until there is something to read: data, a connection to accept, the end of the stream, or an error.
 */
export const EVENT_READ = READABLE;
/** Wait until there is room to write, a connection attempt has ended, or there is an error. */
export const EVENT_WRITE = WRITABLE;

const EVERY_EVENT = EVENT_READ | EVENT_WRITE;

/**
 * Says in words why `events` cannot be an interest; silent for the three masks that can.
 *
 * @throws TypeError when it is not an integer, RangeError when it is empty or has other bits. (CPython:
 *   ValueError.)
 */
export function requireEvents(events: number, call: string): void {
  if (!Number.isInteger(events)) {
    throw new TypeError(`${call}: events must be EVENT_READ, EVENT_WRITE or both, got ${String(events)}`);
  }
  if (events === 0) {
    throw new RangeError(`${call}: events is empty; pass EVENT_READ, EVENT_WRITE or both, or unregister()`);
  }
  if ((events & ~EVERY_EVENT) !== 0) {
    throw new RangeError(`${call}: events has bits besides EVENT_READ (1) and EVENT_WRITE (2): ${events}`);
  }
}

/** `read`, `write`, `read|write` or `none`. */
export function describeEvents(events: number): string {
  if (events === EVERY_EVENT) return 'read|write';
  if (events === EVENT_READ) return 'read';
  return events === EVENT_WRITE ? 'write' : 'none';
}

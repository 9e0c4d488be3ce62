import { requireTimeoutMs } from '../base/arguments.ts';

/** Per thread, as everything of ours is. */
let defaultTimeoutMs: number | null = null;

/** How long calls of new sockets wait: milliseconds, `null` for ever. Python's `socket.getdefaulttimeout`. */
export function getdefaulttimeout(): number | null {
  return defaultTimeoutMs;
}

/**
 * Sets how long calls of sockets made from now on wait, accepted ones included; existing sockets keep theirs. It holds for
 * this thread. Python's `socket.setdefaulttimeout`.
 *
 * @param timeoutMs milliseconds; 0: not at all; `null`, as at the start: for ever.
 * @throws {RangeError} negative, not finite.
 */
export function setdefaulttimeout(timeoutMs: number | null): void {
  defaultTimeoutMs = requireTimeoutMs('setdefaulttimeout', timeoutMs);
}

/** What a new socket is made with: its options, and the timeout of its thread. */

import { requireTimeoutMs } from '../base/arguments.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { CallableSocket } from './waiting-call.ts';

/**
 * An event loop. It wants to know before a socket's descriptor goes away, for it must unregister it and wake
 * whoever waits; and before the socket is used by others, for it may have collected what is to be sent.
 */
export interface SocketWatcher {
  /** Called just before the descriptor is closed or given away. */
  socketClosing(sock: CallableSocket & { close(): void }): void;
  /** Called before the socket sends something of its own: what was collected for it goes first. */
  flushSends(): void;
}

/** How a socket comes about, when not by asking the system for a new one. */
export interface SocketOptions {
  /** An open descriptor to take over, which is then this socket's to close. It is made non-blocking. */
  readonly fileno?: number | undefined;
  /** The operating system to use; the real one by default. */
  readonly kernel?: Kernel | undefined;
  /** A descriptor that is known to be right: nothing about it is asked or changed. @internal */
  readonly trusted?: { readonly timeoutMs: number | null; readonly peerRecord: string | null };
}

/** Per thread, as everything of ours is. */
let defaultTimeoutMs: number | null = null;

/** How long calls of new sockets wait: milliseconds, `null` for ever. Python's `socket.getdefaulttimeout`. */
export function getdefaulttimeout(): number | null {
  return defaultTimeoutMs;
}

/**
 * Sets how long calls of sockets made from now on wait, accepted ones included; existing sockets keep theirs.
 * It holds for this thread. Python's `socket.setdefaulttimeout`.
 *
 * @param timeoutMs milliseconds; 0: not at all; `null`, as at the start: for ever.
 * @throws {RangeError} negative, not finite.
 */
export function setdefaulttimeout(timeoutMs: number | null): void {
  defaultTimeoutMs = requireTimeoutMs('setdefaulttimeout', timeoutMs);
}

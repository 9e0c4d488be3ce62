/** What all blocking calls are made of: try, wait, try again. */

import { type TimeoutError, timedOut } from '../base/errors.ts';
import { EAGAIN } from '../kernel/errno.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { check, type ErrorSubject } from '../kernel/os-error.ts';
import { deadlineAfter, repeatWhenReady } from '../kernel/waits.ts';

/** What calls need of a socket: its own class, seen from below. */
export interface CallableSocket {
  readonly kernel: Kernel;
  /** −1 when closed. */
  readonly fd: number;
  readonly family: number;
  readonly type: number;
  readonly proto: number;
  /** How long one call waits; `null` is for ever. */
  readonly timeoutMs: number | null;
  /** The loop that uses it, if one does. */
  readonly watcher: { flushSends(): void } | null;
  /** The descriptor, for the call of that name. @throws {OSError} EBADF when the socket is closed. */
  requireOpen(call: string): number;
  toString(): string;
}

/**
 * Makes a call; while the system would block, waits for as long as the socket may and tries again.
 *
 * @param call the call's name, for messages.
 * @param interest `READABLE` or `WRITABLE`.
 * @param flags the `MSG_…` that the call is made with; they may forbid to wait.
 * @param about what the call is about, for messages; by default the descriptor.
 */
export function waitingCall(
  sock: CallableSocket,
  call: string,
  interest: number,
  flags: number,
  attempt: () => number,
  about: ErrorSubject | null = null,
): number {
  let result = attempt();
  const { kernel, fd, timeoutMs } = sock;
  if (result === -EAGAIN && mayWait(sock, flags)) {
    result = repeatWhenReady(kernel, fd, interest, deadlineAfter(kernel, timeoutMs), attempt);
    if (result === -EAGAIN) throw callTimedOut(sock, call);
  }
  return check(result, call, about ?? fd);
}

/**
 * Whether a call with these `MSG_…` waits. For queued errors it does only if the socket has a time-out, as in
 * Python: the system itself never waits for them.
 */
export function mayWait({ kernel, timeoutMs }: CallableSocket, flags: number): boolean {
  const { MSG_DONTWAIT = 0, MSG_ERRQUEUE = 0 } = kernel.constants;
  if (timeoutMs === 0 || (flags & MSG_DONTWAIT) !== 0) return false;
  return timeoutMs !== null || (flags & MSG_ERRQUEUE) === 0;
}

/**
 * The descriptor, for a call that sends, or that changes how or to whom is sent: it comes after all that a
 * transport has written to this socket.
 */
export function openInOrder(sock: CallableSocket, call: string): number {
  if (sock.watcher !== null) sock.watcher.flushSends();
  return sock.requireOpen(call);
}

/** The error of a call that has waited for as long as the socket may. */
export function callTimedOut(sock: CallableSocket, call: string, progress = ''): TimeoutError {
  return timedOut(call, sock.timeoutMs, { detail: `${progress} (${sock.toString()})` });
}

/**
 * Waiting in system calls, in slices.
 *
 * Every descriptor of ours is non-blocking. A call of a blocking socket tries; if the answer is EAGAIN it
 * sleeps here and tries again. All waits of this library that occupy the thread, those of the loop too, are
 * cut by {@link waitSlice}.
 */

import { EAGAIN } from './errno.ts';
import { sendHeld } from './held-sends.ts';
import type { Kernel } from './kernel.ts';
import { check } from './os-error.ts';

/**
 * The longest single system call. V8 acts on interrupts (`worker.terminate()`, the inspector,
 * `process.exit()` from another thread) only between calls into native code, so without the cut each of them
 * would wait for the next event (measured: `terminate()` during a wait of 4 s took 4.06 s). Four wake-ups a
 * second cost nothing that can be measured.
 */
export const LONGEST_WAIT_MS = 250;

const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 50;

/**
 * The next pause between attempts that nothing announces: short at first, so that a brief jam costs little.
 *
 * @param pauseMs the pause before; 0 if there was none.
 */
export function longerPause(pauseMs: number): number {
  return Math.min(Math.max(FIRST_PAUSE_MS, 2 * pauseMs), LONGEST_PAUSE_MS);
}

/**
 * How long one system call may sleep, in the form that {@link Poller.wait} takes.
 *
 * @param remainingMs milliseconds that are left; `Infinity` is for ever.
 * @param occupiesThread `waitsOccupyThread` of the kernel: waits that do not are left whole, because a
 *   simulation must see that nothing can ever happen.
 */
export function waitSlice(remainingMs: number, occupiesThread: boolean): number {
  if (occupiesThread) return Math.max(0, Math.min(remainingMs, LONGEST_WAIT_MS));
  return remainingMs === Number.POSITIVE_INFINITY ? -1 : Math.max(0, remainingMs);
}

/** When a wait of `timeoutMs` that starts now is over; `null` is never. */
export function deadlineAfter(kernel: Kernel, timeoutMs: number | null): number {
  return timeoutMs === null ? Number.POSITIVE_INFINITY : kernel.nowMs() + timeoutMs;
}

/**
 * Sleeps until `fd` is ready for any of `interest`. Signals do not shorten the wait: it goes on with what
 * remains.
 *
 * @param deadlineMs the result of {@link deadlineAfter}; readiness is checked once even if it has passed.
 * @returns false if the deadline passed first; never before it.
 * @throws {OSError} EBADF: other code has closed the descriptor.
 */
export function waitUntilReady(kernel: Kernel, fd: number, interest: number, deadlineMs: number): boolean {
  sendHeld();
  for (;;) {
    const remainingMs = deadlineMs - kernel.nowMs();
    const sliceMs = waitSlice(remainingMs, true);
    if (check(kernel.fds.waitReady(fd, interest, sliceMs), 'poll', fd) !== 0) return true;
    if (remainingMs <= 0) return false;
  }
}

/**
 * Repeats a call that has answered EAGAIN, each time when `fd` is ready.
 *
 * Readiness is a hint: another process may have taken what was there, and then the wait goes on. Where a
 * descriptor is ready right after EAGAIN it says nothing at all: an unconnected unix datagram socket is
 * always writable, however full the receiver is (unix(7)), and ordinary data makes readable what has no
 * queued error. Then the call is repeated after ever longer pauses.
 *
 * @returns the first other answer, or `-EAGAIN` if the deadline passed.
 */
export function repeatWhenReady(
  kernel: Kernel,
  fd: number,
  interest: number,
  deadlineMs: number,
  attempt: () => number,
): number {
  let pauseMs = FIRST_PAUSE_MS;
  while (waitUntilReady(kernel, fd, interest, deadlineMs)) {
    const result = attempt();
    if (result !== -EAGAIN) return result;
    const remainingMs = deadlineMs - kernel.nowMs();
    if (remainingMs <= 0) break;
    if (kernel.fds.waitReady(fd, interest, 0) > 0) {
      pause(kernel, Math.min(pauseMs, remainingMs));
      pauseMs = longerPause(pauseMs);
    } else pauseMs = FIRST_PAUSE_MS;
  }
  return -EAGAIN;
}

/** Sleeps without a descriptor to wait for, in the kernel's own time. */
function pause(kernel: Kernel, durationMs: number): void {
  sendHeld();
  // `poll` needs no descriptor of its own, so this works with a full descriptor table as well.
  const poller = kernel.openPoller(kernel.pollerKinds.includes('poll') ? 'poll' : undefined);
  try {
    check(poller.wait(new Int32Array(2), durationMs), 'poll');
  } finally {
    poller.close();
  }
}

/**
 * Repeats a call that answers EAGAIN although no readiness announces when to try again. There is one on
 * Linux: connect to a unix socket whose backlog is full (connect(2), EAGAIN).
 *
 * @returns the first other answer, or `-EAGAIN` if the deadline passed.
 */
export function repeatUntil(kernel: Kernel, deadlineMs: number, attempt: () => number): number {
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    const remainingMs = deadlineMs - kernel.nowMs();
    if (remainingMs <= 0) return -EAGAIN;
    pause(kernel, Math.min(pauseMs, remainingMs));
    const result = attempt();
    if (result !== -EAGAIN) return result;
    pauseMs = longerPause(pauseMs);
  }
}

/**
 * Blocking, made of non-blocking calls.
 *
 * Every descriptor of ours is non-blocking. A call of a blocking socket tries, and where the answer is EAGAIN it sleeps
 * here and tries again. It sleeps in slices: V8 notices `worker.terminate()`, `process.exit()` of the main thread and
 * the inspector only when native code returns to it, so one uncut wait would make a thread deaf to all three.
 */

import { check, EAGAIN } from './errno.ts';
import type { Kernel } from './kernel.ts';

/** How long V8 is kept waiting at most. 250 ms: four wake-ups a second cost nothing, and people do not notice. */
const SLICE_MS = 250;

/** Pauses between attempts that nothing announces: short at first, so that a brief jam costs little. */
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 50;

/** When a wait of `timeoutMs` that starts now is over; `null` is never. */
export function deadlineAfter(kernel: Kernel, timeoutMs: number | null): number {
  return timeoutMs === null ? Number.POSITIVE_INFINITY : kernel.nowMs() + timeoutMs;
}

/**
 * Sleeps until `fd` is ready for any of `interest`. Signals do not shorten the wait: it goes on with what remains.
 *
 * @param deadlineMs as {@link deadlineAfter} says; readiness is looked at once even when it has passed.
 * @returns false when the deadline passed first; never before it.
 * @throws {OSError} EBADF, when the descriptor was closed behind our back.
 */
export function waitUntilReady(kernel: Kernel, fd: number, interest: number, deadlineMs: number): boolean {
  for (;;) {
    const remainingMs = deadlineMs - kernel.nowMs();
    const sliceMs = Math.max(0, Math.min(remainingMs, SLICE_MS));
    if (check(kernel.fds.waitReady(fd, interest, sliceMs), 'poll', fd) !== 0) return true;
    if (remainingMs <= 0) return false;
  }
}

/** Sleeps without a descriptor to wait for, in the kernel's own time. */
function pause(kernel: Kernel, durationMs: number): void {
  // `poll` needs no descriptor of its own, so this works with a full descriptor table as well.
  const poller = kernel.openPoller(kernel.pollerKinds.includes('poll') ? 'poll' : undefined);
  try {
    check(poller.wait(new Int32Array(2), durationMs), 'poll');
  } finally {
    poller.close();
  }
}

/**
 * Repeats a call that answers EAGAIN without any readiness announcing when to try again. There is one on Linux: connect
 * to a unix socket whose backlog is full (connect(2), EAGAIN).
 *
 * @returns the first other answer, or `-EAGAIN` when the deadline passed.
 */
export function repeatUntil(kernel: Kernel, deadlineMs: number, attempt: () => number): number {
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    const remainingMs = deadlineMs - kernel.nowMs();
    if (remainingMs <= 0) return -EAGAIN;
    pause(kernel, Math.min(pauseMs, remainingMs));
    const result = attempt();
    if (result !== -EAGAIN) return result;
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

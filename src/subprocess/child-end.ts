/** The end of a child, waited for without the loop. */

import type { Kernel } from '../kernel/kernel.ts';
import { READABLE } from '../kernel/kernel.ts';

/** How long the end of a killed process may take before nobody waits for it any more. */
const KILLED_WAIT_MS = 100;

/**
 * Blocks until the process behind `exitFd` has ended. Signals, such as the end of another child, interrupt
 * the wait but do not shorten it.
 */
export function blockUntilEnd(kernel: Kernel, exitFd: number, limitMs: number): void {
  const deadlineMs = kernel.nowMs() + limitMs;
  for (let leftMs = limitMs; leftMs > 0; leftMs = deadlineMs - kernel.nowMs()) {
    if (kernel.fds.waitReady(exitFd, READABLE, leftMs) !== 0) return;
  }
}

/** Kills a process and waits for its end; it is still to be reaped. */
export function killNow(kernel: Kernel, pid: number, exitFd: number): void {
  kernel.processes.kill(pid, 9);
  blockUntilEnd(kernel, exitFd, KILLED_WAIT_MS);
}

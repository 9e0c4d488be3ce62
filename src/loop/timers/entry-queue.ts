/**
 * The way in for other threads and signal handlers: a wake-up that the selector watches like any other
 * descriptor.
 *
 * JavaScript functions cannot cross threads, so a worker wakes the loop and leaves its message elsewhere (a
 * MessagePort, shared memory); listeners then look there. The wake-up is opened when the first one needs it:
 * most programs never do.
 */

import type { Kernel, WakeHandle, Wakeup } from '../../kernel/kernel.ts';
import type { ReadinessWaiter } from '../readiness-waiter.ts';

export class EntryQueue implements ReadinessWaiter {
  readonly persistent = true;
  readonly keepsAlive = false;
  private readonly kernel: Kernel;
  private readonly watch: (fd: number, waiter: ReadinessWaiter) => void;
  private readonly listeners = new Set<() => void>();
  private readonly schedule: (listener: () => void) => void;
  private wakeup: Wakeup | null = null;
  private isHandedOut = false;

  /**
   * @param watch registers a waiter for the readability of a descriptor
   * @param schedule runs a listener in the loop's next batch
   */
  constructor(
    kernel: Kernel,
    watch: (fd: number, waiter: ReadinessWaiter) => void,
    schedule: (listener: () => void) => void,
  ) {
    this.kernel = kernel;
    this.watch = watch;
    this.schedule = schedule;
  }

  /** What another thread needs to end the loop's wait. */
  handle(): WakeHandle {
    this.isHandedOut = true;
    return this.open().handle;
  }

  /** Whether another thread can wake the loop, and somebody then looks for what it brings. */
  get mayWake(): boolean {
    return this.isHandedOut && this.listeners.size > 0;
  }

  /** Ends the loop's current or next wait at once. */
  wake(): void {
    this.open().wake();
  }

  /** Calls `listener` in the loop after each wake. Returns the function that stops it. */
  onWake(listener: () => void): () => void {
    this.open();
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  ready(): void {
    // Drained before the listeners look: a wake that comes while they look makes the descriptor readable
    // again.
    this.wakeup?.drain();
    for (const listener of this.listeners) this.schedule(listener);
  }

  closed(): void {}

  describe(): string {
    return "the loop's own wake-up";
  }

  close(): void {
    this.listeners.clear();
    this.wakeup?.close();
    this.wakeup = null;
  }

  private open(): Wakeup {
    if (this.wakeup === null) {
      const wakeup = this.kernel.openWakeup();
      this.watch(wakeup.fd, this);
      this.wakeup = wakeup;
    }
    return this.wakeup;
  }
}

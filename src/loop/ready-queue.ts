/**
 * What runs next. A pass of the loop runs exactly what was ready when its batch began: what becomes ready meanwhile waits
 * for the next pass, after the selector has been asked. So 100,000 callbacks that reschedule themselves cannot starve I/O.
 */

import { KeyboardInterrupt } from '../base/errors.ts';
import { Ring } from '../base/ring.ts';

/** Something the loop runs once: a callback's handle, or a task that is to take its next step. */
export interface Runnable {
  /** Runs. Errors of the user's code are handled inside; what this throws is an interrupt, or unexpected. */
  runReady(): void;
}

export class ReadyQueue {
  private readonly ring = new Ring<Runnable>();
  private readonly report: (error: unknown) => void;
  /** How many of the running batch are still to run. */
  private left = 0;

  /** @param report receives what a runnable throws unexpectedly */
  constructor(report: (error: unknown) => void) {
    this.report = report;
  }

  get length(): number {
    return this.ring.length;
  }

  push(runnable: Runnable): void {
    this.ring.push(runnable);
  }

  /** Puts it before all others: it had begun, and was interrupted. */
  pushFirst(runnable: Runnable): void {
    this.ring.unshift(runnable);
  }

  /** Runs what is ready now, in order. Throws interrupts only; what an interrupt leaves stays in the queue. */
  runBatch(): void {
    this.left = this.ring.length;
    while (this.left > 0) {
      // One try around all, entered again after an error: it costs nothing until something is thrown.
      try {
        this.runLeft();
      } catch (error) {
        this.reportUnexpected(error);
      }
    }
  }

  /** Reports an error that a runnable should have handled. Throws an interrupt: it is meant for the caller of run(). */
  reportUnexpected(error: unknown): void {
    if (error instanceof KeyboardInterrupt) throw error;
    this.report(error);
  }

  private runLeft(): void {
    while (this.left > 0) {
      this.left--;
      const runnable = this.ring.shift();
      if (runnable !== undefined) runnable.runReady();
    }
  }

  /** Takes the next one, or `undefined`. */
  shift(): Runnable | undefined {
    return this.ring.shift();
  }

  clear(): void {
    this.ring.clear();
  }
}

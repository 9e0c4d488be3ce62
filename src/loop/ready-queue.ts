/**
 * What runs next. A pass of the loop runs exactly what was ready when its batch began: what becomes ready meanwhile waits
 * for the next pass, after the selector has been asked. So 100,000 callbacks that reschedule themselves cannot starve I/O.
 */

import { Ring } from '../base/ring.ts';

/** Something the loop runs once: a callback's handle, or a task that is to take its next step. */
export interface Runnable {
  /** Runs. Ordinary errors are handled inside; what this throws ends the loop's run (an interrupt, a bug). */
  runReady(): void;
}

export class ReadyQueue {
  private readonly ring = new Ring<Runnable>();

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

  /** Runs what is ready now, in order. */
  runBatch(): void {
    for (let left = this.ring.length; left > 0; left--) {
      const runnable = this.ring.shift();
      if (runnable === undefined) return;
      runnable.runReady();
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

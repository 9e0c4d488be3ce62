/**
 * What runs next. A pass of the loop runs exactly what was ready when its batch began: what becomes ready
 * meanwhile waits for the next pass, after the selector has been asked. So 100,000 callbacks that reschedule
 * themselves cannot starve I/O.
 */

import { Ring } from '../base/ring.ts';
import { isInterrupt } from '../coroutines/thrown.ts';
import type { TurnBudget } from './turn-budget.ts';
import type { WakeHook } from './wake-hook.ts';

/** Something the loop runs once: a callback's handle, or a task that is to take its next step. */
export interface Runnable {
  /** Runs. Errors of the user's code are handled inside; what this throws is an interrupt, or unexpected. */
  runReady(): void;
}

export class ReadyQueue {
  private readonly ring = new Ring<Runnable>();
  private readonly report: (error: unknown) => void;
  private readonly wake: WakeHook;
  /**
   * How long a turn of a guest may last; `null` in a blocking run. A batch that is cut short goes on in the
   * next turn.
   */
  budget: TurnBudget | null = null;
  /** How many of a guest's batch are still to run. One that was cut short ends before a stop is heeded. */
  batchLeft = 0;

  /** @param report receives what a runnable throws unexpectedly */
  constructor(wake: WakeHook, report: (error: unknown) => void) {
    this.wake = wake;
    this.report = report;
  }

  get length(): number {
    return this.ring.length;
  }

  push(runnable: Runnable): void {
    this.ring.push(runnable);
    if (this.wake.armed !== null) this.wake.fire();
  }

  /** Puts it before all others: it had begun, and was interrupted. */
  pushFirst(runnable: Runnable): void {
    this.ring.unshift(runnable);
    if (this.budget !== null) this.batchLeft++;
  }

  /**
   * Runs what is ready now, in order. Throws interrupts only. After an error the others stay in the queue,
   * and are run with what has become ready meanwhile.
   */
  runBatch(): void {
    try {
      this.runUntilError();
    } catch (error) {
      this.reportUnexpected(error);
    }
  }

  // Apart: beside a `catch`, V8 keeps the counter in memory.
  private runUntilError(): void {
    for (let left = this.ring.length; left > 0; left--) {
      const runnable = this.ring.shift();
      if (runnable === undefined) return;
      runnable.runReady();
    }
  }

  /**
   * Reports an error that a runnable should have handled. Throws an interrupt: it is meant for the caller of
   * run().
   */
  reportUnexpected(error: unknown): void {
    if (isInterrupt(error)) throw error;
    this.report(error);
  }

  /** {@link runBatch} until the budget of a guest's turn is spent: the rest is for the next turn. */
  runBatchOfTurn(): void {
    const { budget } = this;
    if (budget === null) {
      this.runBatch();
      return;
    }
    this.beginBatch();
    while (this.batchLeft > 0) {
      try {
        this.shiftOfBatch()?.runReady();
      } catch (error) {
        this.reportUnexpected(error);
      }
      if (budget.countStep()) return;
    }
  }

  /** Begins a batch that is run one by one, or goes on with one that was cut short. Returns its length. */
  beginBatch(): number {
    if (this.budget === null) return this.ring.length;
    if (this.batchLeft === 0) this.batchLeft = this.ring.length;
    return this.batchLeft;
  }

  /** Takes the next one of it. */
  shiftOfBatch(): Runnable | undefined {
    if (this.budget !== null) this.batchLeft--;
    return this.ring.shift();
  }

  /** What has become ready since the batch was cut short is of the same pass: another chunk of its events. */
  extendBatch(): void {
    this.batchLeft = this.ring.length;
  }

  /** Takes the next one, or `undefined`. */
  shift(): Runnable | undefined {
    return this.ring.shift();
  }

  clear(): void {
    this.ring.clear();
    this.batchLeft = 0;
  }
}

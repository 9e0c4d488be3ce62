/** How many passes the loop makes between two polls of the selector. */

import type { LoopCore } from './loop-core.ts';

/**
 * While callbacks keep becoming ready, asking the selector before each pass would cost more than the passes:
 * a system call is 200 ns and more, a task switch 60. So passes follow each other without asking for up to
 * {@link BUSY_INTERVAL_MS}. The clock (40 ns) is read only every {@link STEPS_BETWEEN_CLOCKS} steps while
 * they are short, and never by a loop that goes back to sleep after each batch. What this delays an event by
 * is at most the interval and those few steps. The limit on steps is for clocks that stand still.
 */
const BUSY_INTERVAL_MS = 0.05;
const STEPS_BETWEEN_CLOCKS = 16;
const SHORT_STEP_MS = 0.002;
const MAX_STEPS_BETWEEN_POLLS = 512;

/**
 * The passes between two questions to the selector: one, and more while there is something ready.
 *
 * It learns whether steps are short: then the clock is read every few steps only. With long ones it is read
 * after each, and from the start, so that I/O and timers wait for one step, as they would if every pass
 * asked.
 */
export class BusyStretch {
  private readonly loop: LoopCore;
  private readonly runBatch: (loop: LoopCore) => void;
  private nextClockAt = 1;
  private sinceMs = -1;
  private stepsAreShort = false;
  private endedBusy = false;

  /** @param runBatch runs what is ready now */
  constructor(loop: LoopCore, runBatch: (loop: LoopCore) => void) {
    this.loop = loop;
    this.runBatch = runBatch;
  }

  run(): void {
    const { loop } = this;
    const { ready } = loop;
    const { sends } = loop.io;
    let stepCount = 0;
    this.nextClockAt = this.stepsAreShort ? STEPS_BETWEEN_CLOCKS : 1;
    this.sinceMs = this.endedBusy ? loop.kernel.nowMs() : -1;
    this.endedBusy = false;
    do {
      stepCount += ready.length;
      // A plain pass without a detour: it is most of what a short step costs.
      if (loop.extras === 0 && !sends.isWorthwhile) {
        ready.runBatch();
        if (sends.isOpen) sends.end();
      } else this.runBatch(loop);
      if (ready.length === 0) return;
      if (loop.extras !== 0 && this.mustEnd()) break;
    } while (stepCount < this.nextClockAt || this.mayContinue(stepCount));
    this.endedBusy = true;
  }

  /** Whether no other pass may follow: the run ends, or the turn of a guest. */
  private mustEnd(): boolean {
    const { budget } = this.loop.ready;
    return this.loop.stopRequested() || (budget !== null && (budget.isSpent || budget.isLastPass));
  }

  /** Whether the next batch may run before the selector is asked. Not when a timer is due: it comes first. */
  private mayContinue(stepCount: number): boolean {
    const { loop } = this;
    if (stepCount >= MAX_STEPS_BETWEEN_POLLS) return false;
    const nowMs = loop.kernel.nowMs();
    if (this.sinceMs < 0) this.sinceMs = nowMs;
    const elapsedMs = nowMs - this.sinceMs;
    this.stepsAreShort = elapsedMs < stepCount * SHORT_STEP_MS;
    this.nextClockAt = stepCount + (this.stepsAreShort ? STEPS_BETWEEN_CLOCKS : 1);
    if (elapsedMs >= BUSY_INTERVAL_MS) return false;
    return loop.timers.length === 0 || loop.timers.nextWhenMs() > loop.time();
  }
}

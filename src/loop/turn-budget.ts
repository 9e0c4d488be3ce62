/**
 * How long one turn of a guest may last, so that Node's own callbacks, timers and Promises have theirs. A
 * blocking run has none.
 *
 * The clock (40 ns) is read after the first step, then every few steps while they are short, and after each
 * while they are not: what a turn lasts too long is at most those few short steps, or one long one.
 */

import type { Kernel } from '../kernel/kernel.ts';

/**
 * One millisecond: a turn costs about 3 µs of Node's own loop around it, so this loses 0.3 %, and what waits
 * on Node's side waits for no longer than a timer there is late anyway.
 */
const TURN_MS = 1;
const STEPS_BETWEEN_CLOCKS = 16;
const SHORT_STEP_MS = 0.005;

export class TurnBudget {
  private readonly kernel: Kernel;
  private endMs = 0;
  private lastLookMs = 0;
  private stepsToLook = 1;
  private stepsSinceLook = 0;
  /** Whether the turn is to end at the next opportunity. */
  isSpent = false;
  /** Whether no pass may follow the one under way: the loop is a guest no more after it. */
  isLastPass = false;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** A turn begins. */
  begin(): void {
    this.lastLookMs = this.kernel.nowMs();
    this.endMs = this.lastLookMs + TURN_MS;
    this.isSpent = false;
    this.stepsToLook = 1;
    this.stepsSinceLook = 0;
  }

  /** One step was made. Returns {@link isSpent}. */
  countStep(): boolean {
    if (++this.stepsSinceLook >= this.stepsToLook) this.look();
    return this.isSpent;
  }

  private look(): void {
    const nowMs = this.kernel.nowMs();
    this.isSpent = nowMs >= this.endMs;
    const stepMs = (nowMs - this.lastLookMs) / this.stepsSinceLook;
    this.stepsToLook = stepMs < SHORT_STEP_MS ? STEPS_BETWEEN_CLOCKS : 1;
    this.stepsSinceLook = 0;
    this.lastLookMs = nowMs;
  }
}

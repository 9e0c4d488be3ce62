/**
 * The body of the loop, once, for every driver: a generator that hands out how long to wait and is sent how many events
 * the selector found.
 *
 *     driver                         steps                              state
 *     ------                         -----                              -----
 *     wait up to timeoutMs  <------  yield timeoutMs                    0 while something is ready, else the next timer
 *     readyCount            ------>  1 tell the waiters of each event   completes futures, queues handles
 *                                    2 queue the timers that are due
 *                                    3 run today's batch                what becomes ready now waits for the next pass
 *                                    4 end here if stop() was called
 *
 * Of many events, each chunk's waiters run before the next chunk is told: as if the selector had reported a chunk at a time.
 *
 * The blocking driver answers with a real blocking wait; a guest driver answers from Node's own loop.
 */

import type { LoopCore } from './loop-core.ts';
import { runBatchTimed } from './slow-steps.ts';
import { TimerPace } from './timers/timer-pace.ts';

/** Waits longer than this are cut: a clock that far ahead is a mistake or "for ever". asyncio's 24 hours. */
const MAX_WAIT_MS = 24 * 3600 * 1000;

/**
 * While callbacks keep becoming ready, asking the selector before each pass would cost more than the passes: a system call is
 * 200 ns and more, a task switch 60. So passes follow each other without asking for up to {@link BUSY_INTERVAL_MS}. The clock (40 ns)
 * is read only every {@link STEPS_BETWEEN_CLOCKS} steps while they are short, and never by a loop that goes back to sleep after each
 * batch. What this delays an event by is at most the interval and those few steps. The limit on steps is for clocks that stand still.
 */
const BUSY_INTERVAL_MS = 0.05;
const STEPS_BETWEEN_CLOCKS = 16;
const SHORT_STEP_MS = 0.002;
const MAX_STEPS_BETWEEN_POLLS = 512;

export function* loopSteps(loop: LoopCore): Generator<number, void, number> {
  const busy = new BusyStretch(loop);
  const pace = new TimerPace();
  do {
    const readyCount = yield timeoutMs(loop, pace);
    if (readyCount > 0) dispatchEvents(loop, readyCount);
    queueDueTimers(loop, pace);
    loop.allowImmediateCalls();
    busy.run();
  } while (!loop.takeStopRequest());
}

/**
 * The passes between two questions to the selector: one, and more while there is something ready.
 *
 * It learns whether steps are short: then the clock is read every few steps only. With long ones it is read after each, and from the
 * start, so that I/O and timers wait for one step, as they would if every pass asked.
 */
class BusyStretch {
  private readonly loop: LoopCore;
  private nextClockAt = 1;
  private sinceMs = -1;
  private stepsAreShort = false;
  private endedBusy = false;

  constructor(loop: LoopCore) {
    this.loop = loop;
  }

  run(): void {
    const { loop } = this;
    const { ready } = loop;
    let stepCount = 0;
    this.nextClockAt = this.stepsAreShort ? STEPS_BETWEEN_CLOCKS : 1;
    this.sinceMs = this.endedBusy ? loop.kernel.nowMs() : -1;
    this.endedBusy = false;
    do {
      stepCount += ready.length;
      runBatch(loop);
      if (ready.length === 0 || loop.stopRequested()) return;
    } while (stepCount < this.nextClockAt || this.mayContinue(stepCount));
    this.endedBusy = true;
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

/** Tells the waiters of each event, chunk by chunk; all but the last chunk run at once, while what they need is in the cache. */
function dispatchEvents(loop: LoopCore, readyCount: number): void {
  for (let next = 0; next < readyCount; ) {
    next = loop.io.dispatch(next, readyCount, loop.hooks?.selectorEvent);
    if (next < readyCount) runBatch(loop);
  }
}

function runBatch(loop: LoopCore): void {
  if (loop.getDebug()) runBatchTimed(loop);
  else loop.ready.runBatch();
}

/** How long the selector may sleep: not at all, until the next timer, or for ever (-1). */
function timeoutMs(loop: LoopCore, pace: TimerPace): number {
  if (loop.ready.length > 0 || loop.stopRequested()) return 0;
  if (loop.timers.length === 0) return -1;
  const whenMs = loop.timers.nextWhenMs();
  if (whenMs === Number.POSITIVE_INFINITY) return -1;
  return Math.min(Math.max(Math.max(whenMs, pace.notBeforeMs) - loop.time(), 0), MAX_WAIT_MS);
}

function queueDueTimers(loop: LoopCore, pace: TimerPace): void {
  if (loop.timers.length === 0) return;
  const nowMs = loop.time();
  const dueCount = loop.timers.queueDue(nowMs);
  // Virtual time is exact: a wake-up costs nothing there.
  if (loop.clock === null && loop.selector.kind !== 'simulated') pace.note(dueCount, nowMs);
}

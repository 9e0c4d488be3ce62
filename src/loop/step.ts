/**
 * The body of the loop, once, for every driver: a generator that hands out how long to wait and is sent how
 * many events the selector found.
 *
 *     driver                         steps                              state
 *     ------                         -----                              -----
 *     wait up to timeoutMs  <------  yield timeoutMs                    0 while something is ready, else the next timer
 *     readyCount            ------>  1 tell the waiters of each event   completes futures, queues handles
 *                                    2 queue the timers that are due
 *                                    3 run today's batch                what becomes ready now waits for the next pass
 *                                    4 end here if stop() was called
 *
 * When there are many events, the waiters of one chunk run before the next chunk is dispatched: as if the
 * selector had reported a chunk at a time.
 *
 * The blocking driver answers with a real blocking wait; a guest driver answers from Node's own loop.
 */

import { formatFrame } from '../coroutines/probe.ts';
import { BusyStretch } from './busy-stretch.ts';
import { DEBUG, OBSERVED } from './extras.ts';
import type { LoopCore } from './loop-core.ts';
import { outputLine } from './output.ts';
import type { Runnable } from './ready-queue.ts';
import { TimerPace } from './timers/timer-pace.ts';

/** Waits longer than this are cut: a clock that far ahead is a mistake or "for ever". asyncio's 24 hours. */
const MAX_WAIT_MS = 24 * 3600 * 1000;

/**
 * Yielded in place of a timeout by a guest's loop: the turn's time is up in the middle of a pass. To be
 * resumed in the next turn, without asking the selector, whose events have not all been handed out.
 */
export const BREAK = -2;

export function* loopSteps(loop: LoopCore): Generator<number, void, number> {
  const busy = new BusyStretch(loop, runBatch);
  const pace = new TimerPace();
  const { sends } = loop.io;
  try {
    do {
      if (loop.beforeWait !== null) loop.beforeWait();
      const mayWaitMs = timeoutMs(loop, pace);
      if (loop.instruments !== null) loop.instruments.passBegan.tell(mayWaitMs);
      sends.suspend();
      const readyCount = yield mayWaitMs;
      if (loop.instruments !== null) loop.instruments.waitEnded.tell(readyCount);
      // Chunk by chunk; all but the last chunk's waiters run at once, while what they need is in the cache.
      let isCut = false;
      sends.resume(readyCount);
      for (let next = 0; next < readyCount; ) {
        next = loop.io.dispatch(next, readyCount, loop.instruments);
        if (isCut) loop.ready.extendBatch();
        if (next >= readyCount) break;
        runBatch(loop);
        if (loop.ready.budget?.isSpent !== true) continue;
        isCut = true;
        sends.suspend();
        yield BREAK;
        sends.resume(readyCount);
      }
      queueDueTimers(loop, pace);
      loop.allowImmediateCalls();
      busy.run();
      if (loop.instruments !== null) loop.instruments.passEnded.tell();
    } while (loop.ready.batchLeft > 0 || !loop.takeStopRequest());
  } finally {
    // What was collected when an error or Ctrl-C ended the run.
    sends.suspend();
  }
}

/**
 * Runs what is ready now. What several sockets' callbacks send goes to the kernel together at its end; where
 * a callback ends the run instead, {@link loopSteps} sends it.
 */
function runBatch(loop: LoopCore): void {
  const { sends } = loop.io;
  if (sends.isWorthwhile) sends.open();
  runReady(loop);
  sends.end();
}

function runReady(loop: LoopCore): void {
  if (loop.extras === 0) loop.ready.runBatch();
  else if ((loop.extras & (DEBUG | OBSERVED)) !== 0) runBatchObserved(loop);
  else loop.ready.runBatchOfTurn();
}

/**
 * Runs what is ready now, one by one: instruments see each, and in debug mode each that held the
 * thread for longer than `loop.slowCallbackDurationMs` is reported, since nothing else could run meanwhile.
 */
function runBatchObserved(loop: LoopCore): void {
  const isTimed = loop.getDebug();
  const { ready } = loop;
  for (let left = ready.beginBatch(); left > 0; left--) {
    const runnable = ready.shiftOfBatch();
    if (runnable === undefined) return;
    const startMs = isTimed ? loop.kernel.nowMs() : 0;
    try {
      runObserved(loop, runnable);
    } catch (error) {
      ready.reportUnexpected(error);
    }
    const durationMs = isTimed ? loop.kernel.nowMs() - startMs : 0;
    if (isTimed && durationMs >= loop.slowCallbackDurationMs) reportSlow(loop, runnable, durationMs);
    if (ready.budget?.countStep() === true) return;
  }
}

/** A task reports its steps itself, since some begin elsewhere. */
function runObserved(loop: LoopCore, runnable: Runnable): void {
  const { instruments } = loop;
  if (instruments === null || 'nextLive' in runnable) {
    runnable.runReady();
    return;
  }
  instruments.callbackBegan.tell(runnable);
  try {
    runnable.runReady();
  } finally {
    instruments.callbackEnded.tell(runnable);
  }
}

function reportSlow(loop: LoopCore, runnable: object, durationMs: number): void {
  const listeners = loop.instruments?.slowStep;
  const place = loop.slowPlace === null ? null : loop.slowPlace();
  if (listeners?.isHeard === true) {
    listeners.tell(runnable, durationMs, place);
    return;
  }
  const where = place === null ? [] : ['Where it was:', ...place.map(formatFrame)];
  const text = [`Executing ${runnable} took ${durationMs.toFixed(1)} ms`, ...where].join('\n');
  outputLine(loop.kernel, loop.isGuest, 2, text);
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
  if (loop.clock === null && loop.selector.waitsOccupyThread) pace.note(dueCount, nowMs);
}

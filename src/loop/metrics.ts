/** What a loop has done: an instrument that counts, set by the first question. */

import { DurationHistogram, type DurationSummary } from '../base/histogram.ts';
import type { InstrumentedTask, IoCall, LoopInstrument } from './instrument.ts';
import type { IoTable } from './io-waiters.ts';
import type { LiveTasks } from './live-tasks.ts';
import type { ReadyQueue } from './ready-queue.ts';
import type { Timers } from './timers/timers.ts';

/** What `loop.metrics()` returns. Counts and times are since the first call, the others are as of now. */
export interface LoopMetrics {
  /** How long it has been measured. */
  readonly elapsedMs: number;
  /** How often the selector was asked. */
  readonly passes: number;
  /** The time between two waits, all together: callbacks, steps, and the loop itself. */
  readonly busyMs: number;
  /** The time spent waiting. */
  readonly idleMs: number;
  /**
   * How long the loop was away from its selector, by pass: so long did an event wait that came just after it
   * was asked.
   */
  readonly lag: DurationSummary;
  /** Callbacks and tasks that are ready now. */
  readonly readyDepth: number;
  /** The most that were ready at once. */
  readonly readyDepthMax: number;
  /** Timers that are pending. */
  readonly timers: number;
  /** Directions of descriptors that somebody waits for, those of the loop itself included. */
  readonly waiters: number;
  /** Descriptors that the loop knows of. */
  readonly descriptors: number;
  /** Tasks that have not ended. */
  readonly tasksLive: number;
  readonly tasksMade: number;
  /** Tasks that have ended, in whatever way. */
  readonly tasksDone: number;
  /** Of those, the ones that ended with an error. */
  readonly tasksFailed: number;
  /** Of those, the ones that were cancelled. */
  readonly tasksCancelled: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

/** The loop that is measured. */
interface MeasuredLoop {
  readonly ready: ReadyQueue;
  readonly timers: Timers;
  readonly io: IoTable;
  readonly liveTasks: LiveTasks;
  time(): number;
  addInstrument(instrument: LoopInstrument): void;
}

const SENDING: ReadonlySet<IoCall> = new Set(['send', 'sendto', 'write']);
const RECEIVING: ReadonlySet<IoCall> = new Set(['read', 'recv', 'recvfrom']);

class LoopMeter implements LoopInstrument {
  private readonly loop: MeasuredLoop;
  private readonly sinceMs: number;
  private readonly lag = new DurationHistogram();
  /** When the last wait began or ended. */
  private markMs: number;
  private passes = 0;
  private busyMs = 0;
  private idleMs = 0;
  private readyDepthMax = 0;
  private tasksMade = 0;
  private tasksDone = 0;
  private tasksFailed = 0;
  private tasksCancelled = 0;
  private bytesReceived = 0;
  private bytesSent = 0;

  constructor(loop: MeasuredLoop) {
    this.loop = loop;
    this.sinceMs = loop.time();
    this.markMs = this.sinceMs;
  }

  passBegan(): void {
    const nowMs = this.loop.time();
    this.passes++;
    this.busyMs += nowMs - this.markMs;
    this.lag.record(nowMs - this.markMs);
    this.markMs = nowMs;
  }

  waitEnded(): void {
    const nowMs = this.loop.time();
    this.idleMs += nowMs - this.markMs;
    this.markMs = nowMs;
  }

  taskStepBegan(): void {
    this.noteReady();
  }

  callbackBegan(): void {
    this.noteReady();
  }

  taskCreated(): void {
    this.tasksMade++;
  }

  taskDone(task: InstrumentedTask): void {
    this.tasksDone++;
    if (task.failed()) this.tasksFailed++;
    else if (task.cancelled()) this.tasksCancelled++;
  }

  ioCall(call: IoCall, _fd: number, result: number): void {
    if (result <= 0) return;
    if (RECEIVING.has(call)) this.bytesReceived += result;
    else if (SENDING.has(call)) this.bytesSent += result;
  }

  /** Besides those that are ready there is the one that has just begun. */
  private noteReady(): void {
    const depth = this.loop.ready.length + 1;
    if (depth > this.readyDepthMax) this.readyDepthMax = depth;
  }

  read(): LoopMetrics {
    const { loop } = this;
    let waiters = 0;
    let descriptors = 0;
    for (const { reader, writer } of loop.io.slots.values()) {
      descriptors++;
      waiters += (reader === null ? 0 : 1) + (writer === null ? 0 : 1);
    }
    const nowMs = loop.time();
    return {
      elapsedMs: nowMs - this.sinceMs,
      passes: this.passes,
      // Asked in the middle of a pass: the time since its wait is busy, too.
      busyMs: this.busyMs + (nowMs - this.markMs),
      idleMs: this.idleMs,
      lag: this.lag.summary(),
      readyDepth: loop.ready.length,
      readyDepthMax: this.readyDepthMax,
      timers: loop.timers.pendingCount,
      waiters,
      descriptors,
      tasksLive: loop.liveTasks.size,
      tasksMade: this.tasksMade,
      tasksDone: this.tasksDone,
      tasksFailed: this.tasksFailed,
      tasksCancelled: this.tasksCancelled,
      bytesReceived: this.bytesReceived,
      bytesSent: this.bytesSent,
    };
  }
}

const meters = new WeakMap<object, LoopMeter>();

/** The implementation of `loop.metrics()`. */
export function metricsOf(loop: MeasuredLoop): LoopMetrics {
  let meter = meters.get(loop);
  if (meter === undefined) {
    meter = new LoopMeter(loop);
    meters.set(loop, meter);
    loop.addInstrument(meter);
  }
  return meter.read();
}

/**
 * Traces: who ran when, who waited for what, and who ended whose wait.
 *
 * | on the track of   | slices                                                    | moments      | arrows lead                          |
 * |-------------------|-----------------------------------------------------------|--------------|--------------------------------------|
 * | the loop          | `wait`, `pass`, and in it callbacks and timers            | system calls | from what woke or made a task        |
 * | each task         | `step`, the name of what it waits for, `ready` in between | system calls | to the step that follows             |
 *
 * | state   | entered by               | recording | stop()                         |
 * |---------|--------------------------|-----------|--------------------------------|
 * | running | startTrace               | yes       | closes the slices that are open |
 * | stopped | stop(), `using`, an error | no        | nothing                        |
 */

import type { Future } from '../futures/future.ts';
import { runningLoop } from '../loop/current-loop.ts';
import { Handle } from '../loop/handle.ts';
import type { IoCall, Nameable } from '../loop/instrument.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Instrument } from '../tasks/instrument.ts';
import { Task } from '../tasks/task.ts';
import { type TraceEvent, TraceLog } from './trace-log.ts';

/** The loop's own track. */
const LOOP_TRACK = 1;
/** A million events are about 60 MB while they are kept. */
const DEFAULT_LIMIT = 1_000_000;
/** A time that has not come. */
const NEVER = -1;

/** What {@link startTrace} takes. */
export interface TraceOptions {
  /** The loop to observe. Default: the running one. */
  readonly loop?: LoopCore | undefined;
  /** The most events to keep; those after it are counted and dropped. Default: a million. */
  readonly limit?: number | undefined;
}

/** A trace in Chrome's format, which Perfetto (ui.perfetto.dev) and chrome://tracing open. */
export interface ChromeTrace {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: 'ms';
  readonly otherData: { readonly droppedEvents: number };
}

/** What is known of a task that has not ended. */
interface Track {
  readonly id: number;
  stepBeganUs: number;
  suspendedUs: number;
  waitName: string;
  /** When it became ready, and on which track that was caused; the track is 0 where nobody caused it. */
  readyUs: number;
  readyTrack: number;
}

/**
 * What a loop does, as it is recorded: steps, waits, who woke whom. {@link startTrace} makes it; `stop()`
 * ends it, and {@link Trace.toJSON} gives it to a viewer.
 */
export class Trace {
  private readonly loop: LoopCore;
  private readonly log: TraceLog;
  private readonly tracks = new Map<object, Track>();
  /** The name of each track, by its number. */
  private readonly names = new Map<number, string>([[LOOP_TRACK, 'loop']]);
  private readonly instrument: Instrument;
  private readonly startMs: number;
  private lastTrack = LOOP_TRACK;
  private lastArrow = 0;
  private waitBeganUs = NEVER;
  private passBeganUs = NEVER;
  private readonly callbacksBeganUs: number[] = [];
  private stopped = false;

  /** @internal Use {@link startTrace}. */
  constructor(loop: LoopCore, limit: number) {
    this.loop = loop;
    this.log = new TraceLog(limit);
    this.startMs = loop.time();
    this.instrument = this.makeInstrument();
    loop.addInstrument(this.instrument);
    const { currentTask } = loop;
    if (!(currentTask instanceof Task)) return;
    // Started in the middle of a step.
    this.trackOf(currentTask).stepBeganUs = 0;
    this.passBeganUs = 0;
  }

  /** Ends the recording. Twice is harmless. */
  stop(): this {
    if (this.stopped) return this;
    this.stopped = true;
    this.loop.removeInstrument(this.instrument);
    const nowUs = this.nowUs();
    for (const [task, track] of this.tracks) {
      this.name(task as Task<unknown>, track);
      if (track.stepBeganUs !== NEVER) this.log.slice(track.id, track.stepBeganUs, nowUs, 'step');
      else if (track.readyUs !== NEVER) this.log.slice(track.id, track.readyUs, nowUs, 'ready');
      else if (track.suspendedUs !== NEVER)
        this.log.slice(track.id, track.suspendedUs, nowUs, track.waitName);
    }
    this.tracks.clear();
    for (const beganUs of this.callbacksBeganUs) this.log.slice(LOOP_TRACK, beganUs, nowUs, 'callback');
    this.endSlice(this.passBeganUs, nowUs, 'pass');
    this.endSlice(this.waitBeganUs, nowUs, 'wait');
    return this;
  }

  /** How many events were recorded. */
  get length(): number {
    return this.log.length;
  }

  /** The trace, for `JSON.stringify`. */
  toJSON(): ChromeTrace {
    const { pid } = process;
    const names = [...this.names].map(
      ([tid, name]): TraceEvent => ({ name: 'thread_name', ph: 'M', pid, tid, ts: 0, args: { name } }),
    );
    return {
      traceEvents: [...names, ...this.log.events(pid)],
      displayTimeUnit: 'ms',
      otherData: { droppedEvents: this.log.droppedCount },
    };
  }

  /** The text of a trace file. */
  toString(): string {
    return JSON.stringify(this);
  }

  /** `using trace = startTrace()`: stops at the end of the block. */
  [Symbol.dispose](): void {
    this.stop();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `<Trace ${this.stopped ? 'stopped' : 'running'} events=${this.log.length}>`;
  }

  private makeInstrument(): Instrument {
    return {
      taskCreated: (task) => this.madeReady(this.trackOf(task)),
      taskWoken: (task) => this.woken(this.trackOf(task)),
      taskStepBegan: (task) => this.stepBegan(this.trackOf(task)),
      taskSuspended: (task, awaited) => this.suspended(this.trackOf(task), awaited),
      taskDone: (task) => this.done(task, this.trackOf(task)),
      callbackBegan: () => {
        this.callbacksBeganUs.push(this.nowUs());
      },
      callbackEnded: (callback) => this.callbackEnded(callback),
      ioCall: (call, fd, result) => this.ioCall(call, fd, result),
      passBegan: () => {
        this.waitBeganUs = this.nowUs();
      },
      waitEnded: () => {
        const nowUs = this.nowUs();
        this.endSlice(this.waitBeganUs, nowUs, 'wait');
        this.waitBeganUs = NEVER;
        this.passBeganUs = nowUs;
      },
      passEnded: () => {
        this.endSlice(this.passBeganUs, this.nowUs(), 'pass');
        this.passBeganUs = NEVER;
      },
    };
  }

  private nowUs(): number {
    return (this.loop.time() - this.startMs) * 1000;
  }

  private trackOf(task: Task<unknown>): Track {
    let track = this.tracks.get(task);
    if (track === undefined) {
      const id = ++this.lastTrack;
      track = { id, stepBeganUs: NEVER, suspendedUs: NEVER, waitName: '', readyUs: NEVER, readyTrack: 0 };
      this.tracks.set(task, track);
    }
    return track;
  }

  /** The track of what is running now. */
  private currentTrack(): number {
    const task = this.loop.currentTask;
    return task === null ? LOOP_TRACK : (this.tracks.get(task)?.id ?? LOOP_TRACK);
  }

  private madeReady(track: Track): void {
    track.readyUs = this.nowUs();
    track.readyTrack = this.isWithinSlice() ? this.currentTrack() : 0;
  }

  /** An arrow needs a slice to begin in: there is none when code outside of a pass makes a task. */
  private isWithinSlice(): boolean {
    return this.passBeganUs !== NEVER;
  }

  private woken(track: Track): void {
    this.madeReady(track);
    if (track.suspendedUs !== NEVER)
      this.log.slice(track.id, track.suspendedUs, track.readyUs, track.waitName);
    track.suspendedUs = NEVER;
  }

  private stepBegan(track: Track): void {
    const nowUs = this.nowUs();
    const { readyUs, readyTrack } = track;
    track.stepBeganUs = nowUs;
    track.readyUs = NEVER;
    if (readyUs === NEVER) return;
    this.log.slice(track.id, readyUs, nowUs, 'ready');
    if (readyTrack !== 0) {
      this.log.arrow(++this.lastArrow, 'wake', [readyTrack, readyUs], [track.id, nowUs]);
      track.readyTrack = 0;
    }
  }

  private suspended(track: Track, awaited: Future<unknown> | null): void {
    const nowUs = this.nowUs();
    if (track.stepBeganUs !== NEVER) this.log.slice(track.id, track.stepBeganUs, nowUs, 'step');
    track.stepBeganUs = NEVER;
    if (awaited === null) track.readyUs = nowUs;
    else track.suspendedUs = nowUs;
    track.waitName = awaited === null ? '' : waitName(awaited);
  }

  private done(task: Task<unknown>, track: Track): void {
    const nowUs = this.nowUs();
    const outcome = task.failed() ? ' (failed)' : task.cancelled() ? ' (cancelled)' : '';
    if (track.stepBeganUs !== NEVER)
      this.log.slice(track.id, track.stepBeganUs, nowUs, `last step${outcome}`);
    this.name(task, track);
    this.tracks.delete(task);
  }

  /** When a task ends, or the trace: it may be named late. */
  private name(task: Task<unknown>, track: Track): void {
    this.names.set(track.id, task.getName());
  }

  private callbackEnded(callback: Nameable): void {
    const beganUs = this.callbacksBeganUs.pop();
    if (beganUs !== undefined) this.log.slice(LOOP_TRACK, beganUs, this.nowUs(), callbackName(callback));
  }

  private ioCall(call: IoCall, fd: number, result: number): void {
    this.log.instant(this.currentTrack(), this.nowUs(), call, fd, result);
  }

  private endSlice(beganUs: number, nowUs: number, name: string): void {
    if (beganUs !== NEVER) this.log.slice(LOOP_TRACK, beganUs, nowUs, name);
  }
}

/** A few words, found without asking the system: describing a socket takes two calls. */
function waitName(awaited: Future<unknown>): string {
  if (awaited instanceof Task) return `waits for ${awaited.getName()}`;
  const source = awaited.source as { readonly verb?: unknown } | null;
  if (typeof source?.verb === 'string') return `waits: ${source.verb}`;
  return `waits: ${(source ?? awaited).constructor.name}`;
}

/** The function of a handle; the class of what else runs, such as a transport's reading side. */
function callbackName(callback: Nameable): string {
  return callback instanceof Handle
    ? callback.toString().replace(/ created at .*|when=\S+ /gs, '')
    : callback.constructor.name;
}

/**
 * Starts to record what a loop does. Write the result to a file, and open that in Perfetto (ui.perfetto.dev):
 * there is a track for each task, with its steps and its waits, and an arrow from what ended a wait to the
 * step that follows.
 *
 *     const trace = startTrace();
 *     yield* work();
 *     writeFileSync('trace.json', trace.stop().toString());
 *
 * @param options `loop`: by default the running one; `limit`: the most events to keep
 * @throws RuntimeError outside of a running loop, without `loop`
 */
export function startTrace(options: TraceOptions = {}): Trace {
  const loop = options.loop ?? runningLoop('startTrace');
  return new Trace(loop, options.limit ?? DEFAULT_LIMIT);
}

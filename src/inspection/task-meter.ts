/**
 * What each task costs, for `top`: an instrument that is set by the first question, and taken off when nobody
 * has asked for a while.
 *
 * The bytes of a call belong to the task that makes it; those that the loop receives on its own account to
 * the task that is woken by them.
 */

import type { IoCall } from '../loop/instrument.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Instrument } from '../tasks/instrument.ts';
import type { Task } from '../tasks/task.ts';

/** What a task has cost so far. */
export interface TaskUsage {
  readonly sinceMs: number;
  readonly isAgeExact: boolean;
  steps: number;
  cpuMs: number;
  byteCount: number;
  /** {@link cpuMs} when it was last asked for. */
  toldCpuMs: number;
}

/** Nobody has asked for this long: nobody looks any more. */
const FORGET_AFTER_MS = 10_000;

export class TaskMeter implements Instrument {
  private readonly loop: LoopCore;
  private readonly usages = new Map<Task<unknown>, TaskUsage>();
  /** Of the steps on the stack: one, and those that it started eagerly. */
  private readonly stepsBeganMs: number[] = [];
  /** Received for nobody yet. */
  private unclaimedBytes = 0;
  private isSet = false;
  private askedMs = 0;

  constructor(loop: LoopCore) {
    this.loop = loop;
  }

  /** Somebody asks: counts from now on, if it did not. */
  begin(): void {
    this.askedMs = this.loop.time();
    if (this.isSet) return;
    this.isSet = true;
    this.loop.addInstrument(this);
  }

  usageOf(task: Task<unknown>, isAgeExact = false): TaskUsage {
    let usage = this.usages.get(task);
    if (usage === undefined) {
      usage = { sinceMs: this.loop.time(), isAgeExact, steps: 0, cpuMs: 0, byteCount: 0, toldCpuMs: 0 };
      this.usages.set(task, usage);
    }
    return usage;
  }

  taskCreated(task: Task<unknown>): void {
    this.usageOf(task, true);
  }

  taskWoken(task: Task<unknown>): void {
    if (this.unclaimedBytes === 0) return;
    this.usageOf(task).byteCount += this.unclaimedBytes;
    this.unclaimedBytes = 0;
  }

  taskStepBegan(): void {
    this.stepsBeganMs.push(this.loop.kernel.nowMs());
  }

  taskSuspended(task: Task<unknown>): void {
    this.noteStep(task);
  }

  taskDone(task: Task<unknown>): void {
    this.stepsBeganMs.pop();
    this.usages.delete(task);
  }

  ioCall(call: IoCall, _fd: number, result: number): void {
    if (result <= 0 || call === 'accept') return;
    const task = this.loop.currentTask as Task<unknown> | null;
    if (task === null) this.unclaimedBytes = result;
    else this.usageOf(task).byteCount += result;
  }

  waitEnded(): void {
    this.unclaimedBytes = 0;
    this.stepsBeganMs.length = 0;
    if (this.loop.time() - this.askedMs < FORGET_AFTER_MS) return;
    this.isSet = false;
    this.loop.removeInstrument(this);
    this.usages.clear();
  }

  /** A step that starts another task eagerly has that one's time in it. */
  private noteStep(task: Task<unknown>): void {
    const beganMs = this.stepsBeganMs.pop();
    // Counted from the middle of a step on.
    if (beganMs === undefined) return;
    const usage = this.usageOf(task);
    usage.steps++;
    usage.cpuMs += this.loop.kernel.nowMs() - beganMs;
  }
}

/**
 * Daemon tasks: the deadlock check ignores them, so a program is deadlocked even while they could go on. A
 * loop has this object only once it has a daemon.
 *
 * What they wait for does not count either, as far as it is known to be theirs: timers that they have set,
 * socket calls that they await.
 */

import type { TimerHandle } from './timer-handle.ts';
import type { Timers } from './timers/timers.ts';
import type { WakeHook } from './wake-hook.ts';

/** With so many, those that are over are dropped before another is added. */
const PRUNE_AT = 32;

export class Daemons {
  readonly tasks = new Set<object>();
  private readonly timers = new Set<TimerHandle>();
  private readonly allTimers: Timers;

  constructor(allTimers: Timers) {
    this.allTimers = allTimers;
  }

  /** A timer has been set while `task` was running. */
  noteTimer(timer: TimerHandle, task: object | null): void {
    if (task === null || !this.tasks.has(task)) return;
    if (this.timers.size >= PRUNE_AT) this.prune();
    this.timers.add(timer);
  }

  /** Whether there is no other timer than theirs. */
  haveAllTimers(): boolean {
    this.prune();
    return this.allTimers.pendingCount === this.timers.size;
  }

  private prune(): void {
    for (const timer of this.timers) if (!this.allTimers.isPending(timer)) this.timers.delete(timer);
  }
}

/** The loop of a timer. */
interface TimedLoop {
  readonly liveTasks: { readonly daemons: Daemons | null };
  readonly currentTask: object | null;
  readonly wake: WakeHook;
}

/** What a new timer means to a loop that is not a plain one. */
export function noteTimer(loop: TimedLoop, timer: TimerHandle): void {
  loop.liveTasks.daemons?.noteTimer(timer, loop.currentTask);
  loop.wake.fire();
}

/**
 * The timers whose time has come, in order: one entry of the ready queue for all of them.
 *
 * They keep their slots until they run, so that a callback can still cancel the ones after it. In debug mode,
 * and for instruments, each becomes an entry of its own, so that it is named.
 */

import { IntVector } from '../../base/columns.ts';
import { enterContext, leaveContext } from '../../base/context.ts';
import { NO_ARGUMENTS } from '../handle.ts';
import type { ReadyQueue, Runnable } from '../ready-queue.ts';
import { TimerHandle, type TimerOwner } from '../timer-handle.ts';
import { DUE, type TimerSlots } from './timer-slots.ts';

export class DueTimers implements Runnable {
  private readonly slots: TimerSlots;
  private readonly ready: ReadyQueue;
  private readonly owner: TimerOwner;
  private readonly order = new IntVector();
  /** How many of `order` have run. */
  private doneCount = 0;
  private queued = false;

  constructor(slots: TimerSlots, ready: ReadyQueue, owner: TimerOwner) {
    this.slots = slots;
    this.ready = ready;
    this.owner = owner;
  }

  add(slot: number): void {
    this.slots.next[slot] = DUE;
    this.order.push(slot);
  }

  /** All that is due has been added. */
  queue(): void {
    if (this.queued || this.order.length === 0) return;
    if (this.owner.getDebug() || (this.owner.instruments ?? null) !== null) {
      this.queueEach();
    } else {
      this.queued = true;
      this.ready.push(this);
    }
  }

  /** Runs them. What is thrown here is an interrupt: the others stay first in the ready queue. */
  runReady(): void {
    const { order } = this;
    this.queued = false;
    try {
      const { budget } = this.ready;
      while (this.doneCount < order.length) {
        this.runOne(order.items[this.doneCount++] as number);
        // The others stay first in the ready queue, for the guest's next turn.
        if (budget?.countStep() === true) return;
      }
    } finally {
      if (this.doneCount < order.length) {
        this.queued = true;
        this.ready.pushFirst(this);
      } else {
        this.clear();
      }
    }
  }

  clear(): void {
    this.order.clear();
    this.doneCount = 0;
    this.queued = false;
  }

  private runOne(slot: number): void {
    const { slots } = this;
    const work = slots.work(slot);
    const context = slots.context(slot);
    const whenMs = slots.whenMs(slot);
    slots.release(slot);
    if (typeof work !== 'function') {
      work?.runReady();
      return;
    }
    const previous = enterContext(context);
    try {
      const result = (work as () => unknown)();
      if (result instanceof Promise) {
        this.owner.callbackReturned(result, new TimerHandle(whenMs, work, NO_ARGUMENTS, this.owner, context));
      }
    } catch (error) {
      new TimerHandle(whenMs, work, NO_ARGUMENTS, this.owner, context).report(error);
    } finally {
      leaveContext(previous);
    }
  }

  private queueEach(): void {
    const { slots, order } = this;
    for (let i = 0; i < order.length; i++) {
      const slot = order.items[i] as number;
      const work = slots.work(slot);
      const context = slots.context(slot);
      const whenMs = slots.whenMs(slot);
      slots.release(slot);
      if (work === null) continue;
      const isHandle = typeof work !== 'function';
      this.ready.push(isHandle ? work : new TimerHandle(whenMs, work, NO_ARGUMENTS, this.owner, context));
    }
    this.clear();
  }
}

/**
 * What all socket verbs (accept, recv, send, connect …) have in common: try, wait for readiness, try again.
 *
 * A verb object belongs to one direction of one socket and is used again for each call, so that awaiting
 * costs one future and nothing else. It is also the future's source: cancelling the future takes the verb off
 * the socket.
 *
 * | state   | future | in the slot    | leaves by                                                   |
 * |---------|--------|----------------|-------------------------------------------------------------|
 * | idle    | null   | no             | a call that cannot be answered at once                      |
 * | waiting | set    | yes, armed     | readiness and an answer; cancellation; the socket is closed |
 * | pausing | set    | yes, not armed | its retry timer, which tries again; cancellation; closing   |
 *
 * Methods of a verb, in the order of a call:
 *
 * | method     | what it does                                                                   |
 * |------------|--------------------------------------------------------------------------------|
 * | start      | takes the arguments of one call; every verb has its own                        |
 * | begin      | tries at once if that is likely to work; otherwise waits                       |
 * | attempt    | one system call; settles the future, or returns false: wait                    |
 * | retryAfter | called in an attempt that returns false: wait for a timer instead of readiness |
 * | letGo      | the call has ended, in whatever way: drops the caller's buffer                 |
 */

import { BusyResourceError } from '../base/errors.ts';
import { Future, type FutureSource } from '../futures/future.ts';
import { osError } from '../kernel/os-error.ts';
import { usedBy } from '../loop/descriptor-errors.ts';
import type { IoSlot } from '../loop/io-slot.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';
import type { TimerHandle } from '../loop/timer-handle.ts';
import type { Socket } from '../sockets/socket.ts';
import { Task } from '../tasks/task.ts';

export abstract class SocketVerb<T> implements ReadinessWaiter, FutureSource {
  readonly persistent = false;
  protected readonly loop: LoopCore;
  protected readonly sock: Socket;
  protected readonly slot: IoSlot;
  /** What the caller awaits, while it waits. */
  protected future: Future<T> | null = null;
  /** The task that waits, for messages; null for plain callbacks. */
  private waitingTask: object | null = null;
  private retryTimer: TimerHandle | null = null;
  protected abstract readonly verb: string;
  /** Which direction of the socket it waits for. */
  protected abstract readonly direction: 'reading' | 'writing';

  constructor(loop: LoopCore, sock: Socket, slot: IoSlot) {
    this.loop = loop;
    this.sock = sock;
    this.slot = slot;
  }

  /**
   * Tries once. Settles `future` and returns true when the call has an answer, an error included; false when
   * it has to wait.
   */
  protected abstract attempt(future: Future<T>): boolean;

  /** The call has ended. Verbs that hold a caller's buffer drop it here. */
  protected letGo(): void {}

  ready(): void {
    const future = this.future;
    if (future !== null) this.conclude(this.attempt(future));
  }

  /** After readiness: ends the call if there is an answer, else waits on. */
  protected conclude(answered: boolean): void {
    if (answered) this.forget();
    else this.park();
  }

  closed(error: Error): void {
    const future = this.future;
    this.forget();
    if (future !== null) future.fail(error);
  }

  abandoned(): void {
    this.forget();
    const { io } = this.loop;
    const { slot } = this;
    if (this.direction === 'reading') {
      if (slot.reader === this) io.clearReader(slot);
    } else if (slot.writer === this) io.clearWriter(slot);
  }

  describe(): string {
    return `${this.verb} on ${this.sock}${nameOf(this.waitingTask)}`;
  }

  /**
   * One call at a time: a second one would take the bytes of the first. To be checked before the arguments
   * are kept.
   */
  protected requireIdle(): void {
    if (this.slot.owner !== null) throw usedBy(this.verb, this.slot);
    const occupant = this.direction === 'reading' ? this.slot.reader : this.slot.writer;
    if (this.future !== null) throw this.busy(this);
    if (occupant !== null) throw this.busy(occupant);
  }

  /** What the caller gets. */
  protected newFuture(): Future<T> {
    return new Future<T>(undefined, this.loop);
  }

  /** Begins a call: at once where that is likely to work, else by waiting. */
  protected begin(tryAtOnce: boolean): Future<T> {
    const future = this.newFuture();
    if (tryAtOnce && this.loop.takeImmediateCall() && this.attempt(future)) {
      this.letGo();
      return future;
    }
    this.park();
    this.future = future;
    this.waitingTask = this.loop.currentTask;
    future.source = this;
    return future;
  }

  /** Waits for readiness, or for the retry timer. */
  protected park(): void {
    const { io } = this.loop;
    const { slot } = this;
    if (this.direction === 'reading') {
      if (this.retryTimer === null) io.setReader(slot, this);
      else io.holdReader(slot, this);
    } else if (this.retryTimer === null) io.setWriter(slot, this);
    else io.holdWriter(slot, this);
  }

  /** Tries again after a delay: readiness would say nothing. */
  protected retryAfter(delayMs: number): void {
    this.retryTimer = this.loop.callLater(delayMs, () => {
      this.retryTimer = null;
      if (this.direction === 'reading') this.slot.reader = null;
      else this.slot.writer = null;
      this.ready();
    });
  }

  /**
   * Whether an instrument observes the selector's events: then each answer comes through one, so that the log
   * is complete.
   */
  protected isObserved(): boolean {
    return this.loop.instruments?.selectorEvent.isHeard === true;
  }

  /** Settles a future with what the kernel refused. */
  protected refuse(future: Future<T>, result: number): true {
    future.fail(osError(result, this.verb, this.subject()));
    return true;
  }

  /** What an error message names: the peer where it is known, else the socket. */
  protected subject(): string {
    return this.sock.toString();
  }

  private busy(other: ReadinessWaiter): BusyResourceError {
    return new BusyResourceError(
      `Cannot ${this.verb} on ${this.sock}${nameOf(this.loop.currentTask)}: ${other.describe()} is already waiting. ` +
        'One at a time: await the first, or cancel it.',
    );
  }

  private forget(): void {
    this.future = null;
    this.waitingTask = null;
    if (this.retryTimer !== null) {
      this.retryTimer.cancel();
      this.retryTimer = null;
    }
    this.letGo();
  }
}

/** " by task 'name'", or nothing if no task is known. */
function nameOf(task: object | null): string {
  return task instanceof Task ? ` by task '${task.getName()}'` : '';
}

/**
 * Settles a future whose buffer lost its memory while the call waited (`postMessage`, `structuredClone`, a
 * resize). Going on would send nothing and call it success, or receive nothing and call it the end of the
 * stream.
 */
export function detachedBuffer<T>(future: Future<T>, verb: string): true {
  const message = `${verb}: the buffer's memory was transferred or resized while the call was waiting`;
  future.fail(new TypeError(message));
  return true;
}

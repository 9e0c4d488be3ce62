/**
 * What all socket verbs (accept, recv, send, connect) have in common: try, wait for readiness, try again.
 *
 * A verb object belongs to one direction of one socket and is used again for each call, so that awaiting costs one future and
 * nothing else. It is also the future's source: cancelling the future takes the verb off the socket.
 *
 * | state   | future | in the slot   | leaves by                                                     |
 * |---------|--------|---------------|---------------------------------------------------------------|
 * | idle    | null   | no            | a call that cannot be answered at once                        |
 * | waiting | set    | yes           | readiness and success or error; cancel; the socket is closed  |
 */

import { BusyResourceError } from '../base/errors.ts';
import { Future } from '../futures/future.ts';
import type { FutureSource } from '../futures/future-core.ts';
import { osError } from '../kernel/errno.ts';
import type { IoSlot } from '../loop/io-waiters.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';
import type { Socket } from '../sockets/socket.ts';
import { Task } from '../tasks/task.ts';

export abstract class SocketVerb<T> implements ReadinessWaiter, FutureSource {
  readonly persistent = false;
  protected readonly loop: LoopCore;
  protected readonly sock: Socket;
  protected readonly slot: IoSlot;
  /** What the caller awaits, while it waits. */
  protected future: Future<T> | null = null;
  /** Which task that is, for messages; null for plain callbacks. */
  private waiter: object | null = null;
  protected abstract readonly verb: string;

  constructor(loop: LoopCore, sock: Socket, slot: IoSlot) {
    this.loop = loop;
    this.sock = sock;
    this.slot = slot;
  }

  /**
   * Tries once. Settles `future` and returns true when the call has an answer, an error included; false when the socket
   * would have to be waited for.
   */
  protected abstract attempt(future: Future<T>): boolean;
  /** Asks the loop to be told when the socket is ready. */
  protected abstract park(): void;
  /** Takes that back. */
  protected abstract unpark(): void;
  /** Who waits for the direction that this verb uses, this one or another. */
  protected abstract occupant(): ReadinessWaiter | null;

  ready(): void {
    const future = this.future;
    if (future !== null) this.conclude(this.attempt(future));
  }

  /** After readiness: is there an answer, or must it wait on? */
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
    this.unpark();
  }

  describe(): string {
    return `${this.verb} on ${this.sock}${nameOf(this.waiter)}`;
  }

  /** Begins a call: at once where that is likely to work, else by waiting. */
  protected begin(tryAtOnce: boolean): Future<T> {
    const future = new Future<T>(undefined, this.loop);
    // Whoever waits already comes first: a call that overtook it would take its data.
    const occupant = this.occupant();
    if (occupant !== null) throw this.busy(occupant.describe());
    if (tryAtOnce && this.loop.takeImmediateCall() && this.attempt(future)) return future;
    this.park();
    this.future = future;
    this.waiter = this.loop.currentTask;
    future.source = this;
    return future;
  }

  /** Whether somebody watches the selector's events: then each answer comes through one, so that the log tells the whole story. */
  protected isObserved(): boolean {
    return this.loop.hooks?.selectorEvent !== undefined;
  }

  /** One call at a time: the second is a mistake that would lose data. */
  protected requireIdle(): void {
    if (this.future !== null) throw this.busy(this.describe());
  }

  private busy(other: string): BusyResourceError {
    return new BusyResourceError(
      `Cannot ${this.verb} on ${this.sock}${nameOf(this.loop.currentTask)}: ${other} is already waiting. ` +
        'One at a time: await the first, or cancel it.',
    );
  }

  private forget(): void {
    this.future = null;
    this.waiter = null;
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
}

/** " by task 'name'", or nothing where no task is known. */
function nameOf(task: object | null): string {
  return task instanceof Task ? ` by task '${task.getName()}'` : '';
}

/**
 * Settles a future whose buffer lost its memory while the call waited (`postMessage`, `structuredClone`, a resize): going on
 * would send nothing and call it success, or receive nothing and call it the end of the stream.
 */
export function detachedBuffer<T>(future: Future<T>, verb: string): true {
  const message = `${verb}: the buffer's memory was transferred or resized while the call was waiting`;
  future.fail(new TypeError(message));
  return true;
}

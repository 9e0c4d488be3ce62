/**
 * Waiting for room to write.
 *
 * | state      | next()                                                                                        |
 * |------------|-----------------------------------------------------------------------------------------------|
 * | created    | refuses on a broken stream; a closing transport: suspends once; else room, or waits for it    |
 * | suspended  | the transport has had a pass to say what happened: room, or refuses                           |
 * | waiting    | until the protocol is resumed, or the connection is lost                                      |
 */

import {
  type Awaitable,
  CHECKPOINT,
  LeafCoroutine,
  PROBE,
  type Suspension,
} from '../coroutines/coroutine.ts';
import { recordProbe } from '../coroutines/probe.ts';
import type { Future } from '../futures/future.ts';

/** The writer, as its waits see it. */
export interface Draining {
  /** What broke the stream, or `null`. */
  brokenBy(): Error | null;
  isClosing(): boolean;
  /** The usual case: there is room, and nothing to tell. */
  mayFlow(): boolean;
  /** A future for room; `null` when there is. @throws OSError when the connection is lost */
  waitForRoom(): Future<void> | null;
}

const DONE: IteratorResult<Suspension, void> = Object.freeze({ done: true, value: undefined });
const SUSPENDED: IteratorResult<Suspension, void> = Object.freeze({ done: false, value: CHECKPOINT });

/** Where there is nothing to wait for. It has no state, so one serves all. */
const FLOWING: Iterator<Suspension, void, unknown> = Object.freeze({ next: () => DONE });

/** What a write returns: awaiting it waits for room. It holds nothing, so one serves all writes of a writer. */
export class Room implements Awaitable<void> {
  private readonly writer: Draining;

  constructor(writer: Draining) {
    this.writer = writer;
  }

  [Symbol.iterator](): Iterator<Suspension, void, unknown> {
    return this.writer.mayFlow() ? FLOWING : new Drain(this.writer);
  }
}

export class Drain extends LeafCoroutine<void> {
  private readonly writer: Draining;
  private suspended = false;
  private waiter: Future<void> | null = null;

  constructor(writer: Draining) {
    super();
    this.writer = writer;
  }

  next(sent?: unknown): IteratorResult<Suspension, void> {
    const { waiter, writer } = this;
    if (waiter !== null) return waiter.next(sent);
    if (sent === PROBE) {
      recordProbe();
      return SUSPENDED;
    }
    if (!this.suspended) {
      const error = writer.brokenBy();
      if (error !== null) throw error;
      // Without this, a loop of writes would never let connectionLost be called, and so never hear of it.
      if (writer.isClosing()) {
        this.suspended = true;
        return SUSPENDED;
      }
    }
    this.waiter = writer.waitForRoom();
    return this.waiter === null ? DONE : this.waiter.next();
  }

  override throw(error: unknown): IteratorResult<Suspension, void> {
    if (this.waiter !== null) return this.waiter.throw(error);
    throw error;
  }

  override return(): IteratorResult<Suspension, void> {
    this.waiter?.return();
    return DONE;
  }
}

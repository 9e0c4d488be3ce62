/**
 * The sending half of a transport, of streams and of messages: holds what the kernel did not take, and sends
 * it when there is room. It knows two callbacks of its transport, `drained` and `failed`.
 *
 * | state   | queue | the slot's writer | leaves by                                                  |
 * |---------|-------|-------------------|------------------------------------------------------------|
 * | idle    | empty | none              | wait(): something was not taken whole                      |
 * | waiting | some  | this, armed       | room: sends. To idle when all is sent, to failed, to stuck |
 * | stuck   | some  | this, not armed   | a timer, to waiting                                        |
 * | failed  | some  | none              | its turn, in which the transport hears of it               |
 *
 * Stuck is a descriptor that polls writable and takes nothing: an unconnected unix datagram socket whose
 * receiver is full always does so (unix(7)). Waiting for readiness would then never let the loop sleep.
 *
 * Sending is no user code, so it is done while the loop still dispatches events. What the protocol is to hear
 * of it waits for this object's turn in the batch.
 */

import { type Context, enterContext } from '../base/context.ts';
import { isNotNow } from '../kernel/os-error.ts';
import { longerPause } from '../kernel/waits.ts';
import type { IoSlot } from '../loop/io-slot.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';
import type { Runnable } from '../loop/ready-queue.ts';
import type { TimerHandle } from '../loop/timer-handle.ts';
import type { FlowControl } from './flow-control.ts';

/** What waits to be sent. */
export interface Unsent {
  /** How much; 0 exactly when nothing waits. */
  readonly byteCount: number;
  /**
   * Sends what the kernel takes now. Returns how much, or `-errno`. May throw: then nothing of it can be
   * sent.
   */
  send(): number;
  clear(): void;
}

/** The transport that a writing side sends for. */
export interface WritingTransport {
  readonly loop: LoopCore;
  readonly context: Context;
  readonly slot: IoSlot;
  readonly flow: FlowControl;
  /** Ends what `enterContext(context)` began. */
  leaveTurn(previous: Context): void;
  /** The queue has shrunk, perhaps to nothing. In the transport's turn. */
  drained(): void;
  /** A send was refused: `-errno`, or what it threw. In the transport's turn. */
  sendFailed(reason: unknown): void;
  /** The descriptor was closed by other code. */
  closed(error: Error): void;
  /** For messages. */
  describe(): string;
  toString(): string;
}

export class WritingSide<Q extends Unsent> implements ReadinessWaiter, Runnable {
  readonly persistent = true;
  readonly queue: Q;
  private readonly transport: WritingTransport;
  private waiting = false;
  private queued = false;
  /** What a send was refused with, until the transport hears of it; 0 for nothing. */
  private failure: unknown = 0;
  private retryTimer: TimerHandle | null = null;
  private retryDelayMs = 0;

  constructor(transport: WritingTransport, queue: Q) {
    this.transport = transport;
    this.queue = queue;
  }

  /** Whether bytes may go to the kernel at once: nothing is before them. */
  get isIdle(): boolean {
    return this.queue.byteCount === 0 && this.failure === 0;
  }

  /** Something was added to the queue that the kernel does not take now. */
  wait(): void {
    const { transport } = this;
    if (!this.waiting && this.failure === 0) {
      transport.loop.io.setWriter(transport.slot, this);
      this.waiting = true;
    }
    transport.flow.pauseIfFull();
  }

  /** Drops what is queued. */
  discard(): void {
    this.queue.clear();
    this.failure = 0;
    this.stopWaiting();
  }

  /** There is room. */
  ready(): void {
    const mayBeStuck = this.queue.byteCount > 0 && !this.send();
    if (this.queue.byteCount === 0 || this.failure !== 0) this.stopWaiting();
    else if (mayBeStuck) this.retryLater();
    else this.retryDelayMs = 0;
    if (!this.waiting || this.transport.flow.isDrained()) this.runSoon();
  }

  closed(error: Error): void {
    this.stopWaiting();
    this.transport.closed(error);
  }

  describe(): string {
    return this.transport.describe();
  }

  /** Tells the transport and the protocol what came of {@link ready}. */
  runReady(): void {
    this.queued = false;
    const { failure, transport } = this;
    const previous = enterContext(transport.context);
    try {
      if (failure !== 0) {
        this.failure = 0;
        transport.sendFailed(failure);
        // A message that was refused says nothing about the next one.
        if (this.queue.byteCount > 0) this.wait();
      }
      transport.drained();
    } finally {
      transport.leaveTurn(previous);
    }
  }

  toString(): string {
    return this.transport.toString();
  }

  /** Sends; returns whether anything came of it. */
  private send(): boolean {
    try {
      const result = this.queue.send();
      if (result < 0 && !isNotNow(result)) this.failure = result;
      return result > 0;
    } catch (error) {
      this.failure = error;
      return false;
    }
  }

  private retryLater(): void {
    const { loop, slot } = this.transport;
    this.retryDelayMs = longerPause(this.retryDelayMs);
    loop.io.holdWriter(slot, this);
    this.retryTimer = loop.callLater(this.retryDelayMs, () => {
      this.retryTimer = null;
      loop.io.setWriter(slot, this);
      this.ready();
    });
  }

  private runSoon(): void {
    if (this.queued) return;
    this.queued = true;
    this.transport.loop.ready.push(this);
  }

  private stopWaiting(): void {
    if (!this.waiting) return;
    this.waiting = false;
    this.retryDelayMs = 0;
    if (this.retryTimer !== null) {
      this.retryTimer.cancel();
      this.retryTimer = null;
    }
    const { slot, loop } = this.transport;
    if (slot.writer === this) loop.io.clearWriter(slot);
  }
}

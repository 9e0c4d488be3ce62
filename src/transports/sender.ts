/**
 * The sending half of a stream transport, whatever it sends to.
 *
 * | state   | queue   | the slot's writer | leaves by                                                          |
 * |---------|---------|-------------------|--------------------------------------------------------------------|
 * | idle    | empty   | none              | a write that the kernel does not take whole                        |
 * | waiting | bytes   | this              | room: sends; to idle when all is sent, or a send is refused        |
 *
 * Sending is no user code, so it is done while the loop still hands out events; what the protocol is to be told of it waits for
 * this object's turn in the batch.
 */

import { type Context, enterContext } from '../base/context.ts';
import { isNotNow } from '../kernel/errno.ts';
import type { IoSlot } from '../loop/io-waiters.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';
import type { Runnable } from '../loop/ready-queue.ts';
import type { FlowControl } from './flow-control.ts';
import { WriteQueue } from './write-queue.ts';

/** The transport that a sender sends for. */
export interface Sending {
  readonly loop: LoopCore;
  readonly context: Context;
  readonly slot: IoSlot;
  readonly flow: FlowControl;
  /** Ends what `enterContext(context)` began. */
  leaveTurn(previous: Context): void;
  /** Hands bytes to the kernel. Returns how many it took, or `-errno`. */
  sendNow(data: Uint8Array): number;
  /** The same for what is queued, which then drops what was taken. */
  sendQueued(queue: WriteQueue): number;
  /** All is sent. */
  queueSent(): void;
  /** A send was refused with `-errno`. */
  sendFailed(result: number): void;
  /** The socket was closed by somebody else. */
  closed(error: Error): void;
  /** For messages. */
  describe(): string;
  toString(): string;
}

export class Sender implements ReadinessWaiter, Runnable {
  readonly persistent = true;
  readonly queue = new WriteQueue();
  private readonly transport: Sending;
  private waiting = false;
  private queued = false;
  /** What a send was refused with, until the transport is told. */
  private refusal = 0;

  constructor(transport: Sending) {
    this.transport = transport;
  }

  /** Sends at once what the kernel takes, and queues the rest. */
  write(data: Uint8Array): void {
    if (this.queue.byteCount > 0 || this.refusal !== 0) this.push(data, 0);
    else this.keepRest(data, this.transport.sendNow(data));
  }

  /** Queues what is left of `data`, given what the kernel answered. */
  keepRest(data: Uint8Array, result: number): void {
    if (result === data.length) return;
    if (result < 0 && !isNotNow(result)) this.transport.sendFailed(result);
    else this.push(data, Math.max(0, result));
  }

  /** Sends several, in as few calls as possible. */
  writeAll(list: readonly Uint8Array[]): void {
    const { queue, transport } = this;
    const mayTry = queue.byteCount === 0 && this.refusal === 0;
    for (const data of list) queue.push(data, 0);
    if (queue.byteCount === 0) return;
    if (mayTry) {
      const result = transport.sendQueued(queue);
      if (queue.byteCount === 0) return;
      if (result < 0 && !isNotNow(result)) {
        transport.sendFailed(result);
        return;
      }
    }
    this.wait();
    transport.flow.pauseIfFull();
  }

  /** Drops what is queued. */
  discard(): void {
    this.queue.clear();
    this.stopWaiting();
  }

  /** There is room. */
  ready(): void {
    const { queue, transport } = this;
    if (queue.byteCount > 0) {
      const result = transport.sendQueued(queue);
      if (result < 0 && !isNotNow(result)) this.refusal = result;
    }
    if (queue.byteCount === 0 || this.refusal !== 0) this.stopWaiting();
    if (!this.waiting || transport.flow.isDrained()) this.runSoon();
  }

  closed(error: Error): void {
    this.waiting = false;
    this.transport.closed(error);
  }

  describe(): string {
    return this.transport.describe();
  }

  /** Tells the transport and the protocol what came of {@link ready}. */
  runReady(): void {
    this.queued = false;
    const { transport } = this;
    const previous = enterContext(transport.context);
    try {
      if (this.refusal !== 0) {
        transport.sendFailed(this.refusal);
        return;
      }
      // The protocol may write again, and so put off what waits for the end of the queue.
      transport.flow.resumeIfDrained();
      if (this.queue.byteCount === 0) transport.queueSent();
    } finally {
      transport.leaveTurn(previous);
    }
  }

  toString(): string {
    return this.transport.toString();
  }

  private push(data: Uint8Array, sentByteCount: number): void {
    this.queue.push(data, sentByteCount);
    this.wait();
    this.transport.flow.pauseIfFull();
  }

  private runSoon(): void {
    if (this.queued) return;
    this.queued = true;
    this.transport.loop.ready.push(this);
  }

  private wait(): void {
    if (this.waiting) return;
    const { transport } = this;
    transport.loop.io.setWriter(transport.slot, this);
    this.waiting = true;
  }

  private stopWaiting(): void {
    if (!this.waiting) return;
    this.waiting = false;
    const { slot, loop } = this.transport;
    if (slot.writer === this) loop.io.clearWriter(slot);
  }
}

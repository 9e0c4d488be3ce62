/** Messages that the kernel did not take at once, in order, and their turn when it takes more. */

import { type Context, enterContext } from '../base/context.ts';
import { Ring } from '../base/ring.ts';
import { isNotNow } from '../kernel/errno.ts';
import type { IoSlot } from '../loop/io-waiters.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';
import type { Runnable } from '../loop/ready-queue.ts';

/** What a queued message counts for besides its bytes: its header. asyncio's number. */
const HEADER_BYTES = 8;

/** The transport that a queue sends for. */
export interface DatagramSending {
  readonly context: Context;
  /** Ends what `enterContext(context)` began. */
  leaveTurn(previous: Context): void;
  sendOne(data: Uint8Array, address: Uint8Array, addressByteCount: number): number;
  sendRefused(result: number): void;
  /** The queue is shorter, or empty. */
  queueSent(): void;
  closed(error: Error): void;
  describe(): string;
}

interface Message {
  readonly data: Uint8Array;
  readonly address: Uint8Array;
}

export class DatagramQueue implements ReadinessWaiter, Runnable {
  readonly persistent = true;
  byteCount = 0;
  private readonly transport: DatagramSending;
  private readonly loop: LoopCore;
  private readonly slot: IoSlot;
  private readonly messages = new Ring<Message>(8);
  /** The message that was tried and not taken. */
  private head: Message | null = null;
  private waiting = false;
  private queued = false;

  constructor(transport: DatagramSending, loop: LoopCore, slot: IoSlot) {
    this.transport = transport;
    this.loop = loop;
    this.slot = slot;
  }

  get length(): number {
    return this.messages.length + (this.head === null ? 0 : 1);
  }

  /** Adds a copy of `data`, and waits for the kernel to take it. */
  push(data: Uint8Array, address: Uint8Array): void {
    this.messages.push({ data: Uint8Array.from(data), address });
    this.byteCount += data.length + HEADER_BYTES;
    if (this.waiting) return;
    this.loop.io.setWriter(this.slot, this);
    this.waiting = true;
  }

  clear(): void {
    this.messages.clear();
    this.head = null;
    this.byteCount = 0;
    this.stopWaiting();
  }

  ready(): void {
    if (this.queued) return;
    this.queued = true;
    this.loop.ready.push(this);
  }

  closed(error: Error): void {
    this.waiting = false;
    this.transport.closed(error);
  }

  describe(): string {
    return this.transport.describe();
  }

  runReady(): void {
    this.queued = false;
    const previous = enterContext(this.transport.context);
    try {
      this.sendAll();
    } finally {
      this.transport.leaveTurn(previous);
    }
  }

  toString(): string {
    return String(this.transport);
  }

  private sendAll(): void {
    for (;;) {
      const message = this.head ?? this.messages.shift() ?? null;
      this.head = message;
      if (message === null) break;
      const { data, address } = message;
      const result = this.transport.sendOne(data, address, address.length);
      if (isNotNow(result)) break;
      this.head = null;
      this.byteCount -= data.length + HEADER_BYTES;
      // One message that is refused says nothing about the next.
      if (result < 0) this.transport.sendRefused(result);
    }
    if (this.length === 0) this.stopWaiting();
    this.transport.queueSent();
  }

  private stopWaiting(): void {
    if (!this.waiting) return;
    this.waiting = false;
    if (this.slot.writer === this) this.loop.io.clearWriter(this.slot);
  }
}

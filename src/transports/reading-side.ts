/**
 * The receiving half of a transport: waits for its descriptor, can be paused, and has its transport receive
 * in a turn of its own.
 *
 * | reading | entered by                         | the slot's reader | an event               | isReading |
 * |---------|------------------------------------|-------------------|------------------------|-----------|
 * | new     | construction                       | none              | –                      | yes       |
 * | on      | begin(); resume()                  | this              | queues this to receive | yes       |
 * | paused  | pause()                            | none              | –                      | no        |
 * | over    | end(): end of stream, close, error | none              | –                      | no        |
 *
 * Nothing leaves `over`: the end of a stream is handed on once, however often reading is paused and resumed
 * after it.
 */

import { type Context, enterContext } from '../base/context.ts';
import type { IoSlot } from '../loop/io-slot.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';
import type { Runnable } from '../loop/ready-queue.ts';
import type { Borrowing } from './protocol.ts';

/** The transport that a reading side receives for. */
export interface ReceivingTransport {
  readonly loop: LoopCore;
  readonly slot: IoSlot;
  readonly context: Context;
  /** Ends what `enterContext(context)` began. */
  leaveTurn(previous: Context): void;
  /** Receives once, in the transport's turn and context. */
  receive(): void;
  /** Whether something has been received already, and waits for a turn. */
  readonly holdsReceived: boolean;
  /** The descriptor was closed by other code. */
  closed(error: Error): void;
  /** For messages. */
  describe(): string;
  toString(): string;
}

export class ReadingSide implements ReadinessWaiter, Runnable {
  readonly persistent = true;
  private readonly transport: ReceivingTransport;
  private begun = false;
  private paused = false;
  private over = false;
  /** Whether the protocol was told that it can receive by itself, and has not. */
  private isOffered = false;
  /** True while this is in the ready queue. */
  private queued = false;

  constructor(transport: ReceivingTransport) {
    this.transport = transport;
  }

  /** Whether it wants to receive. */
  get isReading(): boolean {
    return !this.paused && !this.over;
  }

  /** Whether more will be received, now or after a pause. */
  get isOver(): boolean {
    return this.over;
  }

  /** The connection is there: waits, unless it has been paused. */
  begin(): void {
    this.begun = true;
    this.watch();
  }

  pause(): void {
    if (!this.isReading) return;
    this.paused = true;
    this.unwatch();
  }

  resume(): void {
    if (!this.paused || this.over) return;
    this.paused = false;
    this.watch();
  }

  /** Receives nothing more. */
  end(): void {
    this.over = true;
    this.unwatch();
  }

  /** There is something to receive. */
  ready(): void {
    if (this.queued) return;
    this.queued = true;
    this.transport.loop.ready.push(this);
  }

  /** Leaves receiving to the protocol's reader, once. */
  offerTo(protocol: Borrowing): void {
    this.isOffered = true;
    protocol.readable();
  }

  /** Whether receiving was left to the protocol's reader; it is not any more. */
  takeOffer(): boolean {
    const { isOffered } = this;
    this.isOffered = false;
    return isOffered;
  }

  closed(error: Error): void {
    this.transport.closed(error);
  }

  describe(): string {
    return this.transport.describe();
  }

  /** Receives, in its turn. */
  runReady(): void {
    this.queued = false;
    if (!this.begun || !this.isReading) return;
    const { transport } = this;
    const previous = enterContext(transport.context);
    try {
      transport.receive();
    } finally {
      transport.leaveTurn(previous);
    }
  }

  toString(): string {
    return this.transport.toString();
  }

  private watch(): void {
    const { transport } = this;
    if (!this.begun || !this.isReading || transport.slot.reader === this) return;
    transport.loop.io.setReader(transport.slot, this);
    if (transport.holdsReceived) this.ready();
  }

  private unwatch(): void {
    const { slot, loop } = this.transport;
    if (slot.reader === this) loop.io.clearReader(slot);
  }
}

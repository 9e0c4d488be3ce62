/**
 * Between a datagram transport and the endpoint that coroutines use: keeps messages, and holds both sides
 * back.
 */

import type { Address } from '../addresses/address.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { Future } from '../futures/future.ts';
import { addWaiter, wakeWaiters } from '../futures/waiter-list.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { Queue } from '../sync/queue.ts';
import type { BaseTransport } from '../transports/base.ts';
import type { SocketDatagramTransport } from '../transports/datagram-transport.ts';
import { DatagramProtocol } from '../transports/protocol.ts';

/** How many messages wait here to be taken before no more are fetched from the system. */
const HELD_MESSAGES = 64;

/** A message, and the address that sent it. */
export type ReceivedDatagram = [data: Buffer, address: Address];

export class EndpointProtocol extends DatagramProtocol {
  /** Messages in order; `null` stands where {@link failure} came. */
  readonly messages = new Queue<ReceivedDatagram | null>();
  transport: SocketDatagramTransport | null = null;
  /** Whether there is no room to send. */
  paused = false;
  /** What broke the endpoint. */
  error: Error | null = null;
  private readonly loop: LoopCore;
  /** Whether a message is being handed to the system: an error is then that of its send. */
  private sending = false;
  private sendFailure: Error | null = null;
  /** The first error that no receiver has been told. Of those behind it none is kept: nobody may ever ask. */
  private failure: Error | null = null;
  private ended = false;
  private heldBack = false;
  private waiters: Future<void>[] = [];

  constructor(loop: LoopCore) {
    super();
    this.loop = loop;
  }

  override connectionMade(transport: BaseTransport): void {
    this.transport = transport as SocketDatagramTransport;
  }

  override datagramReceived(data: Buffer, address: Address): void {
    this.messages.putNowait([data, address]);
    if (this.messages.qsize() < HELD_MESSAGES) return;
    this.heldBack = true;
    this.transport?.pauseReading();
  }

  override errorReceived(error: Error): void {
    if (this.sending) this.sendFailure = error;
    // What is left at close may be refused when nobody can be told any more.
    else if (this.failure === null && this.transport?.isClosing() === false) {
      this.failure = error;
      this.messages.putNowait(null);
    }
  }

  /** The error that the system has for what `send` hands to it. */
  errorOf(send: () => void): Error | null {
    this.sendFailure = null;
    this.sending = true;
    try {
      send();
    } finally {
      this.sending = false;
    }
    return this.sendFailure;
  }

  override pauseWriting(): void {
    this.paused = true;
  }

  override resumeWriting(): void {
    this.paused = false;
    wakeWaiters(this.waiters, undefined);
  }

  override connectionLost(error: Error | null): void {
    this.error = error;
    this.ended = true;
    this.paused = false;
    this.messages.shutdown();
    wakeWaiters(this.waiters, undefined);
  }

  /** A message was taken: fetches more when half of the place is free. */
  resumeReading(): void {
    if (!this.heldBack || this.messages.qsize() > HELD_MESSAGES / 2) return;
    this.heldBack = false;
    this.transport?.resumeReading();
  }

  /** The error that `null` among the messages stands for. */
  takeFailure(): Error {
    const failure = this.failure as Error;
    this.failure = null;
    return failure;
  }

  *waitForRoom(): Coroutine<void> {
    while (this.paused) yield* this.change();
  }

  *waitForEnd(): Coroutine<void> {
    while (!this.ended) yield* this.change();
  }

  /** A future for the next change of state. */
  private change(): Future<void> {
    const waiter = new Future<void>({ loop: this.loop });
    addWaiter(this.waiters, waiter);
    return waiter;
  }
}

/** `sockRecv` and `sockRecvInto`: bytes from a connected socket. */

import type { Future } from '../futures/future.ts';
import type { IoSlot } from '../loop/io-waiters.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';
import type { ReceiveArena } from '../loop/receive-arena.ts';
import type { Receiver } from '../loop/receive-batch.ts';
import type { Socket } from '../sockets/socket.ts';
import { detachedBuffer, SocketVerb, wouldBlock } from './socket-verb.ts';

/** What both have in common: they wait for the reading side, and know whether the last read left something behind. */
export abstract class Receive<T> extends SocketVerb<T> {
  /**
   * True when the last read filled all it was given: there may be more, so the next call tries at once. After a short read
   * the socket is drained, and trying would only end in EAGAIN; the selector is level-triggered, so waiting loses nothing.
   */
  protected mayHaveMore = false;

  protected override park(): void {
    this.loop.io.setReader(this.slot, this);
  }

  protected override unpark(): void {
    if (this.slot.reader === this) this.loop.io.clearReader(this.slot);
  }

  protected override occupant(): ReadinessWaiter | null {
    return this.slot.reader;
  }
}

export class ReceiveBytes extends Receive<Buffer> implements Receiver {
  protected override readonly verb = 'recv';
  private readonly arena: ReceiveArena;
  /** False for a stream, whose bytes may come in any parts. */
  private readonly keepsMessages: boolean;
  private byteCount = 0;
  /** @internal Receiver. */
  receiveByteCount = 0;

  constructor(loop: LoopCore, sock: Socket, slot: IoSlot) {
    super(loop, sock, slot);
    this.arena = loop.io.arena;
    this.keepsMessages = sock.type !== sock.kernel.constants.SOCK_STREAM;
    if (!this.keepsMessages) slot.receiver = this;
  }

  start(byteCount: number): Future<Buffer> {
    this.requireIdle();
    this.byteCount = byteCount;
    this.receiveByteCount = byteCount;
    return this.begin(this.mayHaveMore && !this.isObserved());
  }

  /** @internal Receiver. */
  received(result: number): void {
    const { future } = this;
    if (future !== null) this.conclude(this.answer(future, result, this.byteCount));
  }

  protected override attempt(future: Future<Buffer>): boolean {
    const { arena } = this;
    const result = arena.receive(this.sock.fd, this.byteCount, this.keepsMessages);
    return this.answer(future, result, arena.askedByteCount);
  }

  private answer(future: Future<Buffer>, result: number, askedByteCount: number): boolean {
    if (result < 0) {
      this.mayHaveMore = false;
      return wouldBlock(result) ? false : this.refuse(future, result);
    }
    this.mayHaveMore = result === askedByteCount;
    future.setResult(this.arena.take(result));
    return true;
  }
}

export class ReceiveInto extends Receive<number> {
  protected override readonly verb = 'recvInto';
  private buffer: Uint8Array | null = null;
  private byteCount = 0;

  start(buffer: Uint8Array): Future<number> {
    this.requireIdle();
    this.buffer = buffer;
    this.byteCount = buffer.length;
    return this.begin(this.mayHaveMore && !this.isObserved());
  }

  override abandoned(): void {
    super.abandoned();
    this.buffer = null;
  }

  override closed(error: Error): void {
    this.buffer = null;
    super.closed(error);
  }

  protected override attempt(future: Future<number>): boolean {
    const buffer = this.buffer as Uint8Array;
    if (buffer.length !== this.byteCount) {
      this.buffer = null;
      return detachedBuffer(future, this.verb);
    }
    const result = this.loop.kernel.sockets.recv(this.sock.fd, buffer, 0, buffer.length, 0);
    if (result < 0) {
      this.mayHaveMore = false;
      if (wouldBlock(result)) return false;
      this.buffer = null;
      return this.refuse(future, result);
    }
    this.mayHaveMore = result === buffer.length;
    this.buffer = null;
    future.setResult(result);
    return true;
  }
}

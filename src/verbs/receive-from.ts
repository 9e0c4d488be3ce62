/** `sockRecvfrom` and `sockRecvfromInto`: a message and who sent it. */

import { ADDRESS_RECORD_BYTES, type Address, decodeSender } from '../addresses/address.ts';
import type { Future } from '../futures/future.ts';
import { Handover } from '../futures/handover.ts';
import type { IoSlot } from '../loop/io-slot.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { ReceiveArena } from '../loop/receive-arena.ts';
import type { Socket } from '../sockets/socket.ts';
import { Receive } from './receive.ts';
import { detachedBuffer } from './socket-verb.ts';

/** A message and its sender; `null` if the system names none. */
export type ReceivedFrom = [data: Buffer, address: Address | null];
/** The size of a message in the caller's memory, and its sender. */
export type ReceivedFromInto = [byteCount: number, address: Address | null];

/**
 * What both have in common. After a message there may be another, so the next call tries at once: a short
 * read of a datagram, unlike one of a stream, does not mean that there are no more. An empty message is a
 * message.
 */
abstract class ReceiveFromBase<T> extends Receive<T> {
  protected readonly record = new Uint8Array(ADDRESS_RECORD_BYTES);

  /** Asks the kernel; fills {@link record}. */
  protected abstract receive(): number;
  protected abstract settle(future: Future<T>, byteCount: number): void;

  protected sender(): Address | null {
    return decodeSender(this.sock.kernel.constants, this.record, this.sock.proto);
  }

  protected override attempt(future: Future<T>): boolean {
    const result = this.receive();
    this.loop.instruments?.ioCall.tell('recvfrom', this.sock.fd, result);
    if (result < 0) return this.answerFailure(future, result);
    // One message at a time: there may always be another.
    this.noteRead(result, true);
    this.settle(future, result);
    return true;
  }
}

export class ReceiveFrom extends ReceiveFromBase<ReceivedFrom> {
  protected override readonly verb = 'recvfrom';
  private readonly arena: ReceiveArena;
  private byteCount = 0;

  constructor(loop: LoopCore, sock: Socket, slot: IoSlot) {
    super(loop, sock, slot);
    this.arena = loop.io.arena;
  }

  start(byteCount: number): Future<ReceivedFrom> {
    this.requireIdle();
    this.byteCount = byteCount;
    return this.begin(this.triesAtOnce);
  }

  protected override newFuture(): Future<ReceivedFrom> {
    return new Handover<ReceivedFrom>(undefined, this.loop);
  }

  protected override receive(): number {
    return this.arena.receiveFrom(this.sock.fd, this.byteCount, this.record);
  }

  protected override settle(future: Future<ReceivedFrom>, byteCount: number): void {
    future.setResult([this.arena.take(byteCount), this.sender()]);
  }
}

export class ReceiveFromInto extends ReceiveFromBase<ReceivedFromInto> {
  protected override readonly verb = 'recvfromInto';
  private buffer: Uint8Array | null = null;
  private byteCount = 0;

  start(buffer: Uint8Array, byteCount: number): Future<ReceivedFromInto> {
    this.requireIdle();
    this.buffer = buffer;
    this.byteCount = byteCount;
    return this.begin(this.triesAtOnce);
  }

  protected override letGo(): void {
    this.buffer = null;
  }

  protected override attempt(future: Future<ReceivedFromInto>): boolean {
    const buffer = this.buffer as Uint8Array;
    // Fewer bytes than at the start: the memory was given away meanwhile, and the message must not be lost to
    // that.
    return buffer.length < this.byteCount ? detachedBuffer(future, this.verb) : super.attempt(future);
  }

  protected override receive(): number {
    const { sockets } = this.loop.kernel;
    return sockets.recvfrom(this.sock.fd, this.buffer as Uint8Array, 0, this.byteCount, 0, this.record);
  }

  protected override settle(future: Future<ReceivedFromInto>, byteCount: number): void {
    future.setResult([byteCount, this.sender()]);
  }
}

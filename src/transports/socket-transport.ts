/**
 * A stream socket and its protocol: TCP and unix connections.
 *
 * Reading: one `recv` for each event, and what it got goes to the protocol. A connection whose peer sends without end so takes
 * its turn with all others. Interest in reading stays with the kernel for as long as the transport reads. Where nothing forbids it
 * the loop receives for many transports in one call, and each has its turn after that; what happens in between counts:
 *
 * | between receiving and the turn | what has arrived                                              |
 * |--------------------------------|---------------------------------------------------------------|
 * | pauseReading()                 | is held, until resumeReading()                                |
 * | setProtocol()                  | goes to the new protocol, piece by piece into a buffer of its |
 * | close(), abort()               | is dropped, as if it had not been received                    |
 *
 * Writing: at once, where nothing is queued; what the kernel does not take is queued, and sent in as few calls as possible when
 * there is room. What all that takes is made when it is needed first: most connections always have room.
 *
 * Pausing: `reading-transport.ts`. Life and death: `transport-core.ts`.
 */

import { RuntimeError } from '../base/errors.ts';
import type { Future } from '../futures/future.ts';
import { isNotNow, osError } from '../kernel/errno.ts';
import { expectedAfter, isLarge } from '../loop/receive-arena.ts';
import type { Receiver } from '../loop/receive-batch.ts';
import type { Socket } from '../sockets/socket.ts';
import type { BaseProtocol } from './base.ts';
import type { NetworkLoop } from './network-loop.ts';
import type { TransportOwner } from './owner.ts';
import { type BufferedProtocol, isBufferedProtocol, type Protocol, type StreamProtocol } from './protocol.ts';
import { ReadingTransport } from './reading-transport.ts';
import { Sender, type Sending } from './sender.ts';
import { disableNagle, localRecordOf, peerRecordOf, requireBytes, socketInfo } from './socket-info.ts';
import type { Transport } from './transport.ts';
import type { WriteQueue } from './write-queue.ts';

/** At most so much is received in one turn; asyncio's number. */
const RECEIVE_BYTES = 256 * 1024;

/** What a transport may be told besides its socket and protocol. */
export interface SocketTransportOptions {
  /** Completed after connectionMade. */
  readonly waiter?: Future<void> | undefined;
  /** The server that accepted it. */
  readonly owner?: TransportOwner | undefined;
}

export class SocketTransport extends ReadingTransport implements Transport, Sending, Receiver {
  /** @internal */
  readonly owner: TransportOwner | null;
  private readonly sock: Socket;
  private buffered: BufferedProtocol | null = null;
  /** What the loop has received for this transport, until its turn. */
  private arrived: Buffer | null = null;
  /** How much is to be expected. What is large is received in this transport's turn, to be sent on while it is in the cache. */
  private expectedByteCount = 0;
  /** Or the `-errno` that it was refused with; the system tells an error only once. */
  private refusal = 0;
  private sender: Sender | null = null;
  private eofRequested = false;
  private readonly localRecord: string | null;
  private readonly peerRecord: string | null;

  constructor(
    loop: NetworkLoop,
    sock: Socket,
    protocol: StreamProtocol,
    options: SocketTransportOptions = {},
  ) {
    // The slot first: it refuses a socket that is closed, or another loop's.
    super(loop, loop.io.slotOfSocket(sock, 'new transport'), protocol);
    this.owner = options.owner ?? null;
    this.sock = sock;
    this.localRecord = localRecordOf(sock);
    this.peerRecord = peerRecordOf(sock);
    this.setProtocol(protocol);
    disableNagle(sock);
    this.slot.receiver = this;
    this.owner?.attach();
    this.startSoon(options.waiter ?? null);
  }

  override setProtocol(protocol: BaseProtocol): void {
    super.setProtocol(protocol);
    this.buffered = isBufferedProtocol(protocol) ? protocol : null;
  }

  /** @internal Receiver. */
  get receiveByteCount(): number {
    if (this.buffered !== null || isLarge(this.expectedByteCount)) return 0;
    return this.arrived === null && this.refusal === 0 ? RECEIVE_BYTES : 0;
  }

  /** @internal Receiver. The end of the stream can be received once more, in this transport's turn. */
  received(result: number): void {
    if (result > 0) this.arrived = this.take(result, RECEIVE_BYTES);
    else if (result < 0) {
      if (isNotNow(result)) return;
      this.refusal = result;
    }
    this.ready();
  }

  write(data: Uint8Array): void {
    requireBytes('write', data);
    if (this.eofRequested) throw new RuntimeError('Cannot call write() after writeEof()');
    if (data.length === 0) return;
    if (this.closing) this.noteLostWrite();
    else if (this.sender !== null) this.sender.write(data);
    else {
      const result = this.sendNow(data);
      if (result !== data.length) this.makeSender().keepRest(data, result);
    }
  }

  writeLines(list: Iterable<Uint8Array>): void {
    if (this.eofRequested) throw new RuntimeError('Cannot call writeLines() after writeEof()');
    const pieces = [...list];
    for (const data of pieces) requireBytes('writeLines', data);
    if (pieces.length === 0) return;
    if (this.closing) this.noteLostWrite();
    else this.makeSender().writeAll(pieces);
  }

  writeEof(): void {
    if (this.closing || this.eofRequested) return;
    this.eofRequested = true;
    if (this.getWriteBufferSize() === 0) this.sendEof();
  }

  canWriteEof(): boolean {
    return true;
  }

  getWriteBufferSize(): number {
    return this.sender === null ? 0 : this.sender.queue.byteCount;
  }

  /** @internal */
  sendNow(data: Uint8Array): number {
    return this.loop.kernel.sockets.send(this.sock.fd, data, 0, data.length, 0);
  }

  /** @internal */
  sendQueued(queue: WriteQueue): number {
    return queue.sendTo(this.loop.kernel.sockets, this.sock.fd);
  }

  /** @internal The queue has been sent: does what waited for that. In the transport's turn. */
  queueSent(): void {
    if (this.lost) return;
    if (this.closing) this.endNow();
    else if (this.eofRequested) this.sendEof();
  }

  /** @internal A send was refused. */
  sendFailed(result: number): void {
    this.fatalError(osError(result, 'send', this.sock.toString()), 'Fatal write error on socket transport');
  }

  override toString(): string {
    const reading = this.reading ? 'reading' : 'not reading';
    return `<SocketTransport ${this.describeState()} ${reading} unsent=${this.getWriteBufferSize()} ${this.sock}>`;
  }

  protected override beginReading(): void {
    super.beginReading();
    if (this.arrived !== null || this.refusal !== 0) this.ready();
  }

  protected override info(name: string): unknown {
    return socketInfo(name, this.sock, this.localRecord, this.peerRecord);
  }

  protected override discardWrites(): void {
    this.sender?.discard();
  }

  protected override releaseDescriptor(): void {
    try {
      this.sock.close();
    } finally {
      this.owner?.detach();
    }
  }

  protected override receive(): void {
    const { arrived, refusal } = this;
    if (this.buffered !== null) {
      this.receiveInto(this.buffered);
    } else if (arrived !== null) {
      this.arrived = null;
      this.deliver(arrived);
    } else {
      const { arena } = this.loop.io;
      const expected = this.expectedByteCount;
      const result = refusal === 0 ? arena.receiveStream(this.sock.fd, RECEIVE_BYTES, expected) : refusal;
      if (result > 0) this.deliver(this.take(result, arena.askedByteCount));
      else this.receivedNothing(result);
    }
  }

  private makeSender(): Sender {
    this.sender ??= new Sender(this);
    return this.sender;
  }

  private take(byteCount: number, askedByteCount: number): Buffer {
    this.expectedByteCount = expectedAfter(byteCount, askedByteCount);
    return this.loop.io.arena.take(byteCount);
  }

  private deliver(data: Buffer): void {
    try {
      (this.protocol as Protocol).dataReceived(data);
    } catch (error) {
      this.fatalError(error, 'Fatal error: protocol.dataReceived() call failed.');
    }
  }

  private receiveInto(protocol: BufferedProtocol): void {
    let buffer: Uint8Array;
    try {
      buffer = protocol.getBuffer(-1);
      if (buffer.length === 0) throw new RuntimeError('getBuffer() returned an empty buffer');
    } catch (error) {
      this.fatalError(error, 'Fatal error: protocol.getBuffer() call failed.');
      return;
    }
    const result = this.arrived === null ? this.receiveNow(buffer) : this.moveArrived(this.arrived, buffer);
    if (result > 0) this.deliverInto(protocol, result);
    else this.receivedNothing(result);
  }

  private receiveNow(buffer: Uint8Array): number {
    if (this.refusal !== 0) return this.refusal;
    return this.loop.kernel.sockets.recv(this.sock.fd, buffer, 0, buffer.length, 0);
  }

  /** For a protocol that has followed one without a buffer. What does not fit has another turn. */
  private moveArrived(arrived: Buffer, buffer: Uint8Array): number {
    const byteCount = Math.min(arrived.length, buffer.length);
    buffer.set(arrived.subarray(0, byteCount));
    this.arrived = byteCount < arrived.length ? arrived.subarray(byteCount) : null;
    if (this.arrived !== null) this.ready();
    return byteCount;
  }

  private deliverInto(protocol: BufferedProtocol, byteCount: number): void {
    try {
      protocol.bufferUpdated(byteCount);
    } catch (error) {
      this.fatalError(error, 'Fatal error: protocol.bufferUpdated() call failed.');
    }
  }

  /** Everything that a receive may answer but bytes. */
  private receivedNothing(result: number): void {
    if (isNotNow(result)) return;
    if (result < 0) {
      this.fatalError(osError(result, 'recv', this.sock.toString()), 'Fatal read error on socket transport');
      return;
    }
    let keepOpen: unknown;
    try {
      keepOpen = (this.protocol as StreamProtocol).eofReceived();
    } catch (error) {
      this.fatalError(error, 'Fatal error: protocol.eofReceived() call failed.');
      return;
    }
    // Nothing more will come, and the end of the stream stays readable: waiting for it would never let the loop sleep.
    if (keepOpen) this.stopReading();
    else this.close();
  }

  private sendEof(): void {
    const result = this.loop.kernel.sockets.shutdown(
      this.sock.fd,
      this.sock.kernel.constants.SHUT_WR as number,
    );
    // ENOTCONN: the other side has reset the connection; reading will say so, or has.
    if (result < 0 && !this.lost && !this.mayReceive) {
      this.forceClose(osError(result, 'shutdown', this.sock.toString()));
    }
  }
}

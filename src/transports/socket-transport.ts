/**
 * A stream socket and its protocol: TCP and unix connections.
 *
 * Reading: one `recv` for each event, and what it got goes to the protocol. A connection whose peer sends without end so takes
 * its turn with all others. Interest in reading stays with the kernel for as long as the transport reads.
 *
 * Writing: at once, where nothing is queued; what the kernel does not take is queued, and sent in as few calls as possible when
 * there is room. Life and death: `transport-core.ts`.
 *
 * | reading | entered by                          | the slot's reader | an event                      |
 * |---------|-------------------------------------|-------------------|-------------------------------|
 * | on      | connectionMade, resumeReading       | this              | queues this, which receives   |
 * | paused  | pauseReading                        | none              | –                             |
 * | over    | end of stream, close, a fatal error | none              | –                             |
 */

import { enterContext, leaveContext } from '../base/context.ts';
import { RuntimeError } from '../base/errors.ts';
import type { Future } from '../futures/future.ts';
import { osError } from '../kernel/errno.ts';
import type { SocketCalls } from '../kernel/kernel.ts';
import type { IoSlot } from '../loop/io-waiters.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';
import type { Runnable } from '../loop/ready-queue.ts';
import { type ReceiveArena, STREAM_ROOM_BYTES } from '../loop/receive-arena.ts';
import type { Socket } from '../sockets/socket.ts';
import type { BaseProtocol } from './base.ts';
import { FlowControl } from './flow-control.ts';
import type { NetworkLoop } from './network-loop.ts';
import type { TransportOwner } from './owner.ts';
import { type BufferedProtocol, isBufferedProtocol, type Protocol, type StreamProtocol } from './protocol.ts';
import { isNotNow, Sender, type Sending } from './sender.ts';
import { disableNagle, requireBytes, socketInfo } from './socket-info.ts';
import type { Transport, WriteBufferLimits } from './transport.ts';
import { TransportCore } from './transport-core.ts';
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

export class SocketTransport extends TransportCore implements Transport, Sending, ReadinessWaiter, Runnable {
  /** @internal */
  readonly persistent = true;
  /** @internal */
  readonly sock: Socket;
  /** @internal */
  readonly slot: IoSlot;
  /** @internal */
  readonly flow: FlowControl;
  private readonly sockets: SocketCalls;
  private readonly memory: ReceiveArena;
  private readonly sender: Sender;
  private readonly owner: TransportOwner | null;
  private buffered: BufferedProtocol | null = null;
  private reading = false;
  private paused = false;
  /** True while this is in the ready queue. */
  private queued = false;
  private eofRequested = false;

  constructor(
    loop: NetworkLoop,
    sock: Socket,
    protocol: StreamProtocol,
    options: SocketTransportOptions = {},
  ) {
    // The slot first: it refuses a socket that is closed, or another loop's.
    const slot = loop.io.slotOfSocket(sock, 'new transport');
    super(loop, protocol, socketInfo(sock));
    this.sock = sock;
    this.slot = slot;
    this.sockets = loop.kernel.sockets;
    this.memory = loop.io.arena;
    this.flow = new FlowControl(this);
    this.sender = new Sender(this);
    this.owner = options.owner ?? null;
    this.setProtocol(protocol);
    disableNagle(sock);
    this.owner?.attach(this);
    this.startSoon(options.waiter ?? null);
  }

  override setProtocol(protocol: BaseProtocol): void {
    super.setProtocol(protocol);
    this.buffered = isBufferedProtocol(protocol) ? protocol : null;
  }

  isReading(): boolean {
    return !this.closing && !this.paused;
  }

  pauseReading(): void {
    if (!this.isReading()) return;
    this.paused = true;
    this.stopReading();
  }

  resumeReading(): void {
    if (this.closing || !this.paused) return;
    this.paused = false;
    this.beginReading();
  }

  write(data: Uint8Array): void {
    requireBytes('write', data);
    if (this.eofRequested) throw new RuntimeError('Cannot call write() after writeEof()');
    if (data.length === 0) return;
    if (this.closing) this.noteLostWrite();
    else this.sender.write(data);
  }

  writeLines(list: Iterable<Uint8Array>): void {
    if (this.eofRequested) throw new RuntimeError('Cannot call writeLines() after writeEof()');
    const pieces = [...list];
    for (const data of pieces) requireBytes('writeLines', data);
    if (pieces.length === 0) return;
    if (this.closing) this.noteLostWrite();
    else this.sender.writeAll(pieces);
  }

  writeEof(): void {
    if (this.closing || this.eofRequested) return;
    this.eofRequested = true;
    if (this.sender.queue.byteCount === 0) this.sendEof();
  }

  canWriteEof(): boolean {
    return true;
  }

  getWriteBufferSize(): number {
    return this.sender.queue.byteCount;
  }

  getWriteBufferLimits(): [low: number, high: number] {
    return [this.flow.low, this.flow.high];
  }

  setWriteBufferLimits(limits?: WriteBufferLimits): void {
    this.flow.setLimits(limits);
  }

  /** @internal */
  ready(): void {
    if (this.queued) return;
    this.queued = true;
    this.loop.ready.push(this);
  }

  /** @internal The socket was closed by somebody else. */
  closed(error: Error): void {
    this.forceClose(error);
  }

  /** @internal */
  describe(): string {
    return `the transport of ${this.sock}`;
  }

  /** @internal Receives, in its turn. */
  runReady(): void {
    this.queued = false;
    if (!this.reading) return;
    const previous = enterContext(this.context);
    try {
      if (this.buffered === null) this.receive();
      else this.receiveInto(this.buffered);
    } finally {
      leaveContext(previous);
    }
  }

  /** @internal */
  sendNow(data: Uint8Array): number {
    return this.sockets.send(this.sock.fd, data, 0, data.length, 0);
  }

  /** @internal */
  sendQueued(queue: WriteQueue): number {
    return queue.sendTo(this.sockets, this.sock.fd);
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
    if (this.reading || !this.isReading()) return;
    this.loop.io.setReader(this.slot, this);
    this.reading = true;
  }

  protected override stopReading(): void {
    if (!this.reading) return;
    this.reading = false;
    if (this.slot.reader === this) this.loop.io.clearReader(this.slot);
  }

  protected override discardWrites(): void {
    this.sender.discard();
  }

  protected override unsentByteCount(): number {
    return this.sender.queue.byteCount;
  }

  protected override releaseDescriptor(): void {
    try {
      this.sock.close();
    } finally {
      this.owner?.detach(this);
    }
  }

  private receive(): void {
    const result = this.memory.receive(this.sock.fd, RECEIVE_BYTES, STREAM_ROOM_BYTES);
    if (result > 0) this.deliver(this.memory.take(result));
    else this.receivedNothing(result);
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
    const result = this.sockets.recv(this.sock.fd, buffer, 0, buffer.length, 0);
    if (result > 0) this.deliverInto(protocol, result);
    else this.receivedNothing(result);
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
    const result = this.sockets.shutdown(this.sock.fd, this.sock.kernel.constants.SHUT_WR as number);
    // ENOTCONN: the other side has reset the connection; reading will say so, or has.
    if (result < 0 && !this.lost && !this.reading && !this.paused) {
      this.forceClose(osError(result, 'shutdown', this.sock.toString()));
    }
  }
}

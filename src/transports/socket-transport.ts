/**
 * A stream socket and its protocol: TCP and unix connections.
 *
 * Reading: one `recv` for each event, and what it got goes to the protocol. So a connection whose peer sends
 * without end takes its turn with all others. Interest in reading stays with the kernel for as long as the
 * transport reads. Where possible the loop receives for many transports in one call, and each has its turn
 * after that. What happens in between counts:
 *
 * | between receiving and the turn | what has arrived                                                |
 * |--------------------------------|-----------------------------------------------------------------|
 * | pauseReading()                 | is held, until resumeReading()                                  |
 * | setProtocol()                  | goes to the new protocol, piece by piece into a buffer of its   |
 * | close(), abort()               | is dropped, as if it had not been received                      |
 * | a write is refused             | goes to the protocol, and so does what the kernel still holds   |
 *
 * Reading and its pauses: `reading-side.ts`. Writing: `stream-sender.ts`. Life and death:
 * `transport-core.ts`.
 */

import { OSError } from '../base/errors.ts';
import type { Future } from '../futures/future.ts';
import { isNotNow, osError } from '../kernel/os-error.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Receiver } from '../loop/receive-batch.ts';
import { StreamIntake } from '../loop/stream-intake.ts';
import type { FileSource } from '../sockets/file-source.ts';
import type { Socket } from '../sockets/socket.ts';
import { requireAnswer } from './async-callback.ts';
import type { BaseProtocol } from './base.ts';
import type { ClientCount } from './client-count.ts';
import { disableNagle } from './nagle.ts';
import {
  type BufferedProtocol,
  isBorrowing,
  isBufferedProtocol,
  type Protocol,
  type StreamProtocol,
  takesLastBytes,
} from './protocol.ts';
import { bufferOf } from './protocol-buffer.ts';
import { ReadingSide, type ReceivingTransport } from './reading-side.ts';
import { localRecordOf, peerRecordOf, socketInfo } from './socket-info.ts';
import { type SendingTransport, SocketSink, StreamSender } from './stream-sender.ts';
import type { Transport } from './transport.ts';
import { TransportCore } from './transport-core.ts';

/** Maximum number of bytes received in one turn; asyncio's number. */
const RECEIVE_BYTES = 256 * 1024;

/** What a transport can be made with besides its socket and protocol. */
export interface SocketTransportOptions {
  /** Completed after connectionMade. */
  readonly waiter?: Future<void> | undefined;
  /** Counts the connections of the server that accepted it. */
  readonly clients?: ClientCount | undefined;
}

export class SocketTransport
  extends TransportCore
  implements Transport, SendingTransport, ReceivingTransport, Receiver
{
  /** @internal Of the server that accepted it. */
  readonly clients: ClientCount | null;
  /** @internal Receiver. */
  readonly reader = new ReadingSide(this);
  private readonly sock: Socket;
  private readonly intake: StreamIntake;
  private buffered: BufferedProtocol | null = null;
  /** @internal */
  sender: StreamSender | null = null;
  /** What a send was refused with: the connection ends with it when the last bytes have been received. */
  private sendError: OSError | null = null;
  private readonly localRecord: string | null;
  private readonly peerRecord: string | null;

  constructor(loop: LoopCore, sock: Socket, protocol: StreamProtocol, options: SocketTransportOptions = {}) {
    // The slot first: it refuses a socket that is closed, or another loop's.
    super(loop, loop.io.slotOfSocket(sock, 'new transport'), protocol);
    this.clients = options.clients ?? null;
    this.sock = sock;
    this.intake = new StreamIntake(loop.io.arena);
    this.localRecord = localRecordOf(sock);
    this.peerRecord = peerRecordOf(sock);
    this.setProtocol(protocol);
    disableNagle(sock);
    this.slot.receiver = this;
    this.clients?.attach();
    this.startSoon(options.waiter ?? null);
  }

  override setProtocol(protocol: BaseProtocol): void {
    super.setProtocol(protocol);
    this.buffered = isBufferedProtocol(protocol) ? protocol : null;
    this.reader.takeOffer();
  }

  override isClosing(): boolean {
    return this.closing || this.sendError !== null;
  }

  override close(): void {
    if (this.sendError === null) super.close();
    else this.forceClose(this.sendError);
  }

  /** @internal Whether nothing more will be received. */
  get hasEnded(): boolean {
    return this.reader.isOver;
  }

  isReading(): boolean {
    return !this.closing && this.reader.isReading;
  }

  pauseReading(): void {
    if (this.closing) return;
    if (this.sendError === null) this.reader.pause();
    else if (!takesLastBytes(this.protocol)) this.forceClose(this.sendError);
  }

  resumeReading(): void {
    if (!this.closing) this.reader.resume();
  }

  /** @internal Receiver. */
  get receiveByteCount(): number {
    if (this.buffered !== null || this.holdsReceived) return 0;
    if (this.intake.isWorthLending && isBorrowing(this.protocol)) return 0;
    return this.intake.batchByteCount(RECEIVE_BYTES);
  }

  /** @internal Receiver. */
  received(result: number): void {
    if (this.intake.hold(result, RECEIVE_BYTES)) this.reader.ready();
  }

  /** @internal */
  get holdsReceived(): boolean {
    return !this.intake.isEmpty || this.sendError !== null;
  }

  write(data: Uint8Array): void {
    this.sending.write(data);
  }

  writeLines(list: Iterable<Uint8Array>): void {
    this.sending.writeLines(list);
  }

  writeEof(): void {
    const { sending } = this;
    if (this.closing || sending.ended) return;
    sending.ended = true;
    if (sending.isEmpty) this.sendEof();
  }

  /** @internal Sends a file behind what was written; nothing can be written before its end. */
  sendFile(source: FileSource): Future<number> {
    return this.sending.sendFile(source, this.sock);
  }

  canWriteEof(): boolean {
    return true;
  }

  getWriteBufferSize(): number {
    return this.sender === null ? 0 : this.sender.unsentByteCount;
  }

  /** @internal The queue has shrunk; does what waited for its end. In the transport's turn. */
  drained(): void {
    if (this.lost) return;
    this.flow.resumeIfDrained();
    // The protocol may have written again, or ended it all.
    if (this.lost || this.getWriteBufferSize() > 0 || this.sender?.startFile() === true) return;
    if (this.closing) this.endNow();
    else if (this.sender?.ended === true) this.sendEof();
  }

  /**
   * @internal A send was refused. What the peer had sent before comes first: it may say why, as an early
   *   "413" does.
   */
  sendFailed(reason: unknown): void {
    const error = typeof reason === 'number' ? osError(reason, 'send', this.sock.toString()) : reason;
    const mayHear = this.reader.isReading || takesLastBytes(this.protocol);
    if (this.closing || this.reader.isOver || !mayHear || !(error instanceof OSError)) {
      this.fatalError(error, 'Fatal write error on socket transport');
      return;
    }
    // Perhaps in the middle of a protocol's call: what is left is received in turns of its own.
    this.sendError ??= error;
    this.discardWrites();
    this.reader.resume();
    this.reader.ready();
  }

  override toString(): string {
    const reading = this.isReading() ? 'reading' : 'not reading';
    return `<SocketTransport ${this.describeState()} ${reading} unsent=${this.getWriteBufferSize()} ${this.sock}>`;
  }

  protected override beginReading(): void {
    this.reader.begin();
  }

  protected override stopReading(): void {
    this.reader.end();
  }

  protected override info(name: string): unknown {
    return socketInfo(name, this.sock, this.localRecord, this.peerRecord);
  }

  protected override hasUnsent(): boolean {
    return this.sender !== null && !this.sender.isEmpty;
  }

  protected override discardWrites(): void {
    this.sender?.discard();
  }

  protected override releaseDescriptor(): void {
    try {
      this.sock.close();
    } finally {
      this.clients?.detach();
    }
  }

  /** @internal In the transport's turn. */
  receive(): void {
    if (this.buffered !== null) this.receiveInto(this.buffered);
    else if (this.holdsReceived || !isBorrowing(this.protocol)) this.receiveBytes();
    else this.reader.offerTo(this.protocol);
  }

  /**
   * @internal Receives in the turn of the coroutine that reads, into memory that is lent to it. `null`:
   *   nothing has come; if it is the end or an error, the protocol knows.
   */
  lend(byteCount: number): Buffer | null {
    if (!this.reader.takeOffer() || !this.isReading() || this.holdsReceived) return null;
    const received = this.intake.lend(this.sock.fd, byteCount);
    if (typeof received !== 'number') return received;
    this.takeTurn(() => this.receivedNothing(received));
    return null;
  }

  /** Made when it is needed first. */
  private get sending(): StreamSender {
    this.sender ??= new StreamSender(this, new SocketSink(this.loop, this.sock), this.loop.io.sends);
    return this.sender;
  }

  private deliver(data: Buffer): void {
    try {
      const returned: unknown = (this.protocol as Protocol).dataReceived(data);
      if (returned !== undefined) this.receivedBy('dataReceived', returned);
    } catch (error) {
      this.fatalError(error, 'Fatal error: protocol.dataReceived() call failed.');
    }
  }

  private receiveBytes(): void {
    this.reader.takeOffer();
    const received = this.intake.next(this.sock.fd, RECEIVE_BYTES);
    if (typeof received === 'number') this.receivedNothing(received);
    else {
      this.deliver(received);
      if (this.sendError !== null) this.reader.ready();
    }
  }

  private receiveInto(protocol: BufferedProtocol): void {
    let buffer: Uint8Array;
    let result: number;
    try {
      buffer = bufferOf(protocol);
      result = this.intake.nextInto(this.sock.fd, buffer);
    } catch (error) {
      this.fatalError(error, 'Fatal error: protocol.getBuffer() call failed.');
      return;
    }
    if (result <= 0) {
      this.receivedNothing(result);
      return;
    }
    if (!this.intake.isEmpty) this.reader.ready();
    try {
      this.receivedBy('bufferUpdated', this.loop.io.arena.lent.tellOf(buffer, result, protocol));
    } catch (error) {
      this.fatalError(error, 'Fatal error: protocol.bufferUpdated() call failed.');
    }
    if (this.sendError !== null) this.reader.ready();
  }

  /** Everything that a receive may answer but bytes. */
  private receivedNothing(result: number): void {
    const { sendError } = this;
    if (result < 0 && sendError !== null) {
      this.forceClose(sendError);
      return;
    }
    if (isNotNow(result)) return;
    if (result < 0) {
      this.fatalError(osError(result, 'recv', this.sock.toString()), 'Fatal read error on socket transport');
      return;
    }
    // Nothing more will come, and the end of the stream stays readable: waiting for it would never let the
    // loop sleep.
    this.reader.end();
    let keepOpen: boolean;
    try {
      keepOpen = requireAnswer((this.protocol as StreamProtocol).eofReceived());
    } catch (error) {
      this.fatalError(error, 'Fatal error: protocol.eofReceived() call failed.');
      return;
    }
    if (sendError !== null) this.forceClose(sendError);
    else if (!keepOpen) this.close();
  }

  private sendEof(): void {
    const { SHUT_WR } = this.sock.kernel.constants;
    const result = this.loop.kernel.sockets.shutdown(this.sock.fd, SHUT_WR as number);
    // ENOTCONN: the peer has reset the connection; reading will say so, or has.
    if (result < 0 && !this.lost && this.reader.isOver) {
      this.forceClose(osError(result, 'shutdown', this.sock.toString()));
    }
  }
}

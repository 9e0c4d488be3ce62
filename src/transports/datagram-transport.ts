/**
 * A socket of messages and its protocol: UDP, and unix datagrams.
 *
 * Each event brings one message to the protocol. What the system refuses goes to `errorReceived`, and the
 * transport goes on: a message that nobody received is no reason not to send the next one.
 *
 * Reading: `reading-side.ts`. Writing: `writing-side.ts`, `datagram-queue.ts`. Life and death:
 * `transport-core.ts`.
 */

import {
  ADDRESS_RECORD_BYTES,
  type AddressInput,
  decodeAddress,
  encodeAddress,
} from '../addresses/address.ts';
import { requireBytes } from '../base/arguments.ts';
import type { Future } from '../futures/future.ts';
import { isNotNow, osError } from '../kernel/os-error.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { formatAddress } from '../sockets/describe-socket.ts';
import type { Socket } from '../sockets/socket.ts';
import { DatagramQueue, DatagramSink } from './datagram-queue.ts';
import type { DatagramProtocol } from './protocol.ts';
import { ReadingSide, type ReceivingTransport } from './reading-side.ts';
import { localRecordOf, peerRecordOf, socketInfo } from './socket-info.ts';
import type { DatagramTransport } from './transport.ts';
import { TransportCore } from './transport-core.ts';
import { WritingSide, type WritingTransport } from './writing-side.ts';

/**
 * The largest message there may be: UDP has 64 KiB, unix datagrams what the send buffer takes. asyncio's
 * number.
 */
const MESSAGE_BYTES_MAX = 256 * 1024;

/**
 * Per thread. Written by one call and copied from right after. Not the loop's arena: room for the largest
 * message each time would use up a block a message.
 */
let scratch: Uint8Array | null = null;
const record = new Uint8Array(ADDRESS_RECORD_BYTES);

/** What a datagram transport can be made with besides its socket and protocol. */
export interface DatagramTransportOptions {
  /** Completed after connectionMade. */
  readonly waiter?: Future<void> | undefined;
  /** The only address to send to. */
  readonly remote?: AddressInput | null | undefined;
}

export class SocketDatagramTransport
  extends TransportCore
  implements DatagramTransport, ReceivingTransport, WritingTransport
{
  /** @internal Nothing is received ahead of its turn. */
  readonly holdsReceived = false;
  private readonly sock: Socket;
  private readonly sink: DatagramSink;
  private readonly reading = new ReadingSide(this);
  private readonly writing: WritingSide<DatagramQueue>;
  private readonly remote: AddressInput | null;
  private readonly localRecord: string | null;
  private readonly peerRecord: string | null;

  constructor(
    loop: LoopCore,
    sock: Socket,
    protocol: DatagramProtocol,
    options: DatagramTransportOptions = {},
  ) {
    super(loop, loop.io.slotOfSocket(sock, 'new transport'), protocol);
    this.sock = sock;
    this.remote = options.remote ?? null;
    this.localRecord = localRecordOf(sock);
    this.peerRecord = peerRecordOf(sock);
    this.sink = new DatagramSink(loop, sock.fd, this.connected);
    const hasLanes = !this.connected && sock.family === sock.kernel.constants.AF_UNIX;
    this.writing = new WritingSide(this, new DatagramQueue(this.sink, hasLanes));
    this.startSoon(options.waiter ?? null);
  }

  sendto(data: Uint8Array, address: AddressInput | null = null): void {
    this.sendAs('sendto', data, address);
  }

  /** @internal {@link sendto} for a call of another name, for messages. */
  sendAs(call: string, data: Uint8Array, address: AddressInput | null): void {
    requireBytes(call, 'data', data);
    const to = this.addressOf(call, address);
    if (this.closing) {
      this.noteLostWrite();
      return;
    }
    const byteCount =
      to === null ? 0 : encodeAddress(this.sock.kernel.constants, call, this.sock.family, to, record);
    const { queue } = this.writing;
    const target = record.subarray(0, byteCount);
    if (queue.byteCount === 0 || !queue.isBehindOthers(target)) {
      const result = this.sink.send(data, record, byteCount);
      if (result >= 0) return;
      if (!isNotNow(result)) {
        this.sendFailed(result);
        return;
      }
    }
    queue.push(data, target);
    this.writing.wait();
  }

  isReading(): boolean {
    return !this.closing && this.reading.isReading;
  }

  /** As of a stream: what comes meanwhile waits in the system, which drops what is too much. */
  pauseReading(): void {
    if (!this.closing) this.reading.pause();
  }

  resumeReading(): void {
    if (!this.closing) this.reading.resume();
  }

  getWriteBufferSize(): number {
    return this.writing.queue.byteCount;
  }

  /** @internal The system does not take a message. */
  sendFailed(reason: unknown): void {
    const error = typeof reason === 'number' ? osError(reason, 'sendto', this.sock.toString()) : reason;
    this.errorReceived(error as Error);
  }

  /** @internal The queue has shrunk. In the transport's turn. */
  drained(): void {
    if (this.lost) return;
    this.flow.resumeIfDrained();
    if (!this.lost && this.closing && this.getWriteBufferSize() === 0) this.endNow();
  }

  override toString(): string {
    return `<DatagramTransport ${this.describeState()} unsent=${this.getWriteBufferSize()} ${this.sock}>`;
  }

  protected override info(name: string): unknown {
    return socketInfo(name, this.sock, this.localRecord, this.peerRecord);
  }

  protected override beginReading(): void {
    this.reading.begin();
  }

  protected override stopReading(): void {
    this.reading.end();
  }

  protected override discardWrites(): void {
    this.writing.discard();
  }

  protected override releaseDescriptor(): void {
    this.sock.close();
  }

  /** @internal In the transport's turn. */
  receive(): void {
    scratch ??= new Uint8Array(MESSAGE_BYTES_MAX);
    const { sockets } = this.loop.kernel;
    const result = sockets.recvfrom(this.sock.fd, scratch, 0, MESSAGE_BYTES_MAX, 0, record);
    this.loop.instruments?.ioCall.tell('recvfrom', this.sock.fd, result);
    if (result < 0) {
      if (!isNotNow(result)) this.errorReceived(osError(result, 'recvfrom', this.sock.toString()));
      return;
    }
    const data = Buffer.from(scratch.subarray(0, result));
    this.callProtocol('datagramReceived', () => {
      const address = decodeAddress(this.sock.kernel.constants, record);
      return (this.protocol as DatagramProtocol).datagramReceived(data, address);
    });
  }

  private get connected(): boolean {
    return this.peerRecord !== null;
  }

  private errorReceived(error: Error): void {
    this.callProtocol('errorReceived', () => (this.protocol as DatagramProtocol).errorReceived(error));
  }

  /** The address to send to; `null` if the socket has a peer. */
  private addressOf(call: string, address: AddressInput | null): AddressInput | null {
    const { remote } = this;
    if (remote !== null) {
      if (address === null || sameAddress(address, remote)) return remote;
      throw new RangeError(`${call}: the address must be left out, or be ${formatAddress(remote as never)}`);
    }
    if (address === null && !this.connected) {
      throw new RangeError(`${call}: an address is needed, ${this.sock} is not connected`);
    }
    return address;
  }
}

function sameAddress(a: AddressInput, b: AddressInput): boolean {
  return formatAddress(a as never) === formatAddress(b as never);
}

/**
 * A socket of messages and its protocol: UDP, and unix datagrams.
 *
 * Each event brings one message to the protocol. What the system refuses is told to `errorReceived`, and the transport goes on: a
 * message that nobody received is no reason not to send the next one. Life and death: `transport-core.ts`.
 */

import { enterContext, leaveContext } from '../base/context.ts';
import type { Future } from '../futures/future.ts';
import { osError } from '../kernel/errno.ts';
import type { SocketCalls } from '../kernel/kernel.ts';
import type { IoSlot } from '../loop/io-waiters.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';
import type { Runnable } from '../loop/ready-queue.ts';
import { ADDRESS_RECORD_BYTES, type AddressInput, decodeAddress, encodeAddress } from '../sockets/address.ts';
import { formatAddress } from '../sockets/describe-socket.ts';
import type { Socket } from '../sockets/socket.ts';
import { DatagramQueue } from './datagram-queue.ts';
import { FlowControl } from './flow-control.ts';
import type { NetworkLoop } from './network-loop.ts';
import type { DatagramProtocol } from './protocol.ts';
import { isNotNow } from './sender.ts';
import { requireBytes, socketInfo } from './socket-info.ts';
import type { DatagramTransport as DatagramTransportFace, WriteBufferLimits } from './transport.ts';
import { TransportCore } from './transport-core.ts';

/** The largest message there may be: UDP has 64 KiB, unix datagrams what the send buffer takes. asyncio's number. */
const MESSAGE_BYTES_MAX = 256 * 1024;

/** Per thread. Written by one call and copied from right after. */
let scratch: Uint8Array | null = null;
const record = new Uint8Array(ADDRESS_RECORD_BYTES);

/** What a datagram transport may be told besides its socket and protocol. */
export interface DatagramTransportOptions {
  /** Completed after connectionMade. */
  readonly waiter?: Future<void> | undefined;
  /** The only address to send to. */
  readonly remote?: AddressInput | null | undefined;
}

export class DatagramTransport
  extends TransportCore
  implements DatagramTransportFace, ReadinessWaiter, Runnable
{
  /** @internal */
  readonly persistent = true;
  /** @internal */
  readonly flow = new FlowControl(this);
  private readonly sock: Socket;
  private readonly slot: IoSlot;
  private readonly sockets: SocketCalls;
  private readonly queue: DatagramQueue;
  private readonly remote: AddressInput | null;
  /** A connected socket takes no address, and some systems refuse one (EISCONN). */
  private readonly connected: boolean;
  private reading = false;
  private queued = false;

  constructor(
    loop: NetworkLoop,
    sock: Socket,
    protocol: DatagramProtocol,
    options: DatagramTransportOptions = {},
  ) {
    const slot = loop.io.slotOfSocket(sock, 'new transport');
    const info = socketInfo(sock);
    super(loop, protocol, info);
    this.sock = sock;
    this.slot = slot;
    this.sockets = loop.kernel.sockets;
    this.remote = options.remote ?? null;
    this.connected = info.peername !== null;
    this.queue = new DatagramQueue(this, loop, slot);
    this.startSoon(options.waiter ?? null);
  }

  sendto(data: Uint8Array, address: AddressInput | null = null): void {
    requireBytes('sendto', data);
    const to = this.addressOf(address);
    if (this.closing) {
      this.noteLostWrite();
      return;
    }
    const byteCount =
      to === null ? 0 : encodeAddress(this.sock.kernel.constants, 'sendto', this.sock.family, to, record);
    if (this.queue.length === 0) {
      const result = this.sendOne(data, record, byteCount);
      if (result >= 0) return;
      if (!isNotNow(result)) {
        this.sendRefused(result);
        return;
      }
    }
    this.queue.push(data, record.slice(0, byteCount));
    this.flow.pauseIfFull();
  }

  getWriteBufferSize(): number {
    return this.queue.byteCount;
  }

  getWriteBufferLimits(): [low: number, high: number] {
    return [this.flow.low, this.flow.high];
  }

  setWriteBufferLimits(limits?: WriteBufferLimits): void {
    this.flow.setLimits(limits);
  }

  /** @internal There is something to receive. */
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
      this.receive();
    } finally {
      leaveContext(previous);
    }
  }

  /** @internal */
  sendOne(data: Uint8Array, address: Uint8Array, addressByteCount: number): number {
    if (this.connected) return this.sockets.send(this.sock.fd, data, 0, data.length, 0);
    return this.sockets.sendto(this.sock.fd, data, 0, data.length, 0, address, addressByteCount);
  }

  /** @internal The system does not take a message. */
  sendRefused(result: number): void {
    this.errorReceived(osError(result, 'sendto', this.sock.toString()));
  }

  /** @internal The queue has shrunk; in the queue's turn. */
  queueSent(): void {
    if (this.lost) return;
    this.flow.resumeIfDrained();
    if (this.queue.length === 0 && this.closing) this.endNow();
  }

  override toString(): string {
    return `<DatagramTransport ${this.describeState()} unsent=${this.getWriteBufferSize()} ${this.sock}>`;
  }

  protected override beginReading(): void {
    this.loop.io.setReader(this.slot, this);
    this.reading = true;
  }

  protected override stopReading(): void {
    if (!this.reading) return;
    this.reading = false;
    if (this.slot.reader === this) this.loop.io.clearReader(this.slot);
  }

  protected override discardWrites(): void {
    this.queue.clear();
  }

  protected override unsentByteCount(): number {
    return this.queue.byteCount;
  }

  protected override releaseDescriptor(): void {
    this.sock.close();
  }

  private receive(): void {
    scratch ??= new Uint8Array(MESSAGE_BYTES_MAX);
    const result = this.sockets.recvfrom(this.sock.fd, scratch, 0, MESSAGE_BYTES_MAX, 0, record);
    if (result < 0) {
      if (!isNotNow(result)) this.errorReceived(osError(result, 'recvfrom', this.sock.toString()));
      return;
    }
    const data = Buffer.from(scratch.subarray(0, result));
    const address = decodeAddress(this.sock.kernel.constants, record);
    this.callProtocol('datagramReceived', () =>
      (this.protocol as DatagramProtocol).datagramReceived(data, address),
    );
  }

  private errorReceived(error: Error): void {
    this.callProtocol('errorReceived', () => (this.protocol as DatagramProtocol).errorReceived(error));
  }

  /** Whom to send to; `null` where the socket knows. */
  private addressOf(address: AddressInput | null): AddressInput | null {
    const { remote } = this;
    if (remote !== null) {
      if (address === null || sameAddress(address, remote)) return remote;
      throw new RangeError(`sendto: the address must be left out, or be ${formatAddress(remote as never)}`);
    }
    if (address === null && !this.connected) {
      throw new RangeError(`sendto: an address is needed, ${this.sock} is not connected`);
    }
    return address;
  }
}

function sameAddress(a: AddressInput, b: AddressInput): boolean {
  return formatAddress(a as never) === formatAddress(b as never);
}

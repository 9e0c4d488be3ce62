/**
 * A socket of messages and its protocol: UDP, and unix datagrams.
 *
 * Each event brings one message to the protocol. What the system refuses is told to `errorReceived`, and the transport goes on: a
 * message that nobody received is no reason not to send the next one. Life and death: `transport-core.ts`.
 */

import {
  ADDRESS_RECORD_BYTES,
  type AddressInput,
  decodeAddress,
  encodeAddress,
} from '../addresses/address.ts';
import type { Future } from '../futures/future.ts';
import { isNotNow, osError } from '../kernel/errno.ts';
import type { SocketCalls } from '../kernel/kernel.ts';
import { formatAddress } from '../sockets/describe-socket.ts';
import type { Socket } from '../sockets/socket.ts';
import { DatagramQueue } from './datagram-queue.ts';
import type { NetworkLoop } from './network-loop.ts';
import type { DatagramProtocol } from './protocol.ts';
import { ReadingTransport } from './reading-transport.ts';
import { localRecordOf, peerRecordOf, requireBytes, socketInfo } from './socket-info.ts';
import type { DatagramTransport as DatagramTransportFace } from './transport.ts';

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

export class DatagramTransport extends ReadingTransport implements DatagramTransportFace {
  private readonly sock: Socket;
  private readonly sockets: SocketCalls;
  private readonly queue: DatagramQueue;
  private readonly remote: AddressInput | null;
  private readonly localRecord: string | null;
  private readonly peerRecord: string | null;

  constructor(
    loop: NetworkLoop,
    sock: Socket,
    protocol: DatagramProtocol,
    options: DatagramTransportOptions = {},
  ) {
    super(loop, loop.io.slotOfSocket(sock, 'new transport'), protocol);
    this.sock = sock;
    this.sockets = loop.kernel.sockets;
    this.remote = options.remote ?? null;
    this.localRecord = localRecordOf(sock);
    this.peerRecord = peerRecordOf(sock);
    this.queue = new DatagramQueue(this, loop, this.slot);
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

  protected override info(name: string): unknown {
    return socketInfo(name, this.sock, this.localRecord, this.peerRecord);
  }

  protected override discardWrites(): void {
    this.queue.clear();
  }

  protected override releaseDescriptor(): void {
    this.sock.close();
  }

  protected override receive(): void {
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

  /** A connected socket takes no address, and some systems refuse one (EISCONN). */
  private get connected(): boolean {
    return this.peerRecord !== null;
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

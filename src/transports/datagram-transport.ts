/**
 * A socket of messages and its protocol: UDP, and unix datagrams.
 *
 * Messages that are there are fetched together and handed out one by one; several that are sent in one turn
 * go together (docs/decisions/0026-datagrams-in-batches.md). What the system refuses goes to
 * `errorReceived`, and the transport goes on: a message that nobody received is no reason not to send the
 * next one.
 *
 * Reading: `reading-side.ts`, `datagram-intake.ts`. Writing: `datagram-sender.ts`, `writing-side.ts`. Life
 * and death: `transport-core.ts`.
 */

import { ADDRESS_RECORD_BYTES, type AddressInput, encodeAddress } from '../addresses/address.ts';
import { requireBytes } from '../base/arguments.ts';
import { isInterrupt } from '../coroutines/thrown.ts';
import type { Future } from '../futures/future.ts';
import { osError } from '../kernel/os-error.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { formatAddress } from '../sockets/describe-socket.ts';
import type { Socket } from '../sockets/socket.ts';
import { DatagramIntake, type IncomingMessage } from './datagram-intake.ts';
import { DatagramSender, type MessagingTransport } from './datagram-sender.ts';
import type { DatagramProtocol } from './protocol.ts';
import { ReadingSide, type ReceivingTransport } from './reading-side.ts';
import { localRecordOf, peerRecordOf, socketInfo } from './socket-info.ts';
import type { DatagramTransport } from './transport.ts';
import { TransportCore } from './transport-core.ts';

/**
 * How long one turn hands out messages, as soon as it is known: after the first, the second, the fourth, the
 * eighth. What is left then waits for the next turn.
 */
const TURN_MS = 1;

/** Per thread. Written by one call, and read from right after. */
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
  implements DatagramTransport, ReceivingTransport, MessagingTransport
{
  private readonly sock: Socket;
  private readonly intake: DatagramIntake;
  private readonly reading = new ReadingSide(this);
  private readonly sender: DatagramSender;
  private readonly remote: AddressInput | null;
  /** Whether messages go over a connection: then an empty one is its end, and is received for ever. */
  private readonly hasEnd: boolean;
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
    const { AF_UNIX, SOCK_SEQPACKET } = sock.kernel.constants;
    this.hasEnd = sock.family === AF_UNIX && sock.type === SOCK_SEQPACKET;
    this.localRecord = localRecordOf(sock);
    this.peerRecord = peerRecordOf(sock);
    this.intake = new DatagramIntake(loop, sock);
    this.sender = new DatagramSender(this, sock, this.connected);
    this.startSoon(options.waiter ?? null);
  }

  /** @internal Messages that were fetched together with one that is handed out. */
  get holdsReceived(): boolean {
    return this.intake.length > 0;
  }

  sendto(data: Uint8Array, address: AddressInput | null = null): void {
    this.submit('sendto', data, address, true);
  }

  /** @internal {@link sendto} for a call of another name, which hears of errors before it returns. */
  sendAs(call: string, data: Uint8Array, address: AddressInput | null): void {
    this.submit(call, data, address, false);
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
    return this.sender.unsentByteCount;
  }

  /** @internal The system does not take a message. */
  sendFailed(reason: unknown): void {
    const error = typeof reason === 'number' ? osError(reason, 'sendto', this.sock.toString()) : reason;
    this.errorReceived(error as Error);
  }

  /** @internal The system has not taken one of those that were sent together. */
  sendFailedBefore(reason: unknown): void {
    this.loop.callSoon(() => this.takeTurn(() => this.sendFailed(reason)));
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
    this.intake.clear();
  }

  protected override discardWrites(): void {
    this.sender.discard();
  }

  protected override releaseDescriptor(): void {
    this.sock.close();
  }

  /** @internal In the transport's turn. */
  receive(): void {
    const { intake } = this;
    const failure = intake.length > 0 ? 0 : intake.receive();
    if (failure < 0) this.errorReceived(osError(failure, 'recvfrom', this.sock.toString()));
    else if (intake.length === 1) this.handOut(intake.shift());
    else if (intake.length > 1) this.handOutAll();
  }

  /** Hands out several. What they are answered with at once is sent together. */
  private handOutAll(): void {
    const { intake, loop, reading } = this;
    const endMs = loop.kernel.nowMs() + TURN_MS;
    loop.io.sends.open();
    try {
      for (let count = 1; intake.length > 0 && this.isReading(); count++) {
        this.handOut(intake.shift());
        if ((count & (count - 1)) === 0 && loop.kernel.nowMs() > endMs) break;
      }
    } finally {
      if (intake.length > 0 && this.isReading()) reading.ready();
    }
  }

  private handOut({ data, address }: IncomingMessage): void {
    if (data.length === 0 && this.hasEnd) {
      this.close();
      return;
    }
    // As callProtocol, without a function a message.
    try {
      this.returnedBy(
        'datagramReceived',
        (this.protocol as DatagramProtocol).datagramReceived(data, address),
      );
    } catch (error) {
      if (isInterrupt(error)) throw error;
      this.callFailed('datagramReceived', error);
    }
  }

  private submit(call: string, data: Uint8Array, address: AddressInput | null, mayCollect: boolean): void {
    const to = this.addressOf(call, address);
    // An instrument that is told of a send may send, too, and this one's address is still needed then.
    const place = this.loop.instruments === null ? record : new Uint8Array(ADDRESS_RECORD_BYTES);
    const byteCount =
      to === null ? 0 : encodeAddress(this.sock.kernel.constants, call, this.sock.family, to, place);
    // After the address, whose getters could give the memory away.
    requireBytes(call, 'data', data);
    if (this.closing) {
      this.noteLostWrite();
      return;
    }
    this.sender.send(data, place, byteCount, mayCollect);
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

/** @param given whatever the caller gave */
function sameAddress(given: AddressInput, remote: AddressInput): boolean {
  if (typeof given !== 'string' && !Array.isArray(given) && !(given instanceof Uint8Array)) return false;
  return formatAddress(given as never) === formatAddress(remote as never);
}

import {
  ADDRESS_RECORD_BYTES,
  type Address,
  type AddressInput,
  decodeSender,
  encodeAddress,
  type InetAddress,
  ownAddress,
} from '../addresses/address.ts';
import { requireByteCount, requireBytes, requireBytesList, requireInt } from '../base/arguments.ts';
import { check } from '../kernel/errno.ts';
import { READABLE, WRITABLE } from '../kernel/kernel.ts';
import { hostResolver } from '../names/blocking-resolver.ts';
import {
  type Ancillary,
  type AncillaryInput,
  decodeAncillary,
  descriptorsIn,
  encodeAncillary,
} from './ancillary.ts';
import { type OutgoingMessage, packMessages, ReceivedBatch } from './message-batch.ts';
import { receiveFresh } from './receive-scratch.ts';
import { WaitingSocket } from './waiting-socket.ts';

/** What {@link MessageSocket.recvmsg} returns: `data`, or with `recvmsgInto` the number of bytes, comes first. */
export type ReceivedMessage<D, A> = [data: D, ancillary: Ancillary[], flags: number, address: A];

/** Room for ancillary data that no system exceeds (Linux: net.core.optmem_max). */
const ANCILLARY_BYTES_MAX = 256 * 1024;
const RECEIVE_BYTES_MAX = 2 ** 31 - 1;

/** Per thread. Written by one call and read right after; nothing runs in between. */
const record = new Uint8Array(ADDRESS_RECORD_BYTES);
const outcome = new Int32Array(2);

/**
 * A socket's calls on messages: with addresses, with ancillary data, several at once. {@link Socket} adds those on
 * connections.
 *
 * Datagrams keep their limits: a receive takes one message, and cuts off what does not fit (`MSG_TRUNC` in the flags that
 * `recvmsg` and `recvMany` return). A message may be empty; for datagrams that is not the end of anything.
 */
export class MessageSocket extends WaitingSocket {
  /**
   * Receives a message and who sent it.
   *
   * @param byteCount at most so many bytes.
   * @param flags `MSG_…`, or-ed.
   * @returns the bytes, and the sender's address in the forms of `getsockname`; `null` where the system names nobody
   *   (connected streams, unix sockets without a name). Say which: `sock.recvfrom<UnixAddress | null>(100)`.
   * @throws {TimeoutError | BlockingIOError} nothing came.
   * @throws {OSError} ECONNREFUSED: an earlier message of this connected datagram socket found nobody; and others.
   */
  recvfrom<A extends Address | null = InetAddress>(byteCount: number, flags = 0): [data: Buffer, address: A] {
    this.requireOpen('recvfrom');
    const count = requireByteCount('Socket.recvfrom', byteCount, RECEIVE_BYTES_MAX);
    requireInt('Socket.recvfrom', 'flags', flags);
    const data = receiveFresh(count, (buffer) => this.#receiveFrom('recvfrom', buffer, count, flags));
    return [data, this.#sender() as A];
  }

  /**
   * As {@link recvfrom}, into memory of the caller's. Python's `recvfrom_into`.
   *
   * @param byteCount at most so many bytes; the whole buffer when 0 or left out.
   * @returns how many bytes came, and the sender's address.
   */
  recvfromInto<A extends Address | null = InetAddress>(
    buffer: Uint8Array,
    byteCount = 0,
    flags = 0,
  ): [byteCount: number, address: A] {
    this.requireOpen('recvfromInto');
    const { length } = requireBytes('Socket.recvfromInto', 'buffer', buffer);
    const count = requireByteCount('Socket.recvfromInto', byteCount, length) || length;
    requireInt('Socket.recvfromInto', 'flags', flags);
    const received = this.#receiveFrom('recvfromInto', buffer, count, flags);
    return [received, this.#sender() as A];
  }

  /**
   * Sends a message to an address, waiting for room.
   *
   * @param address in the forms of `bind`; a name is resolved first.
   * @returns how many bytes were taken; all of them, for a datagram.
   * @throws {TimeoutError | BlockingIOError} there was no room.
   * @throws {OSError} EMSGSIZE (too long for one datagram), EISCONN, ENETUNREACH, EACCES (broadcast without
   *   `SO_BROADCAST`) and others, naming the address.
   */
  sendto(data: Uint8Array, address: AddressInput, flags = 0): number {
    const fd = this.requireOpen('sendto');
    // First: its getters could give the memory of the data away.
    const to = ownAddress(address);
    requireBytes('Socket.sendto', 'data', data);
    requireInt('Socket.sendto', 'flags', flags);
    const { sockets } = this.kernel;
    const byteCount = this.#encode('sendto', to);
    return this.waitingCall(
      'sendto',
      WRITABLE,
      () => sockets.sendto(fd, data, 0, data.length, flags, record, byteCount),
      address,
    );
  }

  /**
   * Receives a message with its ancillary data. Python's `recvmsg`.
   *
   * @param byteCount at most so many bytes.
   * @param ancillaryByteCount room for ancillary data, as {@link cmsgSpace} says; what does not fit is cut, with
   *   `MSG_CTRUNC` in the returned flags.
   * @returns `[data, ancillary, flags, address]`. Descriptors (`SCM_RIGHTS`) are close-on-exec, and from now on the
   *   caller's to close; those that were cut are closed already. {@link recvFds} makes them easy.
   */
  recvmsg<A extends Address | null = Address | null>(
    byteCount: number,
    ancillaryByteCount = 0,
    flags = 0,
  ): ReceivedMessage<Buffer, A> {
    const count = requireByteCount('Socket.recvmsg', byteCount, RECEIVE_BYTES_MAX);
    const buffer = Buffer.allocUnsafeSlow(count);
    const [received, ...rest] = this.#receiveMessage<A>('recvmsg', [buffer], ancillaryByteCount, flags);
    const data = buffer.subarray(0, received);
    return [data.length < count / 2 ? Buffer.from(data) : data, ...rest];
  }

  /**
   * As {@link recvmsg}, into memory of the caller's: fills the buffers in order. Python's `recvmsg_into`.
   *
   * @param buffers at most 1024.
   * @returns `[byteCount, ancillary, flags, address]`.
   */
  recvmsgInto<A extends Address | null = Address | null>(
    buffers: readonly Uint8Array[],
    ancillaryByteCount = 0,
    flags = 0,
  ): ReceivedMessage<number, A> {
    const parts = requireBytesList('Socket.recvmsgInto', 'buffers', buffers);
    return this.#receiveMessage<A>('recvmsgInto', parts, ancillaryByteCount, flags);
  }

  /**
   * Sends a message gathered from several buffers, with ancillary data. Python's `sendmsg`.
   *
   * @param buffers at most 1024; a stream needs at least one byte for ancillary data to travel with.
   * @param ancillary `[level, type, data]` each.
   * @param address where to; the connected peer unless told.
   * @returns how many bytes were taken. Ancillary data goes with the first of them.
   * @throws {TimeoutError | BlockingIOError} there was no room.
   * @throws {OSError} EMSGSIZE, EBADF (a descriptor to be passed is not open), ETOOMANYREFS, EPERM and others.
   */
  sendmsg(
    buffers: readonly Uint8Array[],
    ancillary: readonly AncillaryInput[] = [],
    flags = 0,
    address: AddressInput | null = null,
  ): number {
    const fd = this.requireOpen('sendmsg');
    // The lists in this order: getters of the first two could give the memory of the parts away.
    const to = address === null ? null : ownAddress(address);
    const control = encodeAncillary('Socket.sendmsg', ancillary);
    const parts = requireBytesList('Socket.sendmsg', 'buffers', buffers);
    requireInt('Socket.sendmsg', 'flags', flags);
    const { sockets } = this.kernel;
    const byteCount = to === null ? 0 : this.#encode('sendmsg', to);
    const attempt = (): number => sockets.sendmsg(fd, parts, flags, control, record, byteCount);
    return this.waitingCall('sendmsg', WRITABLE, attempt, address);
  }

  /**
   * Receives the messages that are there, waiting for the first one: with one system call for up to 64 of them
   * (`recvmmsg`), where the system has it.
   *
   * @param maxCount at most so many messages.
   * @param byteCount at most so many bytes of each.
   * @returns `[data, address, flags]` each; `MSG_TRUNC` in the flags of one that was longer than `byteCount`.
   */
  recvMany<A extends Address | null = InetAddress>(
    maxCount: number,
    byteCount: number,
    flags = 0,
  ): [data: Buffer, address: A, flags: number][] {
    const fd = this.requireOpen('recvMany');
    requireInt('Socket.recvMany', 'flags', flags);
    const { kernel } = this;
    const batch = ReceivedBatch.ofSize('Socket.recvMany', maxCount, byteCount);
    const count = this.waitingCall('recvMany', READABLE, () => batch.receive(kernel, fd, flags));
    return batch.take(count, kernel.constants, this.proto) as [Buffer, A, number][];
  }

  /**
   * Sends messages in order, as many as there is room for, waiting for room for the first one: with one system call for up
   * to 64 of them (`sendmmsg`), where the system has it.
   *
   * @param messages bytes for the connected peer, or `[data, address]` each; not both kinds in one call.
   * @returns how many messages were taken; the others are the caller's to send again. An error after the first is raised
   *   by the next call.
   * @throws {TimeoutError | BlockingIOError} there was no room.
   * @throws {OSError} as {@link sendto}, for the first message.
   */
  sendMany(messages: readonly OutgoingMessage[], flags = 0): number {
    const fd = this.requireOpen('sendMany');
    requireInt('Socket.sendMany', 'flags', flags);
    const { kernel, family } = this;
    const batches = packMessages(kernel, 'Socket.sendMany', family, messages, hostResolver(kernel));
    let sentCount = 0;
    for (const batch of batches) {
      const attempt = (): number => batch.send(kernel, fd, flags);
      const count = sentCount === 0 ? this.waitingCall('sendMany', WRITABLE, attempt) : attempt();
      if (count > 0) sentCount += count;
      if (count < batch.length) break;
    }
    return sentCount;
  }

  #encode(call: string, address: AddressInput): number {
    const { kernel, family } = this;
    return encodeAddress(kernel.constants, `Socket.${call}`, family, address, record, hostResolver(kernel));
  }

  #sender(): Address | null {
    return decodeSender(this.kernel.constants, record, this.proto);
  }

  #receiveFrom(call: string, buffer: Uint8Array, byteCount: number, flags: number): number {
    const { fd } = this;
    const { sockets } = this.kernel;
    const attempt = (): number => sockets.recvfrom(fd, buffer, 0, byteCount, flags, record);
    return this.waitingCall(call, READABLE, attempt);
  }

  #receiveMessage<A extends Address | null>(
    call: string,
    parts: readonly Uint8Array[],
    ancillaryByteCount: number,
    flags: number,
  ): ReceivedMessage<number, A> {
    const fd = this.requireOpen(call);
    const room = requireByteCount(`Socket.${call}`, ancillaryByteCount, ANCILLARY_BYTES_MAX);
    requireInt(`Socket.${call}`, 'flags', flags);
    const { sockets, constants } = this.kernel;
    const control = new Uint8Array(room);
    const attempt = (): number => sockets.recvmsg(fd, parts, flags, control, record, outcome);
    const received = this.waitingCall(call, READABLE, attempt);
    const [controlByteCount, messageFlags] = outcome as unknown as [number, number];
    const ancillary = decodeAncillary(control.subarray(0, controlByteCount));
    const passed = descriptorsIn(constants, ancillary);
    const { fds } = this.kernel;
    try {
      const message: ReceivedMessage<number, A> = [received, ancillary, messageFlags, this.#sender() as A];
      // Last, when nothing can go wrong any more: from here on they are the caller's to close.
      for (const each of passed) check(fds.release(each), 'release', each);
      return message;
    } catch (error) {
      for (const each of passed) fds.close(each);
      throw error;
    }
  }
}

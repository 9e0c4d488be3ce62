/**
 * A socket's calls on messages: with addresses, with ancillary data, several at once. `Socket` has their
 * contracts.
 */

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
import { EAGAIN } from '../kernel/errno.ts';
import { READABLE, WRITABLE } from '../kernel/kernel.ts';
import { check } from '../kernel/os-error.ts';
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
import { type CallableSocket, openInOrder, waitingCall } from './waiting-call.ts';

/** What `recvmsg` returns: `data`, or with `recvmsgInto` the number of bytes, comes first. */
export type ReceivedMessage<D, A> = [data: D, ancillary: Ancillary[], flags: number, address: A];

/** Room for ancillary data that no system exceeds (Linux: net.core.optmem_max). */
const ANCILLARY_BYTES_MAX = 256 * 1024;
const RECEIVE_BYTES_MAX = 2 ** 31 - 1;

/**
 * Per thread. Written by one call and read right after; nothing runs in between, unless the call waits: see
 * {@link waitingSend}.
 */
const record = new Uint8Array(ADDRESS_RECORD_BYTES);
const outcome = new Int32Array(2);

export function receiveFrom<A extends Address | null = InetAddress>(
  sock: CallableSocket,
  byteCount: number,
  flags = 0,
): [data: Buffer, address: A] {
  sock.requireOpen('recvfrom');
  const count = requireByteCount('Socket.recvfrom', byteCount, RECEIVE_BYTES_MAX);
  requireInt('Socket.recvfrom', 'flags', flags);
  const data = receiveFresh(count, (buffer) => receiveWithSender(sock, 'recvfrom', buffer, count, flags));
  return [data, sender(sock) as A];
}

export function receiveFromInto<A extends Address | null = InetAddress>(
  sock: CallableSocket,
  buffer: Uint8Array,
  byteCount = 0,
  flags = 0,
): [byteCount: number, address: A] {
  sock.requireOpen('recvfromInto');
  const { length } = requireBytes('Socket.recvfromInto', 'buffer', buffer);
  const count = requireByteCount('Socket.recvfromInto', byteCount, length) || length;
  requireInt('Socket.recvfromInto', 'flags', flags);
  const received = receiveWithSender(sock, 'recvfromInto', buffer, count, flags);
  return [received, sender(sock) as A];
}

export function sendTo(sock: CallableSocket, data: Uint8Array, address: AddressInput, flags = 0): number {
  const fd = openInOrder(sock, 'sendto');
  // First: its getters could give the memory of the data away.
  const to = ownAddress(address);
  requireBytes('Socket.sendto', 'data', data);
  requireInt('Socket.sendto', 'flags', flags);
  const { sockets } = sock.kernel;
  const byteCount = encode(sock, 'sendto', to);
  const send = (target: Uint8Array): number =>
    sockets.sendto(fd, data, 0, data.length, flags, target, byteCount);
  return waitingSend(sock, 'sendto', flags, send, address);
}

export function receiveMessage<A extends Address | null = Address | null>(
  sock: CallableSocket,
  byteCount: number,
  ancillaryByteCount = 0,
  flags = 0,
): ReceivedMessage<Buffer, A> {
  const count = requireByteCount('Socket.recvmsg', byteCount, RECEIVE_BYTES_MAX);
  const buffer = Buffer.allocUnsafeSlow(count);
  const [received, ...rest] = receiveInParts<A>(sock, 'recvmsg', [buffer], ancillaryByteCount, flags);
  const data = buffer.subarray(0, received);
  return [data.length < count / 2 ? Buffer.from(data) : data, ...rest];
}

export function receiveMessageInto<A extends Address | null = Address | null>(
  sock: CallableSocket,
  buffers: readonly Uint8Array[],
  ancillaryByteCount = 0,
  flags = 0,
): ReceivedMessage<number, A> {
  const parts = requireBytesList('Socket.recvmsgInto', 'buffers', buffers);
  return receiveInParts<A>(sock, 'recvmsgInto', parts, ancillaryByteCount, flags);
}

export function sendMessage(
  sock: CallableSocket,
  buffers: readonly Uint8Array[],
  ancillary: readonly AncillaryInput[] = [],
  flags = 0,
  address: AddressInput | null = null,
): number {
  const fd = openInOrder(sock, 'sendmsg');
  // The lists in this order: getters of the first two could give the memory of the parts away.
  const to = address === null ? null : ownAddress(address);
  const control = encodeAncillary('Socket.sendmsg', ancillary);
  const parts = requireBytesList('Socket.sendmsg', 'buffers', buffers);
  requireInt('Socket.sendmsg', 'flags', flags);
  const { sockets } = sock.kernel;
  const byteCount = to === null ? 0 : encode(sock, 'sendmsg', to);
  const send = (target: Uint8Array): number => sockets.sendmsg(fd, parts, flags, control, target, byteCount);
  return waitingSend(sock, 'sendmsg', flags, send, address);
}

export function receiveMany<A extends Address | null = InetAddress>(
  sock: CallableSocket,
  maxCount: number,
  byteCount: number,
  flags = 0,
): [data: Buffer, address: A, flags: number][] {
  const fd = sock.requireOpen('recvMany');
  requireInt('Socket.recvMany', 'flags', flags);
  const { kernel } = sock;
  const batch = ReceivedBatch.ofSize('Socket.recvMany', maxCount, byteCount);
  const count = waitingCall(sock, 'recvMany', READABLE, flags, () => batch.receive(kernel, fd, flags));
  return batch.take(count, kernel.constants, sock.proto) as [Buffer, A, number][];
}

export function sendMany(sock: CallableSocket, messages: readonly OutgoingMessage[], flags = 0): number {
  const fd = openInOrder(sock, 'sendMany');
  requireInt('Socket.sendMany', 'flags', flags);
  const { kernel, family } = sock;
  if (sock.type === kernel.constants.SOCK_STREAM) {
    // Of the last one it takes what there is room for, and nothing would say how much that was.
    throw new TypeError(
      `Socket.sendMany: needs a socket that keeps messages whole, got ${sock.toString()}; use sendall or sendmsg`,
    );
  }
  const batches = packMessages(kernel, 'Socket.sendMany', family, messages, hostResolver(kernel));
  let sentCount = 0;
  for (const batch of batches) {
    const attempt = (): number => batch.send(kernel, fd, flags);
    const count = sentCount === 0 ? waitingCall(sock, 'sendMany', WRITABLE, flags, attempt) : attempt();
    if (count > 0) sentCount += count;
    if (count < batch.length) break;
  }
  return sentCount;
}

function encode(sock: CallableSocket, call: string, address: AddressInput): number {
  const { kernel, family } = sock;
  return encodeAddress(kernel.constants, `Socket.${call}`, family, address, record, hostResolver(kernel));
}

/**
 * Sends to the address in {@link record}. A call that waits keeps it: an instrument that is told of what is
 * sent meanwhile may send, too.
 */
function waitingSend(
  sock: CallableSocket,
  call: string,
  flags: number,
  send: (target: Uint8Array) => number,
  address: AddressInput | null,
): number {
  let target: Uint8Array = record;
  const attempt = (): number => {
    const result = send(target);
    if (result === -EAGAIN && target === record) target = record.slice();
    return result;
  };
  return waitingCall(sock, call, WRITABLE, flags, attempt, address);
}

function sender(sock: CallableSocket): Address | null {
  return decodeSender(sock.kernel.constants, record, sock.proto);
}

function receiveWithSender(
  sock: CallableSocket,
  call: string,
  buffer: Uint8Array,
  byteCount: number,
  flags: number,
): number {
  const { fd } = sock;
  const { sockets } = sock.kernel;
  const attempt = (): number => sockets.recvfrom(fd, buffer, 0, byteCount, flags, record);
  return waitingCall(sock, call, READABLE, flags, attempt);
}

function receiveInParts<A extends Address | null>(
  sock: CallableSocket,
  call: string,
  parts: readonly Uint8Array[],
  ancillaryByteCount: number,
  flags: number,
): ReceivedMessage<number, A> {
  const fd = sock.requireOpen(call);
  const room = requireByteCount(`Socket.${call}`, ancillaryByteCount, ANCILLARY_BYTES_MAX);
  requireInt(`Socket.${call}`, 'flags', flags);
  const { sockets, constants } = sock.kernel;
  const control = new Uint8Array(room);
  const attempt = (): number => sockets.recvmsg(fd, parts, flags, control, record, outcome);
  const received = waitingCall(sock, call, READABLE, flags, attempt);
  const [controlByteCount, messageFlags] = outcome as unknown as [number, number];
  const ancillary = decodeAncillary(control.subarray(0, controlByteCount));
  const passed = descriptorsIn(constants, ancillary);
  const { fds } = sock.kernel;
  try {
    const message: ReceivedMessage<number, A> = [received, ancillary, messageFlags, sender(sock) as A];
    // Last, when nothing can go wrong any more: from here on they are the caller's to close.
    for (const each of passed) check(fds.release(each), 'release', each);
    return message;
  } catch (error) {
    for (const each of passed) fds.close(each);
    throw error;
  }
}

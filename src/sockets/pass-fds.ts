/** Descriptors as the cargo of messages between processes: `SCM_RIGHTS`, unix(7). */

import { inspect } from 'node:util';

import type { Address, AddressInput } from '../addresses/address.ts';
import { requireBytesList, requireFd } from '../base/arguments.ts';
import { cmsgLen, descriptorsIn, packFds } from './ancillary.ts';
import type { Socket } from './socket.ts';

/** The most that Linux passes in one message (`SCM_MAX_FD`); the BSDs pass some more. */
const FDS_MAX = 512;
const FD_BYTES = 4;

/**
 * Sends descriptors over an `AF_UNIX` socket, with some bytes. Python's `socket.send_fds`.
 *
 * The receiver gets descriptors of its own for the same open files; the sender's stay open and the sender's.
 *
 * @param buffers bytes that go with them; on a stream at least one byte, without which nothing would be sent.
 * @param fds numbers of open descriptors, in the order in which the receiver gets them; at most 253 on Linux.
 * @param address where to, for an unconnected datagram socket.
 * @returns how many bytes were taken. All descriptors go with the first byte: send the rest without them.
 * @throws {OSError} EBADF: one is not open; EINVAL: too many; ETOOMANYREFS: too many in flight; and those of
 *   `sendmsg`.
 * @throws {RangeError} a stream and no bytes.
 * @example sendFds(sock, [Buffer.from('f')], [file.fd]);
 */
export function sendFds(
  sock: Socket,
  buffers: readonly Uint8Array[],
  fds: readonly number[],
  flags = 0,
  address: AddressInput | null = null,
): number {
  const { SOL_SOCKET, SCM_RIGHTS, SOCK_STREAM } = sock.kernel.constants as Record<string, number>;
  const parts = requireBytesList('sendFds', 'buffers', buffers);
  if (!Array.isArray(fds)) {
    throw new TypeError(`sendFds: expected an array of descriptors, got ${inspect(fds)}`);
  }
  const numbers = (fds as readonly unknown[]).map((fd) => requireFd('sendFds', fd));
  if (numbers.length === 0) return sock.sendmsg(parts, [], flags, address);
  if (sock.type === SOCK_STREAM && parts.every(({ length }) => length === 0)) {
    throw new RangeError('sendFds: descriptors travel with bytes; on a stream, send at least one byte');
  }
  const rights = [SOL_SOCKET as number, SCM_RIGHTS as number, packFds(numbers)] as const;
  return sock.sendmsg(parts, [rights], flags, address);
}

/**
 * Receives bytes and the descriptors that came with them. Python's `socket.recv_fds`.
 *
 * @param byteCount maximum number of bytes.
 * @param maxFds maximum number of descriptors. Any beyond it are closed at once, as are those for which the
 *   system itself had no room (a full descriptor table); the flags then have `MSG_CTRUNC`.
 * @returns `[data, fds, flags, address]`. The descriptors are close-on-exec and the caller's to close, also
 *   when a worker is terminated; `Socket.fromFd(fd)` takes one over. Each is blocking or not as its
 *   sender left it.
 * @throws {TimeoutError | BlockingIOError | OSError} as `recvmsg`.
 * @throws {RangeError} a negative or too large number.
 */
export function recvFds(
  sock: Socket,
  byteCount: number,
  maxFds: number,
  flags = 0,
): [data: Buffer, fds: number[], flags: number, address: Address | null] {
  if (!Number.isInteger(maxFds) || maxFds < 0 || maxFds > FDS_MAX) {
    throw new RangeError(`recvFds: expected a maxFds from 0 to ${FDS_MAX}, got ${inspect(maxFds)}`);
  }
  const room = maxFds === 0 ? 0 : cmsgLen(maxFds * FD_BYTES, sock.kernel);
  const [data, ancillary, messageFlags, address] = sock.recvmsg(byteCount, room, flags);
  return [data, descriptorsIn(sock.kernel.constants, ancillary), messageFlags, address];
}

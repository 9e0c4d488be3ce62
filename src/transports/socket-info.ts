/** What transports of sockets know and say about them. */

import { ADDRESS_RECORD_BYTES, decodePacked, packRecord } from '../addresses/address.ts';
import { describeValue } from '../coroutines/misuse.ts';
import type { Socket } from '../sockets/socket.ts';

/** Per thread. Written by one call and read right after. */
const record = new Uint8Array(ADDRESS_RECORD_BYTES);
/** The connections of a server mostly have one and the same name on this side: they share it. */
let lastLocal = '';

/**
 * The name on this side, to be decoded when somebody asks; `null` if there is none. Asked for at the beginning: some systems have
 * forgotten it when the connection is reset, and it is to be known when the socket is closed.
 */
export function localRecordOf(sock: Socket): string | null {
  if (sock.kernel.sockets.getsockname(sock.fd, record) < 0) return null;
  const packed = packRecord(record);
  if (packed !== lastLocal) lastLocal = packed;
  return lastLocal;
}

/** The name of the other side, as {@link localRecordOf}; `null` when nobody is there, or not any more. */
export function peerRecordOf(sock: Socket): string | null {
  if (sock.peerRecord !== null) return sock.peerRecord;
  return sock.kernel.sockets.getpeername(sock.fd, record) < 0 ? null : packRecord(record);
}

/** What `getExtraInfo` of a socket's transport answers. */
export function socketInfo(
  name: string,
  sock: Socket,
  localRecord: string | null,
  peerRecord: string | null,
): unknown {
  if (name === 'socket') return sock;
  const packed = name === 'peername' ? peerRecord : name === 'sockname' ? localRecord : null;
  return packed === null ? null : decodePacked(sock.kernel.constants, packed, sock.proto);
}

/** Small writes go out at once. Nagle's algorithm would hold each back until the one before it is acknowledged. */
export function disableNagle(sock: Socket): void {
  const { AF_INET, AF_INET6, SOCK_STREAM, IPPROTO_TCP, TCP_NODELAY } = sock.kernel.constants;
  if (sock.family !== AF_INET && sock.family !== AF_INET6) return;
  if (sock.type !== SOCK_STREAM || (sock.proto !== 0 && sock.proto !== IPPROTO_TCP)) return;
  // Refused for a connection that is reset already (macOS, EINVAL): then there is nothing to hurry.
  sock.kernel.sockets.setsockoptInt(sock.fd, IPPROTO_TCP as number, TCP_NODELAY as number, 1);
}

/** @throws TypeError for anything but bytes */
export function requireBytes(call: string, data: unknown): void {
  if (data instanceof Uint8Array) return;
  const remedy = typeof data === 'string' ? ' Encode text with Buffer.from(text).' : '';
  throw new TypeError(`${call}: a Uint8Array or Buffer is needed, got ${describeValue(data)}.${remedy}`);
}

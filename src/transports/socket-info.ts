/** The names of a socket's two ends, as its transport answers for them. */

import { ADDRESS_RECORD_BYTES, decodePacked, packRecord } from '../addresses/address.ts';
import type { Socket } from '../sockets/socket.ts';

/** Per thread. Written by one call and read right after. */
const record = new Uint8Array(ADDRESS_RECORD_BYTES);
/** The connections of a server mostly have one and the same name on this side: they share it. */
let lastLocal = '';

/**
 * The name on this side, to be decoded when it is asked for; `null` if there is none. Read at the beginning:
 * some systems have forgotten it when the connection is reset, and it stays known when the socket is closed.
 */
export function localRecordOf(sock: Socket): string | null {
  if (sock.kernel.sockets.getsockname(sock.fd, record) < 0) return null;
  const packed = packRecord(record);
  if (packed !== lastLocal) lastLocal = packed;
  return lastLocal;
}

/** The name of the peer, as {@link localRecordOf}; `null` if there is none, or it has gone. */
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

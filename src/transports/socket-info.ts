/** What transports of sockets know and say about them. */

import { describeValue } from '../coroutines/misuse.ts';
import { type Address, decodePacked } from '../sockets/address.ts';
import type { Socket } from '../sockets/socket.ts';

/** The socket and its names, for `getExtraInfo`: asked for now, since a connection that has been reset has forgotten its peer. */
export function socketInfo(sock: Socket): {
  readonly socket: Socket;
  readonly sockname: Address | null;
  readonly peername: Address | null;
} {
  return { socket: sock, sockname: nameOf(sock), peername: peerOf(sock) };
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

function nameOf(sock: Socket): Address | null {
  try {
    return sock.getsockname();
  } catch {
    return null;
  }
}

/** Who is on the other side; `null` when nobody is, or not any more. */
function peerOf(sock: Socket): Address | null {
  try {
    if (sock.peerRecord !== null) return decodePacked(sock.kernel.constants, sock.peerRecord);
    return sock.getpeername();
  } catch {
    return null;
  }
}

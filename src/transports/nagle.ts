import type { Socket } from '../sockets/socket.ts';

/**
 * Small writes go out at once. Nagle's algorithm would hold each back until the one before it is
 * acknowledged.
 */
export function disableNagle(sock: Socket): void {
  const { AF_INET, AF_INET6, SOCK_STREAM, IPPROTO_TCP, TCP_NODELAY } = sock.kernel.constants;
  if (sock.family !== AF_INET && sock.family !== AF_INET6) return;
  if (sock.type !== SOCK_STREAM || (sock.proto !== 0 && sock.proto !== IPPROTO_TCP)) return;
  // Refused for a connection that is reset already (macOS, EINVAL): then there is nothing to hurry.
  sock.kernel.sockets.setsockoptInt(sock.fd, IPPROTO_TCP as number, TCP_NODELAY as number, 1);
}

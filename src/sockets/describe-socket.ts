import { ADDRESS_RECORD_BYTES, type Address, decodeAddress, decodePacked } from '../addresses/address.ts';
import type { Kernel, SocketConstants } from '../kernel/kernel.ts';

/** What {@link describeSocket} looks at. */
export interface DescribableSocket {
  readonly kernel: Kernel;
  readonly fd: number;
  readonly family: number;
  readonly type: number;
  /** Who connected, for an accepted socket: known even when the peer has gone. */
  readonly peerRecord: string | null;
}

/**
 * The name of a constant by its value, such as `AF_INET` for prefix `AF_`; `AF_99` if none has that value.
 */
function constantName(constants: SocketConstants, prefix: string, value: number): string {
  for (const [name, known] of Object.entries(constants)) {
    if (known === value && name.startsWith(prefix)) return name;
  }
  return `${prefix}${value}`;
}

/** An address in a few characters: `127.0.0.1:80`, `[::1]:80`, a path, `@name` for an abstract one. */
export function formatAddress(address: Address): string {
  if (typeof address === 'string') return address === '' ? '(unnamed)' : address;
  if (address instanceof Uint8Array) return address.toString().replaceAll('\0', '@');
  const [first, second] = address;
  if (second instanceof Uint8Array) return `(family ${first}, ${second.length} bytes)`;
  if (typeof first !== 'string') return `[${first}, ${second}]`;
  if (typeof second !== 'number') return first;
  return first.includes(':') ? `[${first}]:${second}` : `${first}:${second}`;
}

function nameOf(sock: DescribableSocket, which: 'getsockname' | 'getpeername'): Address | null {
  const record = new Uint8Array(ADDRESS_RECORD_BYTES);
  const result = sock.kernel.sockets[which](sock.fd, record);
  return result < 0 ? null : decodeAddress(sock.kernel.constants, record);
}

/** An unbound socket has a name too: the unnamed path, or port 0. Not worth a word. */
function isUnbound(address: Address): boolean {
  return address === '' || (Array.isArray(address) && address[1] === 0);
}

/**
 * One line for logs: `<Socket fd=7 AF_INET SOCK_STREAM 127.0.0.1:8000 → 127.0.0.1:51234>`. Never throws,
 * whatever state the socket is in.
 */
export function describeSocket(sock: DescribableSocket): string {
  const { constants } = sock.kernel;
  const kind = `${constantName(constants, 'AF_', sock.family)} ${constantName(constants, 'SOCK_', sock.type)}`;
  if (sock.fd < 0) return `<Socket closed ${kind}>`;
  const local = nameOf(sock, 'getsockname');
  const peer =
    sock.peerRecord === null ? nameOf(sock, 'getpeername') : decodePacked(constants, sock.peerRecord);
  const parts = [`<Socket fd=${sock.fd} ${kind}`];
  if (local !== null && !(isUnbound(local) && peer === null)) parts.push(formatAddress(local));
  if (peer !== null) parts.push('→', formatAddress(peer));
  return `${parts.join(' ')}>`;
}

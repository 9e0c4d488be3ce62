/** The address of a server in the form of Node's `net`. */

import type { Address } from '../addresses/address.ts';
import { formatAddress } from '../sockets/describe-socket.ts';
import type { Socket } from '../sockets/socket.ts';

/** Where a server listens, in the form of `net.AddressInfo`. */
export interface ServerAddress {
  /** The address in text, such as `127.0.0.1` or `::`. */
  readonly address: string;
  /** Of the address. */
  readonly family: 'IPv4' | 'IPv6';
  /** The one that the system chose, if it was to choose. */
  readonly port: number;
}

/** The address that a socket is bound to; text for a path and for families without ports. */
export function serverAddress(sock: Socket): ServerAddress | string {
  const { AF_INET, AF_INET6 } = sock.kernel.constants;
  const name = sock.getsockname<Address>();
  if (sock.family !== AF_INET && sock.family !== AF_INET6) return formatAddress(name);
  const [address, port] = name as [string, number];
  return { address, family: sock.family === AF_INET ? 'IPv4' : 'IPv6', port };
}

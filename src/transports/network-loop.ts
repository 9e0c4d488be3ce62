/** What transports ask of a loop, besides what every loop has: the socket verbs and the names of hosts. */

import type { Address, AddressInput } from '../addresses/address.ts';
import type { Awaitable } from '../coroutines/coroutine.ts';
import type { Future } from '../futures/future.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { AddressHints, AddressInfo } from '../names/address-query.ts';
import type { Socket } from '../sockets/socket.ts';

/** A loop with sockets. `EventLoop` is one. */
export interface NetworkLoop extends LoopCore {
  /** The next connection to a listening socket. */
  sockAccept(sock: Socket): Future<[conn: Socket, address: Address]>;
  /** Connects a socket. */
  sockConnect(sock: Socket, address: AddressInput): Awaitable<void>;
  /** The addresses behind a host and a port. */
  getaddrinfo(
    host: string | null,
    port: number | string | null,
    hints?: AddressHints,
  ): Awaitable<readonly AddressInfo[]>;
}

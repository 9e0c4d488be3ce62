/** What transports ask of a loop, besides what every loop has: the socket verbs and the names of hosts. */

import type { Awaitable } from '../coroutines/coroutine.ts';
import type { Future } from '../futures/future.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Address, AddressInput } from '../sockets/address.ts';
import type { AddressHints, AddressInfo } from '../sockets/address-query.ts';
import type { Socket } from '../sockets/socket.ts';

/** Memory for received bytes, shared by the connections of a loop. */
export interface ReceiveMemory {
  /** How many bytes the last {@link receive} asked the kernel for. */
  readonly askedByteCount: number;
  /** Receives up to `byteCount` bytes (fewer unless `whole`). How many, 0 for end of stream, or `-errno`. */
  receive(fd: number, byteCount: number, whole: boolean): number;
  /** The `byteCount` bytes that the last {@link receive} got. */
  take(byteCount: number): Buffer;
}

/** A loop with sockets. `EventLoop` is one. */
export interface NetworkLoop extends LoopCore {
  /** @internal */
  readonly receiveMemory: ReceiveMemory;
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

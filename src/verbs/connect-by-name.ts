/** `sockConnect` to a host that is a name: the address is found first, without blocking the loop. */

import type { AddressInput } from '../addresses/address.ts';
import { isHostName } from '../addresses/host.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import type { Future } from '../futures/future.ts';
import { noSuchName } from '../kernel/gai-error.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { getaddrinfo } from '../resolvers/resolve-name.ts';
import type { Socket } from '../sockets/socket.ts';

/** The host and the port of an address whose host has to be resolved; `null` for all other addresses. */
export function nameToResolve(sock: Socket, address: AddressInput): [host: string, port: number] | null {
  const { AF_INET, AF_INET6 } = sock.kernel.constants;
  if ((sock.family !== AF_INET && sock.family !== AF_INET6) || !Array.isArray(address)) return null;
  const [host, port] = address as [unknown, unknown];
  return typeof host === 'string' && typeof port === 'number' && isHostName(host) ? [host, port] : null;
}

/** Finds the first address of the socket's family and connects to it, as asyncio's `sock_connect` does. */
export function* connectByName(
  loop: LoopCore,
  sock: Socket,
  [host, port]: readonly [host: string, port: number],
  connect: (address: AddressInput) => Future<void>,
): Coroutine<void> {
  const { family, type, proto } = sock;
  const [info] = yield* getaddrinfo(loop, host, port, { family, type, proto });
  if (info === undefined) throw noSuchName(loop.kernel.constants, 'getaddrinfo', host);
  yield* connect(info[4]);
}

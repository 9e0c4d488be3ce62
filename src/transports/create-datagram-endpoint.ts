/** Datagram endpoints: from addresses or a socket to a transport with its protocol. */

import { inspect } from 'node:util';
import type { AddressInput } from '../addresses/address.ts';
import { OSError } from '../base/errors.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { Future } from '../futures/future.ts';
import type { AddressHints } from '../names/address-query.ts';
import { hostAddresses, type Port } from '../resolvers/host-addresses.ts';
import { Socket } from '../sockets/socket.ts';
import { requireProtocol } from './base.ts';
import type { ConnectingLoop } from './connect-socket.ts';
import { SocketDatagramTransport } from './datagram-transport.ts';
import { hintsOf, requireDatagram } from './endpoint-options.ts';
import { requireOptionKinds } from './option-kinds.ts';
import { type DatagramAddress, type DatagramPlace, datagramOptions } from './place-arguments.ts';
import type { DatagramProtocol } from './protocol.ts';
import type { DatagramTransport } from './transport.ts';
import { removeStaleSocket } from './unix-path.ts';

/** What `createDatagramEndpoint` makes an endpoint of. */
export interface DatagramEndpointOptions extends AddressHints {
  /** Where to receive. */
  readonly localAddr?: DatagramAddress | null | undefined;
  /** The only peer: where messages go, and the only address they are received from. */
  readonly remoteAddr?: DatagramAddress | null | undefined;
  /** May bind an address that others are bound to, if all say so. */
  readonly reusePort?: boolean | undefined;
  /** May send to broadcast addresses. */
  readonly allowBroadcast?: boolean | undefined;
  /** A datagram socket to take over, instead of all the rest. */
  readonly sock?: Socket | undefined;
}

/** A family with the addresses that it has for both ends. */
interface Candidate {
  readonly family: number;
  readonly proto: number;
  local: AddressInput | null;
  remote: AddressInput | null;
}

/** Both ends of `createDatagramEndpoint`, as its arguments. */
export type DatagramEndpointPlace = DatagramPlace<DatagramEndpointOptions>;

/** The implementation of `loop.createDatagramEndpoint`. */
export function* createDatagramEndpoint<P extends DatagramProtocol>(
  loop: ConnectingLoop,
  protocolFactory: () => P,
  place: DatagramEndpointPlace,
): Coroutine<[transport: DatagramTransport, protocol: P]> {
  const call = 'createDatagramEndpoint';
  return yield* bindDatagrams(loop, call, protocolFactory, datagramOptions(call, 'factory, ', place));
}

/**
 * A transport of messages between two addresses, or of a socket.
 * @param call the name of what the user has called
 */
export function* bindDatagrams<P extends DatagramProtocol>(
  loop: ConnectingLoop,
  call: string,
  protocolFactory: () => P,
  options: DatagramEndpointOptions,
): Coroutine<[transport: DatagramTransport, protocol: P]> {
  loop.checkUsable(call);
  const { reusePort, allowBroadcast } = options;
  requireOptionKinds(call, { reusePort, allowBroadcast });
  if (options.sock !== undefined && options.sock !== null) {
    const sock = requireDatagram(call, options.sock, options);
    sock.setblocking(false);
    return yield* createTransport(loop, call, sock, protocolFactory, null);
  }
  const [sock, remote] = yield* openAny(loop, call, options);
  try {
    return yield* createTransport(loop, call, sock, protocolFactory, remote);
  } catch (error) {
    sock.close();
    throw error;
  }
}

function* createTransport<P extends DatagramProtocol>(
  loop: ConnectingLoop,
  call: string,
  sock: Socket,
  protocolFactory: () => P,
  remote: AddressInput | null,
): Coroutine<[transport: DatagramTransport, protocol: P]> {
  const protocol = requireProtocol(call, protocolFactory());
  const waiter = new Future<void>({ loop });
  const transport = new SocketDatagramTransport(loop, sock, protocol, { waiter, remote });
  try {
    yield* waiter;
  } catch (error) {
    transport.close();
    throw error;
  }
  return [transport, protocol];
}

/** The first socket that can be bound and connected as asked. @throws the first error when none can */
function* openAny(
  loop: ConnectingLoop,
  call: string,
  options: DatagramEndpointOptions,
): Coroutine<[sock: Socket, remote: AddressInput | null]> {
  let failure: OSError | null = null;
  for (const candidate of yield* candidatesOf(loop, call, options)) {
    try {
      return [yield* openOne(loop, candidate, options), candidate.remote];
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      failure ??= error;
    }
  }
  throw failure ?? new RangeError(`${call}: no family has an address for both ends`);
}

function* openOne(
  loop: ConnectingLoop,
  candidate: Candidate,
  options: DatagramEndpointOptions,
): Coroutine<Socket> {
  const { SOCK_DGRAM, SOL_SOCKET, SO_REUSEPORT, SO_BROADCAST } = loop.kernel.constants as {
    [name: string]: number;
  };
  const sock = new Socket(candidate.family, SOCK_DGRAM, candidate.proto, { kernel: loop.kernel });
  try {
    sock.setblocking(false);
    if (options.reusePort === true) sock.setsockopt(SOL_SOCKET as number, SO_REUSEPORT as number, 1);
    if (options.allowBroadcast === true) sock.setsockopt(SOL_SOCKET as number, SO_BROADCAST as number, 1);
    if (candidate.local !== null) sock.bind(candidate.local);
    // Answers to a broadcast come from other addresses, which a connected socket would not hear.
    if (candidate.remote !== null && options.allowBroadcast !== true) {
      yield* loop.sockConnect(sock, candidate.remote);
    }
    return sock;
  } catch (error) {
    sock.close();
    throw error;
  }
}

function* candidatesOf(
  loop: ConnectingLoop,
  call: string,
  options: DatagramEndpointOptions,
): Coroutine<Iterable<Candidate>> {
  const { localAddr = null, remoteAddr = null, family = 0, proto = 0 } = options;
  const { AF_UNIX } = loop.kernel.constants;
  if (localAddr === null && remoteAddr === null) {
    if (family !== 0) return [{ family, proto, local: null, remote: null }];
    throw new RangeError(`${call}: needs localAddr, remoteAddr, family or sock`);
  }
  if (family === AF_UNIX) {
    const local = requirePath(call, 'localAddr', localAddr);
    if (local !== null) removeStaleSocket(loop.kernel, local);
    return [{ family, proto, local, remote: requirePath(call, 'remoteAddr', remoteAddr) }];
  }
  const byFamily = new Map<number, Candidate>();
  yield* addAddresses(loop, call, options, 'local', byFamily);
  yield* addAddresses(loop, call, options, 'remote', byFamily);
  return [...byFamily.values()].filter(
    ({ local, remote }) =>
      (local === null) === (localAddr === null) && (remote === null) === (remoteAddr === null),
  );
}

function* addAddresses(
  loop: ConnectingLoop,
  call: string,
  options: DatagramEndpointOptions,
  end: 'local' | 'remote',
  byFamily: Map<number, Candidate>,
): Coroutine<void> {
  const address = options[`${end}Addr`] ?? null;
  if (address === null) return;
  if (!Array.isArray(address) || address.length !== 2) {
    throw new TypeError(`${call}: ${end}Addr must be [host, port], got ${inspect(address)}`);
  }
  const [host, port] = address as unknown as readonly [string | null, Port];
  const hints = { ...hintsOf(options), type: loop.kernel.constants.SOCK_DGRAM, passive: end === 'local' };
  for (const info of yield* hostAddresses(loop, call, host, port, hints)) {
    const candidate = byFamily.get(info[0]) ?? { family: info[0], proto: info[2], local: null, remote: null };
    candidate[end] ??= info[4];
    byFamily.set(info[0], candidate);
  }
}

function requirePath(call: string, name: string, address: DatagramAddress | null): string | null {
  if (address === null || typeof address === 'string') return address;
  throw new TypeError(`${call}: ${name} must be a path for AF_UNIX, got ${inspect(address)}`);
}

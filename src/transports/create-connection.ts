/** Connections: from a host, a path or a socket to a transport with its protocol. */

import { inspect } from 'node:util';
import type { UnixAddress } from '../addresses/address.ts';
import { requireOptions } from '../base/arguments.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { Future } from '../futures/future.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { AddressHints } from '../names/address-query.ts';
import { hostAddresses, type Port } from '../resolvers/host-addresses.ts';
import { Socket } from '../sockets/socket.ts';
import { requireProtocol } from './base.ts';
import { type ConnectingLoop, connectToAny } from './connect-socket.ts';
import { closingOnError, hintsOf, requireStream, requireUnixStream, takeSocket } from './endpoint-options.ts';
import { interleave } from './interleave.ts';
import { requireOptionKinds } from './option-kinds.ts';
import { type HostPlace, hostOptions, type PathPlace, pathOptions } from './place-arguments.ts';
import type { StreamProtocol } from './protocol.ts';
import { SocketTransport } from './socket-transport.ts';
import { encryptedTransport } from './tls/start-tls.ts';
import {
  type ClientTlsOptions,
  clientTls,
  type ServerTlsOptions,
  serverTls,
  type TlsSettings,
} from './tls/tls-options.ts';
import type { Transport } from './transport.ts';

/** Where `createConnection` connects to. Either a host and a port, or a socket. */
export interface ConnectionOptions extends AddressHints, ClientTlsOptions {
  /** A name or an address; this machine where left out. */
  readonly host?: string | null | undefined;
  /** A number, or the name of a service. */
  readonly port?: Port | undefined;
  /**
   * A connected stream socket to take over, instead of host and port. It is closed with the transport, also
   * when a TLS handshake fails or the call is cancelled in it. A call whose arguments are refused, or whose
   * protocol cannot be made, leaves it to you.
   */
  readonly sock?: Socket | undefined;
  /** Host and port to connect from. */
  readonly localAddr?: readonly [host: string | null, port: Port] | undefined;
  /**
   * Delay in milliseconds before the next address is tried beside this one (RFC 8305: 250). Default: when it
   * has failed.
   */
  readonly happyEyeballsDelayMs?: number | undefined;
  /**
   * How many addresses of the first family come before the families take turns. Default: 1 with
   * `happyEyeballsDelayMs`, else 0, the resolver's order.
   */
  readonly interleave?: number | undefined;
  /**
   * When all addresses fail, throw an AggregateError of all errors. Default: one error that names them.
   */
  readonly allErrors?: boolean | undefined;
}

/** Where `createUnixConnection` connects to: a path, or a socket. */
export interface UnixConnectionOptions extends ClientTlsOptions {
  /** The path; on Linux, one with a leading NUL is an abstract name. */
  readonly path?: UnixAddress | undefined;
  /** A connected `AF_UNIX` stream socket to take over, instead of a path; closed likewise. */
  readonly sock?: Socket | undefined;
}

/** Where `createConnection` connects to, as its arguments. */
export type ConnectionPlace = HostPlace<ConnectionOptions>;

/** Where `createUnixConnection` connects to, as its arguments. */
export type UnixConnectionPlace = PathPlace<UnixConnectionOptions>;

/** The implementation of `loop.createConnection`. */
export function* createConnection<P extends StreamProtocol>(
  loop: ConnectingLoop,
  protocolFactory: () => P,
  place: ConnectionPlace,
): Coroutine<[transport: Transport, protocol: P]> {
  const call = 'createConnection';
  return yield* connect(loop, call, protocolFactory, hostOptions(call, 'factory, ', place));
}

/** The implementation of `loop.createUnixConnection`. */
export function* createUnixConnection<P extends StreamProtocol>(
  loop: ConnectingLoop,
  protocolFactory: () => P,
  place: UnixConnectionPlace,
): Coroutine<[transport: Transport, protocol: P]> {
  const call = 'createUnixConnection';
  return yield* connectToPath(loop, call, protocolFactory, pathOptions(call, 'factory, ', place));
}

/**
 * A transport to a host and a port, or on a connected socket.
 * @param call the name of what the user has called
 */
export function* connect<P extends StreamProtocol>(
  loop: ConnectingLoop,
  call: string,
  protocolFactory: () => P,
  options: ConnectionOptions,
): Coroutine<[transport: Transport, protocol: P]> {
  loop.checkUsable(call);
  requireOptionKinds(call, options);
  const sock = takeSocket(call, options, ['host', 'port']);
  const tls = clientTls(call, options, options.host ?? (sock === null ? 'localhost' : null));
  if (sock !== null) return yield* createTransport(loop, requireStream(call, sock), protocolFactory, tls);
  const connected = yield* connectToHost(loop, call, options);
  return yield* closingOnError(connected, createTransport(loop, connected, protocolFactory, tls));
}

/** The same to a unix socket. */
export function* connectToPath<P extends StreamProtocol>(
  loop: ConnectingLoop,
  call: string,
  protocolFactory: () => P,
  options: UnixConnectionOptions,
): Coroutine<[transport: Transport, protocol: P]> {
  loop.checkUsable(call);
  requireOptionKinds(call, options);
  const given = takeSocket(call, options, ['path']);
  const tls = clientTls(call, options, null);
  if (given !== null) {
    return yield* createTransport(loop, requireUnixStream(call, given), protocolFactory, tls);
  }
  const { AF_UNIX, SOCK_STREAM } = loop.kernel.constants;
  const sock = new Socket(AF_UNIX, SOCK_STREAM, 0, { kernel: loop.kernel });
  return yield* closingOnError(
    sock,
    connectUnix(loop, sock, options.path as UnixAddress, protocolFactory, tls),
  );
}

/** The implementation of `loop.connectAcceptedSocket`. */
export function* connectAcceptedSocket<P extends StreamProtocol>(
  loop: LoopCore,
  protocolFactory: () => P,
  sock: Socket,
  options: ServerTlsOptions = {},
): Coroutine<[transport: Transport, protocol: P]> {
  const call = 'connectAcceptedSocket';
  loop.checkUsable(call);
  requireOptions(call, `${call}(…, { ssl: context })`, options);
  requireOptionKinds(call, options);
  return yield* createTransport(loop, requireStream(call, sock), protocolFactory, serverTls(call, options));
}

function* connectUnix<P extends StreamProtocol>(
  loop: ConnectingLoop,
  sock: Socket,
  path: UnixAddress,
  protocolFactory: () => P,
  tls: TlsSettings | null,
): Coroutine<[transport: Transport, protocol: P]> {
  yield* loop.sockConnect(sock, path);
  return yield* createTransport(loop, sock, protocolFactory, tls);
}

function* connectToHost(loop: ConnectingLoop, call: string, options: ConnectionOptions): Coroutine<Socket> {
  const delayMs = options.happyEyeballsDelayMs ?? null;
  const firstCount = options.interleave ?? (delayMs === null ? 0 : 1);
  if (delayMs !== null && !(delayMs >= 0)) {
    throw new RangeError(`${call}: happyEyeballsDelayMs must be 0 or more, got ${inspect(delayMs)}`);
  }
  if (!(Number.isInteger(firstCount) && firstCount >= 0)) {
    throw new RangeError(`${call}: interleave must be a whole number from 0 on, got ${inspect(firstCount)}`);
  }
  const hints = { ...hintsOf(options), type: loop.kernel.constants.SOCK_STREAM };
  const infos = yield* hostAddresses(loop, call, options.host ?? null, options.port ?? null, hints);
  const localAddr = options.localAddr ?? null;
  const local =
    localAddr === null
      ? null
      : yield* hostAddresses(loop, call, localAddr[0], localAddr[1], { ...hints, passive: true });
  const remote = firstCount > 0 ? interleave(infos, firstCount) : infos;
  return yield* connectToAny(loop, { call, remote, local, delayMs, allErrors: options.allErrors ?? false });
}

/**
 * A transport around a connected socket, when connectionMade has been called: with TLS, after the handshake.
 */
function* createTransport<P extends StreamProtocol>(
  loop: LoopCore,
  sock: Socket,
  protocolFactory: () => P,
  tls: TlsSettings | null,
): Coroutine<[transport: Transport, protocol: P]> {
  sock.setblocking(false);
  const protocol = requireProtocol('protocolFactory', protocolFactory());
  const waiter = new Future<void>({ loop });
  const transport =
    tls === null
      ? new SocketTransport(loop, sock, protocol, { waiter })
      : encryptedTransport(loop, sock, protocol, tls, { waiter });
  try {
    yield* waiter;
  } catch (error) {
    transport.close();
    throw error;
  }
  return [transport, protocol];
}

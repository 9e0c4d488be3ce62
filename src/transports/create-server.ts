/** Servers: from hosts, a path or a socket to listening sockets with their protocols. */

import type { UnixAddress } from '../addresses/address.ts';
import { BusyResourceError, OSError } from '../base/errors.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { EADDRNOTAVAIL, EAFNOSUPPORT } from '../kernel/errno.ts';
import { usedBy } from '../loop/descriptor-errors.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { AddressInfo } from '../names/address-query.ts';
import { hostAddresses, type Port, type ResolvingLoop } from '../resolvers/host-addresses.ts';
import { formatAddress } from '../sockets/describe-socket.ts';
import { Socket } from '../sockets/socket.ts';
import { sleep } from '../tasks/sleep.ts';
import { requireFactory } from './base.ts';
import { hintsOf, requireStream, requireUnixStream, takeSocket } from './endpoint-options.ts';
import { openResourcesOf } from './open-resources.ts';
import { requireOptionKinds } from './option-kinds.ts';
import { type HostPlace, hostOptions, type PathPlace, pathOptions } from './place-arguments.ts';
import type { StreamProtocol } from './protocol.ts';
import { Server, type ServerParts } from './server.ts';
import { type ServerTlsOptions, serverTls, type TlsSettings } from './tls/tls-options.ts';
import { removeStaleSocket, unlinker } from './unix-path.ts';

/** asyncio's default. */
const DEFAULT_BACKLOG = 100;

/** Options of every server. */
export interface ServingOptions extends ServerTlsOptions {
  /** How many connections may wait to be accepted. Default: 100. */
  readonly backlog?: number | undefined;
  /** Begin at once. Default: true; with false, `server.startServing()` begins. */
  readonly startServing?: boolean | undefined;
  /** @internal Tasks that a shutdown waits for. */
  readonly handlers?: ServerParts['handlers'];
}

/** Where `createServer` listens. Either host and port, or a socket. */
export interface ServerOptions extends ServingOptions {
  /** A name, an address, or several. `''` or none with a port: every interface, of IPv6 and of IPv4. */
  readonly host?: string | readonly string[] | null | undefined;
  /** A number, or the name of a service. 0: the system chooses one for each address; see `server.sockets`. */
  readonly port?: Port | undefined;
  /**
   * A stream socket to take over, bound already, instead of host and port. It is closed with the server, and
   * when it cannot listen, or the call is cancelled. A call whose arguments are refused leaves it to you.
   */
  readonly sock?: Socket | undefined;
  /** `AF_INET` or `AF_INET6`, for one of the two only. */
  readonly family?: number | undefined;
  /** Flags of the name resolution. */
  readonly flags?: number | undefined;
  /** May bind an address that connections of an earlier server still use. Default: true. */
  readonly reuseAddress?: boolean | undefined;
  /** May bind an address that others are bound to, if all say so. Default: false. */
  readonly reusePort?: boolean | undefined;
  /** Probe idle connections (SO_KEEPALIVE). Default: false. */
  readonly keepAlive?: boolean | undefined;
}

/** Where `createUnixServer` listens: a path, or a socket. */
export interface UnixServerOptions extends ServingOptions {
  /**
   * The path. A socket that a dead server left there is removed first; a living server keeps it, and this one
   * fails with EADDRINUSE. On Linux, a leading NUL makes it an abstract name.
   */
  readonly path?: UnixAddress | undefined;
  /** An `AF_UNIX` stream socket to take over, bound already, instead of a path; closed likewise. */
  readonly sock?: Socket | undefined;
  /**
   * Remove the path when the server is closed. Default: true for `path`, false for `sock`. (asyncio: always
   * true.)
   */
  readonly cleanupSocket?: boolean | undefined;
}

/** Where `createServer` listens, as its arguments. */
export type ServerPlace = HostPlace<ServerOptions>;

/** Where `createUnixServer` listens, as its arguments. */
export type UnixServerPlace = PathPlace<UnixServerOptions>;

/** The implementation of `loop.createServer`. */
export function* createServer(
  loop: ResolvingLoop,
  protocolFactory: () => StreamProtocol,
  place: ServerPlace,
): Coroutine<Server> {
  const call = 'createServer';
  return yield* serve(loop, call, protocolFactory, hostOptions(call, 'factory, ', place));
}

/** The implementation of `loop.createUnixServer`. */
export function* createUnixServer(
  loop: LoopCore,
  protocolFactory: () => StreamProtocol,
  place: UnixServerPlace,
): Coroutine<Server> {
  const call = 'createUnixServer';
  return yield* serveAtPath(loop, call, protocolFactory, pathOptions(call, 'factory, ', place));
}

/**
 * A server at hosts and a port, or of a bound socket.
 * @param call the name of what the user has called
 */
export function* serve(
  loop: ResolvingLoop,
  call: string,
  protocolFactory: () => StreamProtocol,
  options: ServerOptions,
): Coroutine<Server> {
  loop.checkUsable(call);
  requireFactory(call, protocolFactory);
  requireOptionKinds(call, options);
  const given = takeSocket(call, options, ['host', 'port']);
  const tls = serverTls(call, options);
  const sockets =
    given === null
      ? yield* bindToHosts(loop, call, options)
      : [requireUnused(loop, call, requireStream(call, given))];
  return yield* startServer(loop, protocolFactory, sockets, { ...options, tls });
}

/** The same at a path. */
export function* serveAtPath(
  loop: LoopCore,
  call: string,
  protocolFactory: () => StreamProtocol,
  options: UnixServerOptions,
): Coroutine<Server> {
  loop.checkUsable(call);
  requireFactory(call, protocolFactory);
  requireOptionKinds(call, options);
  const given = takeSocket(call, options, ['path']);
  const tls = serverTls(call, options);
  const sock =
    given === null
      ? bindToPath(loop, options.path as UnixAddress)
      : requireUnused(loop, call, requireUnixStream(call, given));
  // The path of a socket that was made elsewhere may be of use elsewhere: to its maker, who may bind it for
  // the next server.
  const onClosed =
    (options.cleanupSocket ?? given === null) ? unlinker(sock.getsockname<UnixAddress>()) : undefined;
  return yield* startServer(loop, protocolFactory, [sock], { ...options, tls }, onClosed);
}

/**
 * Before anything is done with it: a server that fails closes its sockets, and with them those of who had
 * them first.
 * @throws BusyResourceError for a socket of a transport or of another server
 */
function requireUnused(loop: LoopCore, call: string, sock: Socket): Socket {
  const slot = loop.io.slotOfSocket(sock, call);
  if (slot.owner !== null) throw usedBy(call, slot);
  for (const other of openResourcesOf(loop)) {
    if (!(other instanceof Server) || !other.sockets.includes(sock)) continue;
    throw new BusyResourceError(`${call}: ${sock} is used by another server. Give this one its dup().`);
  }
  return sock;
}

function* startServer(
  loop: LoopCore,
  protocolFactory: () => StreamProtocol,
  sockets: readonly Socket[],
  options: ServingOptions & { readonly tls: TlsSettings | null },
  onClosed?: () => void,
): Coroutine<Server> {
  for (const sock of sockets) sock.setblocking(false);
  const backlog = options.backlog ?? DEFAULT_BACKLOG;
  const server = new Server(loop, {
    sockets,
    protocolFactory,
    backlog,
    onClosed,
    handlers: options.handlers,
    tls: options.tls,
  });
  try {
    if (options.startServing ?? true) server.listen();
    // Cancelled here, the caller would never have the server that it would have to close.
    yield* sleep(0);
  } catch (error) {
    server.close();
    throw error;
  }
  return server;
}

function* bindToHosts(loop: ResolvingLoop, call: string, options: ServerOptions): Coroutine<Socket[]> {
  const { host = null, port = null } = options;
  const hosts = host === null || typeof host === 'string' ? [host] : host;
  const hints = { ...hintsOf(options), type: loop.kernel.constants.SOCK_STREAM, passive: true };
  if (hosts.length === 0)
    throw new RangeError(`${call}: host is an empty list; leave it out for every interface`);
  // One each: two names of one address would make the second bind fail.
  const infos = new Map<string, AddressInfo>();
  const addressesOf = new Map<string | null, readonly string[]>();
  for (const each of hosts) {
    const found = yield* hostAddresses(loop, call, each, port, hints);
    for (const info of found) infos.set(formatAddress(info[4]), info);
    addressesOf.set(
      each,
      found.map((info) => formatAddress(info[4])),
    );
  }
  const sockets: Socket[] = [];
  try {
    const missing = new Set<string>();
    for (const [name, info] of infos) if (!bindOne(loop, info, options, sockets)) missing.add(name);
    if (sockets.length === 0) throw noneExists(call, [...missing]);
    reportMissing(loop, call, addressesOf, missing);
    return sockets;
  } catch (error) {
    for (const sock of sockets) sock.close();
    throw error;
  }
}

function noneExists(call: string, addresses: readonly string[]): OSError {
  const fields = { code: 'EADDRNOTAVAIL', errno: -EADDRNOTAVAIL, syscall: 'bind' };
  return new OSError(`${call}: this machine has no address ${addresses.join(', ')}`, fields);
}

/** A host of which nothing could be bound is not served, which its administrator wants to know. */
function reportMissing(
  loop: LoopCore,
  call: string,
  addressesOf: ReadonlyMap<string | null, readonly string[]>,
  missing: ReadonlySet<string>,
): void {
  for (const [host, addresses] of addressesOf) {
    if (!addresses.every((address) => missing.has(address))) continue;
    const message = `${call}: ${host} is left out: this machine has no address ${addresses.join(', ')}`;
    loop.callExceptionHandler({ message });
  }
}

/**
 * Adds a socket bound to one address. Returns false if this machine does not have that address or its family.
 */
function bindOne(loop: LoopCore, info: AddressInfo, options: ServerOptions, sockets: Socket[]): boolean {
  const [family, type, proto, , address] = info;
  let sock: Socket | null = null;
  try {
    sock = new Socket(family, type, proto, { kernel: loop.kernel });
    setOptions(sock, options);
    sock.bind(address);
  } catch (error) {
    sock?.close();
    // A container without IPv6 resolves localhost to ::1 all the same.
    if (error instanceof OSError && isMissing(error.errno)) return false;
    throw error;
  }
  sockets.push(sock);
  return true;
}

function isMissing(errno: number): boolean {
  return errno === -EAFNOSUPPORT || errno === -EADDRNOTAVAIL;
}

function setOptions(sock: Socket, options: ServerOptions): void {
  const { SOL_SOCKET, SO_REUSEADDR, SO_REUSEPORT, SO_KEEPALIVE, AF_INET6, IPPROTO_IPV6, IPV6_V6ONLY } = sock
    .kernel.constants as { [name: string]: number };
  const set = (level: number | undefined, option: number | undefined): void =>
    sock.setsockopt(level as number, option as number, 1);
  if (options.reuseAddress ?? true) set(SOL_SOCKET, SO_REUSEADDR);
  if (options.reusePort === true) set(SOL_SOCKET, SO_REUSEPORT);
  if (options.keepAlive === true) set(SOL_SOCKET, SO_KEEPALIVE);
  // One socket for both families on Linux, two elsewhere: we say two everywhere.
  if (sock.family === AF_INET6) set(IPPROTO_IPV6, IPV6_V6ONLY);
}

function bindToPath(loop: LoopCore, path: UnixAddress): Socket {
  const { AF_UNIX, SOCK_STREAM } = loop.kernel.constants;
  removeStaleSocket(loop.kernel, path);
  const sock = new Socket(AF_UNIX, SOCK_STREAM, 0, { kernel: loop.kernel });
  try {
    sock.bind(path);
    return sock;
  } catch (error) {
    sock.close();
    throw error;
  }
}

import type { AddressInput } from '../addresses/address.ts';
import { requireBoolean, requireOptions } from '../base/arguments.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { Socket } from './socket.ts';

/** How {@link createServer} makes its socket. */
export interface CreateServerOptions {
  /** `AF_INET` by default; `AF_INET6`, or `AF_UNIX` with a path. */
  readonly family?: number | undefined;
  /** As `Socket.listen` takes it. */
  readonly backlog?: number | undefined;
  /** Lets other sockets with this option have the same address: `SO_REUSEPORT`. */
  readonly reusePort?: boolean | undefined;
  /** With `AF_INET6`: also accept IPv4 connections, whose addresses look like `::ffff:1.2.3.4`. */
  readonly dualstackIpv6?: boolean | undefined;
  /** The operating system to use; the real one by default. */
  readonly kernel?: Kernel | undefined;
}

/** Sets a family's option before bind; closes nothing. */
function prepare(sock: Socket, options: CreateServerOptions): void {
  const { constants } = sock.kernel;
  const { SOL_SOCKET, IPPROTO_IPV6, IPV6_V6ONLY } = constants as Record<string, number>;
  const isInet = sock.family === constants.AF_INET || sock.family === constants.AF_INET6;
  // Old connections in TIME_WAIT would keep the address for minutes. On POSIX this lets nobody steal a live
  // one.
  if (isInet) sock.setsockopt(SOL_SOCKET as number, constants.SO_REUSEADDR as number, 1);
  if (options.reusePort === true) sock.setsockopt(SOL_SOCKET as number, constants.SO_REUSEPORT as number, 1);
  if (sock.family === constants.AF_INET6) {
    const only = options.dualstackIpv6 === true ? 0 : 1;
    sock.setsockopt(IPPROTO_IPV6 as number, IPV6_V6ONLY as number, only);
  }
}

/**
 * A stream socket that listens. Python's `socket.create_server`; like it, with `SO_REUSEADDR`, and without
 * IPv4 on `AF_INET6` by default.
 *
 * @param address `[host, port]`; `''` as host is every address of the machine, 0 as port lets the system
 *   choose. A path with `AF_UNIX`.
 * @returns the socket, blocking.
 * @throws {OSError} EADDRINUSE, EACCES and others of bind, naming the address; ENOPROTOOPT: no `SO_REUSEPORT`
 *   here.
 * @throws {TypeError} options of a wrong kind.
 * @throws {RangeError} `dualstackIpv6` with another family than `AF_INET6`, or where the system cannot do it.
 * @example
 *     using server = createServer(['', 8000]);
 *     const [connection, address] = server.accept();
 */
export function createServer(address: AddressInput, options: CreateServerOptions = {}): Socket {
  requireOptions('createServer', 'createServer(address, { reusePort: true })', options);
  const { kernel = defaultKernel(), reusePort = false, dualstackIpv6 = false } = options;
  requireBoolean('createServer', 'reusePort', reusePort);
  requireBoolean('createServer', 'dualstackIpv6', dualstackIpv6);
  const { constants } = kernel;
  const family = options.family ?? constants.AF_INET;
  if (dualstackIpv6) {
    if (family !== constants.AF_INET6) {
      throw new RangeError('createServer: dualstackIpv6 needs AF_INET6 as family');
    }
    if (!hasDualstackIpv6(kernel)) throw new RangeError('createServer: this system has no dual-stack IPv6');
  }
  const sock = new Socket(family, constants.SOCK_STREAM, 0, { kernel });
  try {
    prepare(sock, options);
    sock.bind(address);
    sock.listen(options.backlog);
    return sock;
  } catch (error) {
    sock.close();
    throw error;
  }
}

/** Whether one IPv6 socket can accept IPv4 connections too. Python's `socket.has_dualstack_ipv6`. */
export function hasDualstackIpv6(kernel: Kernel = defaultKernel()): boolean {
  const { AF_INET6, SOCK_STREAM, IPPROTO_IPV6, IPV6_V6ONLY } = kernel.constants;
  try {
    using sock = new Socket(AF_INET6, SOCK_STREAM, 0, { kernel });
    sock.setsockopt(IPPROTO_IPV6 as number, IPV6_V6ONLY as number, 0);
    return true;
  } catch {
    return false;
  }
}

/** Python's module functions that ask for names, synchronous. In a loop, use the loop's own `getaddrinfo`. */

import { hostname } from 'node:os';
import { inspect } from 'node:util';
import { hostToIPv4 } from '../addresses/host.ts';
import { formatIPv4 } from '../addresses/ip-text.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import { gaiError } from '../kernel/gai-error.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type AddressHints, type AddressInfo, addressQuery } from './address-query.ts';
import { lookUpAddresses, lookUpNames } from './blocking-lookup.ts';
import { hostResolver } from './blocking-resolver.ts';
import type { NameInfo } from './lookup-answer.ts';
import { type NameQueryAddress, nameQuery } from './name-query.ts';

/**
 * The addresses behind a host and a port, best first. Python's `socket.getaddrinfo`; POSIX getaddrinfo.
 * Blocks the thread until the system's resolver has answered, unless the host is an address or `localhost`.
 *
 * @param host a name (other than ASCII too), an address, or `null` for the loopback addresses; with
 *   `AI_PASSIVE` in `flags`, `null` stands for the addresses to bind.
 * @param port a number, the name of a service such as `http`, or `null`.
 * @param hints `family`, `type`, `proto`, `flags` (`AI_…`): narrow what is returned.
 * @returns `[family, type, proto, canonname, sockaddr]` each. Without a `type` there is an entry for each
 *   type of socket.
 * @throws {GaiError} ENOTFOUND (no such name), EAI_AGAIN (no name server answers), EAI_SERVICE, EAI_FAMILY
 *   and others.
 * @example
 *     const [[family, type, proto, , address]] = getaddrinfo('example.org', 'http', { type: SOCK_STREAM });
 */
export function getaddrinfo(
  host: string | null,
  port: number | string | null,
  hints: AddressHints = {},
  kernel: Kernel = defaultKernel(),
): AddressInfo[] {
  return lookUpAddresses(kernel, addressQuery('getaddrinfo', host, port, hints));
}

/**
 * The name of a host and of a service, from their address. Python's `socket.getnameinfo`. Blocks as
 * {@link getaddrinfo}.
 *
 * @param sockaddr `[host, port]` or `[host, port, flowInfo, scopeId]`; the host is an address, not a name.
 * @param flags `NI_NUMERICHOST`, `NI_NUMERICSERV` (numbers instead of names), `NI_NAMEREQD` (fail when there
 *   is no name), `NI_DGRAM`, `NI_NOFQDN`.
 * @returns `[host, service]`: names where there are any, else the numbers as text.
 * @throws {GaiError} ENOTFOUND: a name was required, or the host is one.
 */
export function getnameinfo(
  sockaddr: NameQueryAddress,
  flags = 0,
  kernel: Kernel = defaultKernel(),
): NameInfo {
  return lookUpNames(kernel, nameQuery(kernel.constants, 'getnameinfo', sockaddr, flags));
}

/**
 * An IPv4 address of a host as text. Python's `socket.gethostbyname`: IPv4 only, so prefer
 * {@link getaddrinfo}.
 *
 * @param host a name or an address; `''` is `0.0.0.0` and `'<broadcast>'` is `255.255.255.255`.
 * @throws {GaiError} ENOTFOUND and others.
 */
export function gethostbyname(host: string, kernel: Kernel = defaultKernel()): string {
  if (typeof host !== 'string') {
    throw new TypeError(`gethostbyname: expected a string, got ${inspect(host)}`);
  }
  return formatIPv4(hostToIPv4('gethostbyname', host, hostResolver(kernel)));
}

/** The name of this machine. Python's and POSIX's `gethostname`. */
export function gethostname(): string {
  return hostname();
}

/**
 * The port of a service, from the system's table (`/etc/services`). Python's `socket.getservbyname`.
 *
 * @param name such as `http`.
 * @param protocol `tcp` or `udp`; left out, whichever has it.
 * @throws {GaiError} EAI_SERVICE: no such service.
 */
export function getservbyname(
  name: string,
  protocol?: 'tcp' | 'udp',
  kernel: Kernel = defaultKernel(),
): number {
  if (typeof name !== 'string') {
    throw new TypeError(`getservbyname: expected a string, got ${inspect(name)}`);
  }
  const { constants } = kernel;
  const types = { tcp: constants.SOCK_STREAM, udp: constants.SOCK_DGRAM };
  const type = protocol === undefined ? 0 : types[protocol];
  if (type === undefined) {
    throw new RangeError(`getservbyname: expected 'tcp' or 'udp' as protocol, got ${inspect(protocol)}`);
  }
  const unknown = (): Error => gaiError(constants, constants.EAI_SERVICE as number, 0, 'getaddrinfo', name);
  // To getaddrinfo, digits are a port.
  if (/^\d*$/.test(name)) throw unknown();
  const query = addressQuery('getservbyname', '127.0.0.1', name, { type });
  const [info] = lookUpAddresses(kernel, query);
  if (info === undefined) throw unknown();
  return info[4][1];
}

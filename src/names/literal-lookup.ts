/**
 * Questions that need no resolver: addresses written out, and `localhost`, which RFC 6761 section 6.3 binds
 * to the loopback addresses. Anything out of the ordinary (zones, service names, flags that ask for more) is
 * left to the system.
 */

import { interfaceTable } from '../addresses/interface-table.ts';
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from '../addresses/ip-text.ts';
import type { Kernel, SocketConstants } from '../kernel/kernel.ts';
import type { AddressInfo, AddressQuery } from './address-query.ts';

/** Whether 127.0.0.1's sister is there: machines and containers without IPv6 are common. */
function hasIPv6Loopback(kernel: Kernel): boolean {
  if (!kernel.isNodesOwn) return true;
  return Object.values(interfaceTable()).some((infos) => infos?.some(({ address }) => address === '::1'));
}

/** Whether a name is bound to the loopback addresses, whatever is asked about it. */
export function isLocalhost(host: string): boolean {
  return /^localhost\.?$/i.test(host);
}

/** The families and addresses in the resolver's usual order (RFC 6724): IPv6 first. */
function addressesOf(kernel: Kernel, query: AddressQuery): [family: number, address: string][] {
  const { AF_INET, AF_INET6, AI_NUMERICHOST } = kernel.constants as { [name: string]: number };
  const host = query.host ?? '';
  const ipv4 = parseIPv4(host);
  if (ipv4 !== null) return [[AF_INET as number, formatIPv4(ipv4)]];
  const ipv6 = parseIPv6(host);
  if (ipv6 !== null) return [[AF_INET6 as number, formatIPv6(ipv6)]];
  if (!isLocalhost(host) || (query.flags & (AI_NUMERICHOST as number)) !== 0) return [];
  const loopback: [number, string][] = [[AF_INET as number, '127.0.0.1']];
  const mayBeIPv6 = query.family !== AF_INET;
  return mayBeIPv6 && hasIPv6Loopback(kernel) ? [[AF_INET6 as number, '::1'], ...loopback] : loopback;
}

/**
 * Type and protocol pairs; none when the system should judge the combination. As on Linux when nothing is
 * asked for.
 */
function kindsOf(constants: SocketConstants, { type, proto }: AddressQuery): [type: number, proto: number][] {
  const { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, IPPROTO_TCP, IPPROTO_UDP } = constants;
  const all = [
    [SOCK_STREAM, IPPROTO_TCP],
    [SOCK_DGRAM, IPPROTO_UDP],
  ] as [number, number][];
  if (type === 0 && proto === 0) return [...all, [SOCK_RAW as number, 0]];
  return all.filter((kind) => (type === 0 || kind[0] === type) && (proto === 0 || kind[1] === proto));
}

/**
 * The answer to a question that needs no resolver, in the resolver's own order.
 *
 * @returns `null` when the resolver is to be asked.
 */
export function answerAtOnce(kernel: Kernel, query: AddressQuery): AddressInfo[] | null {
  const { constants } = kernel;
  const { AI_PASSIVE, AI_NUMERICHOST, AI_NUMERICSERV, AF_INET6 } = constants as { [name: string]: number };
  const understood = (AI_PASSIVE as number) | (AI_NUMERICHOST as number) | (AI_NUMERICSERV as number);
  const { family, flags, host } = query;
  const port = query.port ?? 0;
  if (host === null || typeof port === 'string' || (flags & ~understood) !== 0) return null;
  const kinds = kindsOf(constants, query);
  const infos = addressesOf(kernel, query)
    .filter((address) => family === 0 || address[0] === family)
    .flatMap(([of, address]) =>
      kinds.map(([type, proto]): AddressInfo => {
        const sockaddr: AddressInfo[4] = of === AF_INET6 ? [address, port, 0, 0] : [address, port];
        return [of, type, proto, '', sockaddr];
      }),
    );
  return infos.length === 0 ? null : infos;
}

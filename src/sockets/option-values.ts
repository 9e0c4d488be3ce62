/**
 * Values of options that are C structs. They lie the same way on Linux, macOS and the BSDs.
 *
 * Multicast, from joining a group to choosing where messages leave:
 *
 *     sock.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, ipMreq('239.1.2.3', '192.168.1.5'));
 *     sock.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, inetPton(AF_INET, '192.168.1.5'));
 *     sock.setsockopt(IPPROTO_IP, IP_MULTICAST_TTL, Uint8Array.of(1)); // one byte: what every system takes
 *     sock.setsockopt(IPPROTO_IP, IP_MULTICAST_LOOP, Uint8Array.of(1));
 *     sock6.setsockopt(IPPROTO_IPV6, IPV6_JOIN_GROUP, ipv6Mreq('ff15::1', ifNametoindex('eth0')));
 *
 * For broadcast, `setsockopt(SOL_SOCKET, SO_BROADCAST, 1)` and send to `'<broadcast>'` or to the subnet's
 * address.
 */

import { inspect } from 'node:util';

import { LITTLE_ENDIAN, viewOf } from '../addresses/address-record.ts';
import { parseIPv4, parseIPv6 } from '../addresses/ip-text.ts';
import { requireInt } from '../base/arguments.ts';

const INT32_BYTES = 4;

function ipv4Of(call: string, what: string, text: unknown): Uint8Array {
  const bytes = typeof text === 'string' ? parseIPv4(text) : null;
  if (bytes !== null) return bytes;
  throw new RangeError(`${call}: expected an IPv4 address as ${what}, got ${inspect(text)}`);
}

/**
 * `struct ip_mreq`, the value of `IP_ADD_MEMBERSHIP` and `IP_DROP_MEMBERSHIP` (ip(7)).
 *
 * @param group the multicast group's address, 224.0.0.0 to 239.255.255.255.
 * @param interfaceAddress an address of the interface; by default the system chooses one.
 * @throws {RangeError} not an IPv4 address.
 */
export function ipMreq(group: string, interfaceAddress = '0.0.0.0'): Buffer {
  const parts = [
    ipv4Of('ipMreq', 'group', group),
    ipv4Of('ipMreq', "an interface's address", interfaceAddress),
  ];
  return Buffer.concat(parts);
}

/**
 * `struct ipv6_mreq`, the value of `IPV6_JOIN_GROUP` and `IPV6_LEAVE_GROUP` (RFC 3493 section 5.2).
 *
 * @param group the multicast group's address, `ff…`.
 * @param interfaceIndex the interface's index, see {@link ifNametoindex}; by default the system chooses one.
 * @throws {RangeError} not an IPv6 address, not an index.
 */
export function ipv6Mreq(group: string, interfaceIndex = 0): Buffer {
  const bytes = typeof group === 'string' ? parseIPv6(group) : null;
  if (bytes === null) {
    throw new RangeError(`ipv6Mreq: expected an IPv6 address as group, got ${inspect(group)}`);
  }
  const value = Buffer.alloc(bytes.length + INT32_BYTES);
  value.set(bytes);
  requireInt('ipv6Mreq', 'interfaceIndex', interfaceIndex);
  viewOf(value).setInt32(bytes.length, interfaceIndex, LITTLE_ENDIAN);
  return value;
}

/**
 * `struct linger`, the value of `SO_LINGER`: what closing does with data that is still to be sent.
 *
 * @param on false: close returns at once and the system goes on sending. True: close waits (and the thread
 *   with it) until the data is sent or the time is over.
 * @param seconds how long; with 0 the connection is reset at once and the data is lost.
 */
export function lingerValue(on: boolean, seconds: number): Buffer {
  const value = Buffer.alloc(2 * INT32_BYTES);
  viewOf(value).setInt32(0, on ? 1 : 0, LITTLE_ENDIAN);
  viewOf(value).setInt32(INT32_BYTES, requireInt('lingerValue', 'seconds', seconds), LITTLE_ENDIAN);
  return value;
}

/** What getnameinfo is asked: an address written out, as a record. */

import { inspect } from 'node:util';
import {
  ADDRESS_RECORD_BYTES,
  encodeAddress,
  type Inet6Address,
  type InetAddress,
} from '../addresses/address.ts';
import { parseIPv4 } from '../addresses/ip-text.ts';
import { requireInt } from '../base/arguments.ts';
import { noSuchName } from '../kernel/gai-error.ts';
import type { SocketConstants } from '../kernel/kernel.ts';

/** An address to find the names of. */
export type NameQueryAddress =
  | readonly [host: string, port: number, flowInfo?: number, scopeId?: number]
  | InetAddress
  | Inet6Address;

/** A checked question. */
export interface NameQuery {
  readonly host: string;
  readonly record: Uint8Array;
  readonly recordByteCount: number;
  readonly flags: number;
}

/**
 * A checked question.
 *
 * @throws {GaiError} the host is a name, which Python refuses too.
 * @throws {TypeError | RangeError} no address, or a part out of range.
 */
export function nameQuery(
  constants: SocketConstants,
  call: string,
  sockaddr: NameQueryAddress,
  flags: number,
): NameQuery {
  requireInt(call, 'flags', flags);
  const host: unknown = Array.isArray(sockaddr) ? sockaddr[0] : undefined;
  if (typeof host !== 'string') {
    throw new TypeError(
      `${call}: expected an address [host, port, flowInfo?, scopeId?], got ${inspect(sockaddr)}`,
    );
  }
  const isIPv6 = host.includes(':');
  if (!isIPv6 && parseIPv4(host) === null) throw noSuchName(constants, 'getnameinfo', host);
  const family = (isIPv6 ? constants.AF_INET6 : constants.AF_INET) as number;
  const record = new Uint8Array(ADDRESS_RECORD_BYTES);
  const recordByteCount = encodeAddress(constants, call, family, sockaddr, record);
  return { host, record, recordByteCount, flags };
}

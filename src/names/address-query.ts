/** What getaddrinfo is asked, checked and in one form: shared by the blocking call and by loops. */

import { isAscii } from 'node:buffer';
import { domainToASCII } from 'node:url';
import { inspect } from 'node:util';
import type { Inet6Address, InetAddress } from '../addresses/address.ts';
import { requireInt, requireOptions } from '../base/arguments.ts';
import { noSuchName } from '../kernel/gai-error.ts';
import type { SocketConstants } from '../kernel/kernel.ts';

/** Which addresses are wanted; 0 or left out is "any". */
export interface AddressHints {
  /** `AF_INET` or `AF_INET6`. */
  readonly family?: number | undefined;
  /** `SOCK_STREAM`, `SOCK_DGRAM`, … */
  readonly type?: number | undefined;
  /** `IPPROTO_TCP`, `IPPROTO_UDP`, … */
  readonly proto?: number | undefined;
  /** `AI_…`, or-ed. */
  readonly flags?: number | undefined;
}

/** One answer of getaddrinfo: what to make a socket from, and where to connect or bind it. Python's five. */
export type AddressInfo = [
  family: number,
  type: number,
  proto: number,
  /** The canonical name, in the first entry when `AI_CANONNAME` asked for it; else `''`. */
  canonname: string,
  sockaddr: InetAddress | Inet6Address,
];

/** A checked question. */
export interface AddressQuery {
  /** `null`: the loopback addresses, or with `AI_PASSIVE` the ones to bind for "any". */
  readonly host: string | null;
  /** A number, the name of a service, or `null` for none (port 0). */
  readonly port: number | string | null;
  readonly family: number;
  readonly type: number;
  readonly proto: number;
  readonly flags: number;
}

const PORT_MAX = 65_535;

function checkedHost(call: string, host: unknown): string | null {
  if (host === null || host === undefined) return null;
  if (typeof host !== 'string') {
    throw new TypeError(`${call}: expected a string or null as host, got ${inspect(host)}`);
  }
  if (host.includes('\0')) throw new RangeError(`${call}: NUL inside the host ${inspect(host)}`);
  return host;
}

function checkedPort(call: string, port: unknown): number | string | null {
  if (port === null || port === undefined || port === '') return null;
  if (typeof port === 'string' && !/^\d+$/.test(port)) {
    if (port.includes('\0')) throw new RangeError(`${call}: NUL inside the service ${inspect(port)}`);
    return port;
  }
  if (typeof port !== 'string' && typeof port !== 'number') {
    throw new TypeError(
      `${call}: expected a number, the name of a service or null as port, got ${inspect(port)}`,
    );
  }
  const number = Number(port);
  if (Number.isInteger(number) && number >= 0 && number <= PORT_MAX) return number;
  throw new RangeError(`${call}: expected a port from 0 to ${PORT_MAX}, got ${port}`);
}

/**
 * A checked question.
 *
 * @param call who asks, for messages.
 * @throws {TypeError | RangeError} an argument of the wrong kind, or out of range.
 */
export function addressQuery(
  call: string,
  host: string | null,
  port: number | string | null,
  hints: AddressHints = {},
): AddressQuery {
  // Python has the family in this place.
  requireOptions(call, `${call}(host, port, { family: AF_INET })`, hints);
  return {
    host: checkedHost(call, host),
    port: checkedPort(call, port),
    family: requireInt(call, 'family', hints.family ?? 0),
    type: requireInt(call, 'type', hints.type ?? 0),
    proto: requireInt(call, 'proto', hints.proto ?? 0),
    flags: requireInt(call, 'flags', hints.flags ?? 0),
  };
}

/**
 * What is in no name. `domainToASCII` reads its argument as the host of a URL: it would cut the name off at
 * some of these, leave others out, and decode percent signs.
 */
const FOREIGN_ASCII = /(?![A-Za-z0-9._-])[\0-\x7f]/;

/**
 * Names travel in ASCII; others in the form that IDNA has for them. What is ASCII already is the resolver's
 * to judge.
 */
function hostToAscii(constants: SocketConstants, host: string): string {
  if (isAscii(Buffer.from(host))) return host;
  const ascii = FOREIGN_ASCII.test(host) ? '' : domainToASCII(host);
  if (ascii === '') throw noSuchName(constants, 'getaddrinfo', host);
  return ascii;
}

/** A question as the kernel takes it. */
export interface EncodedQuery {
  readonly host: Uint8Array;
  readonly service: Uint8Array;
  readonly hints: Int32Array;
}

/**
 * A question as the kernel takes it.
 *
 * @throws {GaiError} the name cannot exist: it is empty, or has no form in ASCII.
 */
export function encodeQuery(constants: SocketConstants, query: AddressQuery): EncodedQuery {
  if (query.host === '') throw noSuchName(constants, 'getaddrinfo', '');
  return {
    host: Buffer.from(hostToAscii(constants, query.host ?? '')),
    service: Buffer.from(query.port === null ? '' : String(query.port)),
    hints: Int32Array.of(query.family, query.type, query.proto, query.flags),
  };
}

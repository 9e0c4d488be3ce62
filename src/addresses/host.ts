/**
 * The host of an address, from text to bytes: literals, `''` for "any", `<broadcast>`, and `localhost`, which
 * RFC 6761 section 6.3 binds to the loopback address. Code that may block passes a resolver for other names.
 */

import { inspect } from 'node:util';

import type { OSError } from '../base/errors.ts';
import { ifNametoindex } from './interfaces.ts';
import { parseIPv4, parseIPv6 } from './ip-text.ts';

const ANY_IPV4 = Uint8Array.of(0, 0, 0, 0);
const BROADCAST_IPV4 = Uint8Array.of(255, 255, 255, 255);
const LOOPBACK_IPV4 = Uint8Array.of(127, 0, 0, 1);
const ANY_IPV6 = new Uint8Array(16);
const LOOPBACK_IPV6 = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

const UINT32_MAX = 0xffff_ffff;

/** What systems say of a name that no interface has. */
const UNKNOWN_INTERFACE: ReadonlySet<string> = new Set(['ENODEV', 'ENXIO']);

/** An IPv6 host: its bytes, and the scope id when the text named a zone. */
export interface IPv6Host {
  readonly bytes: Uint8Array;
  readonly scopeId: number | null;
}

/** An address that a name has, as text without zone. */
export interface ResolvedHost {
  readonly text: string;
  readonly scopeId: number;
}

/**
 * Finds an address of a name, or raises a {@link GaiError}.
 *
 * @param call who asks, for messages.
 */
export type ResolveHost = (call: string, host: string, family: 'AF_INET' | 'AF_INET6') => ResolvedHost;

function isLocalhost(host: string): boolean {
  return host.toLowerCase() === 'localhost';
}

/** True for a host that is the name of something: no address, nothing that stands for one. */
export function isHostName(host: string): boolean {
  if (host === '' || host === '<broadcast>' || host.includes(':') || isLocalhost(host)) return false;
  return parseIPv4(host) === null;
}

function unresolvable(call: string, host: string, kind: string): RangeError {
  return new RangeError(
    `${call}: ${inspect(host)} is not an ${kind} address, and this call does not resolve names. ` +
      'Ask getaddrinfo first, or use createConnection and the like',
  );
}

/**
 * The bytes of an `AF_INET` host.
 *
 * @param call who asks, for the message.
 * @param resolve finds the addresses of names; without it they are refused.
 * @throws {RangeError} a name, an IPv6 literal, or no address at all.
 */
export function hostToIPv4(call: string, host: string, resolve: ResolveHost | null = null): Uint8Array {
  if (host === '') return ANY_IPV4;
  if (host === '<broadcast>') return BROADCAST_IPV4;
  const bytes = parseIPv4(host);
  if (bytes !== null) return bytes;
  if (isLocalhost(host)) return LOOPBACK_IPV4;
  if (host.includes(':')) {
    throw new RangeError(`${call}: ${inspect(host)} is an IPv6 address, but the socket's family is AF_INET`);
  }
  const resolved = resolve === null ? null : parseIPv4(resolve(call, host, 'AF_INET').text);
  if (resolved !== null) return resolved;
  throw unresolvable(call, host, 'IPv4');
}

/**
 * The scope id of a zone: a number as it is, a name as the index of that interface (RFC 4007 section 11.2).
 */
function zoneToScopeId(call: string, host: string, zone: string): number {
  if (/^\d{1,10}$/.test(zone)) {
    const scopeId = Number(zone);
    if (scopeId <= UINT32_MAX) return scopeId;
    throw new RangeError(`${call}: the zone of ${inspect(host)} is larger than ${UINT32_MAX}`);
  }
  try {
    return ifNametoindex(zone);
  } catch (error) {
    const isUnknown = error instanceof RangeError || UNKNOWN_INTERFACE.has((error as OSError).code);
    if (!isUnknown) throw error;
    throw new RangeError(`${call}: the zone of ${inspect(host)} is no interface of this machine`);
  }
}

/**
 * The bytes and the zone of an `AF_INET6` host.
 *
 * @param call who asks, for the message.
 * @param resolve finds the addresses of names; without it they are refused.
 * @throws {RangeError} a name, an IPv4 literal, an unknown zone, or no address at all.
 */
export function hostToIPv6(call: string, host: string, resolve: ResolveHost | null = null): IPv6Host {
  if (host === '') return { bytes: ANY_IPV6, scopeId: null };
  const percent = host.indexOf('%');
  const bytes = parseIPv6(percent < 0 ? host : host.slice(0, percent));
  if (bytes !== null) {
    return { bytes, scopeId: percent < 0 ? null : zoneToScopeId(call, host, host.slice(percent + 1)) };
  }
  if (isLocalhost(host)) return { bytes: LOOPBACK_IPV6, scopeId: null };
  if (parseIPv4(host) !== null) {
    throw new RangeError(
      `${call}: ${inspect(host)} is an IPv4 address, but the socket's family is AF_INET6; write '::ffff:${host}'`,
    );
  }
  if (resolve !== null) {
    const { text, scopeId } = resolve(call, host, 'AF_INET6');
    const resolved = parseIPv6(text);
    if (resolved !== null) return { bytes: resolved, scopeId: scopeId === 0 ? null : scopeId };
  }
  throw unresolvable(call, host, 'IPv6');
}

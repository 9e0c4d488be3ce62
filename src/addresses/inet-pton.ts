import { inspect } from 'node:util';

import { defaultKernel } from '../kernel/default-kernel.ts';
import type { SocketConstants } from '../kernel/kernel.ts';
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from './ip-text.ts';

function unknownFamily(call: string, family: number): RangeError {
  return new RangeError(`${call}: expected AF_INET or AF_INET6 as family, got ${inspect(family)}`);
}

/**
 * An IP address from text to its bytes in network order. POSIX `inet_pton`, Python's `socket.inet_pton`.
 *
 * @param family `AF_INET` (4 bytes) or `AF_INET6` (16 bytes, no zone).
 * @param text such as `127.0.0.1` or `::1`. Strict: four parts, no leading zeros.
 * @throws {RangeError} the text is no address of that family, or the family is another one.
 * @example inetPton(AF_INET, '127.0.0.1'); // <Buffer 7f 00 00 01>
 */
export function inetPton(
  family: number,
  text: string,
  constants: SocketConstants = defaultKernel().constants,
): Buffer {
  if (typeof text !== 'string') throw new TypeError(`inetPton: expected a string, got ${inspect(text)}`);
  const isIPv4 = family === constants.AF_INET;
  if (!isIPv4 && family !== constants.AF_INET6) throw unknownFamily('inetPton', family);
  const bytes = isIPv4 ? parseIPv4(text) : parseIPv6(text);
  if (bytes !== null) return Buffer.from(bytes.buffer);
  throw new RangeError(`inetPton: ${inspect(text)} is not an ${isIPv4 ? 'IPv4' : 'IPv6'} address`);
}

/**
 * An IP address from its bytes in network order to canonical text (RFC 5952). POSIX `inet_ntop`, Python's
 * `socket.inet_ntop`.
 *
 * @param family `AF_INET` or `AF_INET6`.
 * @param packed 4 or 16 bytes.
 * @throws {RangeError} the number of bytes does not fit the family, or the family is another one.
 * @example inetNtop(AF_INET6, inetPton(AF_INET6, '0:0::1')); // '::1'
 */
export function inetNtop(
  family: number,
  packed: Uint8Array,
  constants: SocketConstants = defaultKernel().constants,
): string {
  if (!(packed instanceof Uint8Array)) {
    throw new TypeError(`inetNtop: expected a Uint8Array, got ${inspect(packed)}`);
  }
  const isIPv4 = family === constants.AF_INET;
  if (!isIPv4 && family !== constants.AF_INET6) throw unknownFamily('inetNtop', family);
  const expected = isIPv4 ? 4 : 16;
  if (packed.length !== expected) {
    throw new RangeError(`inetNtop: expected ${expected} bytes, got ${packed.length}`);
  }
  return isIPv4 ? formatIPv4(packed) : formatIPv6(packed);
}

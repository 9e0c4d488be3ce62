/**
 * Numbers between the machine's byte order and the network's, which is big-endian. POSIX `htons` and its
 * family.
 */

import { inspect } from 'node:util';

import { LITTLE_ENDIAN } from './address-record.ts';

const UINT16_MAX = 0xffff;
const UINT32_MAX = 0xffff_ffff;

function requireUnsigned(call: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new RangeError(`${call}: expected an integer from 0 to ${max}, got ${inspect(value)}`);
}

function swap16(value: number): number {
  return LITTLE_ENDIAN ? ((value & 0xff) << 8) | (value >>> 8) : value;
}

function swap32(value: number): number {
  if (!LITTLE_ENDIAN) return value;
  return ((swap16(value & UINT16_MAX) << 16) | swap16(value >>> 16)) >>> 0;
}

/** A 16-bit number from host to network order. @throws {RangeError} not an integer from 0 to 65535 */
export function htons(value: number): number {
  return swap16(requireUnsigned('htons', value, UINT16_MAX));
}

/** A 16-bit number from network to host order. @throws {RangeError} not an integer from 0 to 65535 */
export function ntohs(value: number): number {
  return swap16(requireUnsigned('ntohs', value, UINT16_MAX));
}

/** A 32-bit number from host to network order. @throws {RangeError} not an integer from 0 to 4294967295 */
export function htonl(value: number): number {
  return swap32(requireUnsigned('htonl', value, UINT32_MAX));
}

/** A 32-bit number from network to host order. @throws {RangeError} not an integer from 0 to 4294967295 */
export function ntohl(value: number): number {
  return swap32(requireUnsigned('ntohl', value, UINT32_MAX));
}

/**
 * The kernel's answers to lookups, from bytes. Integers are in native byte order:
 *
 *     bytes 0…3    uint32   size of the whole answer in bytes, these four included
 *     bytes 4…7    int32    which lookup this answers
 *     bytes 8…11   int32    0, or why not: the platform's `EAI_` number
 *     bytes 12…15  int32    errno, when that is `EAI_SYSTEM`
 *     bytes 16…19  uint32   how many bytes the first text has: canonical name, or host
 *     bytes 20…23  uint32   how many bytes the second text has: service
 *     then the two texts, not terminated; then for each address
 *                  int32 type   int32 protocol   the address's record (see address.ts), which knows its size
 *
 * `native/names/lookup.h` is the other end.
 */

import { decodeAddress, recordByteCount, recordFamily } from '../addresses/address.ts';
import { EAGAIN, ENOBUFS } from '../kernel/errno.ts';
import { gaiError } from '../kernel/gai-error.ts';
import type { NameLookups, SocketConstants } from '../kernel/kernel.ts';
import { osError } from '../kernel/os-error.ts';
import type { AddressInfo, AddressQuery } from './address-query.ts';

const HEADER_BYTES = 24;
const KIND_BYTES = 8;
/** Room for about a hundred addresses: what is larger is fetched a second time. */
const USUAL_BYTES = 4096;

/** The names that belong to an address: Python's pair. */
export type NameInfo = [host: string, service: string];

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** One thread's, and overwritten by the next answer: what is decoded from it owns its memory. */
let buffer = Buffer.alloc(USUAL_BYTES);

/** An answer that was taken. Decode it before the next one is. */
export interface TakenAnswer {
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** The next answer, or `null` when none has come. */
export function takeAnswer(lookups: NameLookups): TakenAnswer | null {
  let result = lookups.take(buffer);
  if (result === -ENOBUFS) {
    buffer = Buffer.alloc(recordByteCount(buffer));
    result = lookups.take(buffer);
  }
  if (result === -EAGAIN) return null;
  if (result < 0) throw osError(result, 'take the answer of a lookup');
  return { id: result, bytes: buffer.subarray(0, recordByteCount(buffer)) };
}

interface Header {
  readonly view: DataView;
  readonly first: string;
  readonly second: string;
  /** Where the addresses begin. */
  readonly end: number;
}

function readHeader(
  constants: SocketConstants,
  bytes: Uint8Array,
  syscall: string,
  subject: (eai: number) => string | null,
): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const eai = view.getInt32(8, LITTLE_ENDIAN);
  if (eai !== 0) throw gaiError(constants, eai, view.getInt32(12, LITTLE_ENDIAN), syscall, subject(eai));
  const middle = HEADER_BYTES + view.getUint32(16, LITTLE_ENDIAN);
  const end = middle + view.getUint32(20, LITTLE_ENDIAN);
  const text = (from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString();
  return { view, first: text(HEADER_BYTES, middle), second: text(middle, end), end };
}

/**
 * The addresses in an answer. Those of families that have no host and port are left out.
 *
 * @param query what was asked for, for the message.
 * @throws {GaiError} the resolver refused; {@link OSError} a system call of its failed.
 */
export function decodeAddresses(
  constants: SocketConstants,
  bytes: Uint8Array,
  query: AddressQuery,
): AddressInfo[] {
  const { host, port } = query;
  const subject = (eai: number): string | null =>
    eai === constants.EAI_SERVICE && port !== null ? String(port) : host;
  const { view, first, end } = readHeader(constants, bytes, 'getaddrinfo', subject);
  const infos: AddressInfo[] = [];
  for (let at = end; at < bytes.length; ) {
    const record = bytes.subarray(at + KIND_BYTES);
    const family = recordFamily(record);
    if (family === constants.AF_INET || family === constants.AF_INET6) {
      const sockaddr = decodeAddress(constants, record) as AddressInfo[4];
      const canonname = infos.length === 0 ? first : '';
      const type = view.getInt32(at, LITTLE_ENDIAN);
      infos.push([family, type, view.getInt32(at + 4, LITTLE_ENDIAN), canonname, sockaddr]);
    }
    at += KIND_BYTES + recordByteCount(record);
  }
  return infos;
}

/**
 * The names in an answer.
 *
 * @param host the address that was asked for, for the message.
 * @throws {GaiError} the resolver refused; {@link OSError} a system call of its failed.
 */
export function decodeNames(constants: SocketConstants, bytes: Uint8Array, host: string): NameInfo {
  const { first, second } = readHeader(constants, bytes, 'getnameinfo', () => host);
  return [first, second];
}

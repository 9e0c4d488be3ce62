/**
 * Reading and writing the parts of an address record that all families share. The layout is in `address.ts`.
 */

import { inspect } from 'node:util';

/** Room for any record: the largest `sockaddr_storage` we know has 256 bytes, the header 8. */
export const ADDRESS_RECORD_BYTES = 264;

/** Size and family. */
export const HEADER_BYTES = 8;

/** Numbers cross in the machine's own order. */
export const LITTLE_ENDIAN: boolean = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** The memory behind a record, for reading numbers. */
export function viewOf(record: Uint8Array): DataView {
  return new DataView(record.buffer, record.byteOffset, record.byteLength);
}

/**
 * A number of 32 bits. What every datagram needs is read and written so: a view is an object a time, and
 * dearer than the rest.
 */
export function readUint32(record: Uint8Array, at: number): number {
  const [a, b, c, d] = LITTLE_ENDIAN ? [at + 3, at + 2, at + 1, at] : [at, at + 1, at + 2, at + 3];
  return (
    (((record[a] as number) << 24) |
      ((record[b] as number) << 16) |
      ((record[c] as number) << 8) |
      (record[d] as number)) >>>
    0
  );
}

/** As {@link readUint32}; signed numbers too. */
export function writeUint32(record: Uint8Array, at: number, value: number): void {
  const [a, b, c, d] = LITTLE_ENDIAN ? [at + 3, at + 2, at + 1, at] : [at, at + 1, at + 2, at + 3];
  record[a] = value >>> 24;
  record[b] = value >>> 16;
  record[c] = value >>> 8;
  record[d] = value;
}

/** Writes size and family. */
export function writeHeader(out: Uint8Array, byteCount: number, family: number): void {
  writeUint32(out, 0, byteCount);
  writeUint32(out, 4, family);
}

/** The size of a record in bytes, from its first four. */
export function recordByteCount(record: Uint8Array): number {
  return readUint32(record, 0);
}

/** The family of a record, the platform's number. */
export function recordFamily(record: Uint8Array): number {
  return readUint32(record, 4) | 0;
}

/**
 * The bytes of a record as a string, one character each: for keeping, in 32 bytes where an array of its own
 * takes over 200.
 */
export function packRecord(record: Uint8Array): string {
  return Buffer.from(record.buffer, record.byteOffset, recordByteCount(record)).toString('latin1');
}

/** Undoes {@link packRecord}. */
export function unpackRecord(packed: string): Uint8Array {
  return Buffer.from(packed, 'latin1');
}

/** A part of an address that is a number from 0 to `max`. */
export function integerField(call: string, what: string, value: unknown, max: number): number {
  if (typeof value !== 'number') {
    throw new TypeError(`${call}: expected a number as ${what}, got ${inspect(value)}`);
  }
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new RangeError(`${call}: expected a ${what} from 0 to ${max}, got ${value}`);
}

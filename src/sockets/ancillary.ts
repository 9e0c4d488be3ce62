/**
 * Ancillary data: what travels beside a message's bytes, such as descriptors, credentials, time stamps.
 *
 * To the kernel it crosses as a row of items, integers in native byte order; `native/socket/control.cc` is
 * the other end and the only code that knows `cmsghdr`:
 *
 *     bytes 0…3   uint32   size of the item in bytes, these twelve included
 *     bytes 4…7   int32    level
 *     bytes 8…11  int32    type
 *     then the data, and up to three bytes that bring the next item to a multiple of four
 */

import { inspect } from 'node:util';
import { LITTLE_ENDIAN, viewOf } from '../addresses/address-record.ts';
import { requireByteCount, requireBytes, requireInt } from '../base/arguments.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import type { Kernel, SocketConstants } from '../kernel/kernel.ts';

/** One piece of received ancillary data: `[SOL_SOCKET, SCM_RIGHTS, <Buffer …>]`. Python's triple. */
export type Ancillary = [level: number, type: number, data: Buffer];
/** One piece of ancillary data to be sent. */
export type AncillaryInput = readonly [level: number, type: number, data: Uint8Array];

const ITEM_HEADER_BYTES = 12;
const FD_BYTES = 4;

/** No system has use for more; keeps the sums below from overflowing. */
const DATA_BYTES_MAX = 2 ** 30;

const NOTHING = new Uint8Array(0);

function align(byteCount: number, multiple: number): number {
  return Math.ceil(byteCount / multiple) * multiple;
}

/** A copy of an item whose parts are not checked yet. */
function takeItem(call: string, item: unknown): readonly unknown[] {
  if (Array.isArray(item) && item.length === 3) return Array.from(item as readonly unknown[]);
  throw new TypeError(`${call}: expected [level, type, data] as ancillary data, got ${inspect(item)}`);
}

/** Writes items as they cross to the kernel. */
export function encodeAncillary(call: string, items: readonly AncillaryInput[]): Uint8Array {
  if (!Array.isArray(items)) {
    throw new TypeError(`${call}: expected an array of [level, type, data], got ${inspect(items)}`);
  }
  if (items.length === 0) return NOTHING;
  // Copied first: reading an element may run code (a getter), which could give other elements' memory away.
  const list = Array.from(items as readonly unknown[], (item) => takeItem(call, item));
  let byteCount = 0;
  for (const [level, type, data] of list) {
    requireInt(call, 'level', level);
    requireInt(call, 'type', type);
    byteCount += align(ITEM_HEADER_BYTES + requireBytes(call, 'data', data).length, 4);
  }
  const out = new Uint8Array(byteCount);
  const view = viewOf(out);
  let at = 0;
  for (const [level, type, data] of list as unknown as readonly AncillaryInput[]) {
    view.setUint32(at, ITEM_HEADER_BYTES + data.length, LITTLE_ENDIAN);
    view.setInt32(at + 4, level, LITTLE_ENDIAN);
    view.setInt32(at + 8, type, LITTLE_ENDIAN);
    out.set(data, at + ITEM_HEADER_BYTES);
    at += align(ITEM_HEADER_BYTES + data.length, 4);
  }
  return out;
}

/** Reads items that the kernel wrote. The data is the caller's own. */
export function decodeAncillary(items: Uint8Array): Ancillary[] {
  const view = viewOf(items);
  const decoded: Ancillary[] = [];
  for (let at = 0; at < items.length; ) {
    const byteCount = view.getUint32(at, LITTLE_ENDIAN);
    const [level, type] = [view.getInt32(at + 4, LITTLE_ENDIAN), view.getInt32(at + 8, LITTLE_ENDIAN)];
    decoded.push([level, type, Buffer.from(items.subarray(at + ITEM_HEADER_BYTES, at + byteCount))]);
    at += align(byteCount, 4);
  }
  return decoded;
}

/** Descriptors as the data of `SCM_RIGHTS`. */
export function packFds(fds: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(fds).buffer);
}

/** The descriptors in what was received, in order. */
export function descriptorsIn(constants: SocketConstants, items: readonly Ancillary[]): number[] {
  const { SOL_SOCKET, SCM_RIGHTS, SCM_PIDFD } = constants;
  return items.flatMap(([level, type, data]) => {
    if (level !== SOL_SOCKET || (type !== SCM_RIGHTS && type !== SCM_PIDFD)) return [];
    const view = viewOf(data);
    const count = Math.floor(data.length / FD_BYTES);
    return Array.from({ length: count }, (_, i) => view.getInt32(i * FD_BYTES, LITTLE_ENDIAN));
  });
}

/**
 * The length of a control message with `byteCount` bytes of data, without padding at its end. Python's
 * `socket.CMSG_LEN`.
 *
 * @param byteCount size of the data.
 * @returns bytes: what `recvmsg` needs as `ancillaryByteCount` for exactly one such item.
 */
export function cmsgLen(byteCount: number, kernel: Kernel = defaultKernel()): number {
  const { CMSG_HEADER_BYTES = 0 } = kernel.constants;
  return CMSG_HEADER_BYTES + requireByteCount('cmsgLen', byteCount, DATA_BYTES_MAX);
}

/**
 * The space that a control message with `byteCount` bytes of data takes among others. Python's
 * `socket.CMSG_SPACE`.
 *
 * @param byteCount size of the data.
 * @returns bytes; for several items the sum is what `recvmsg` needs.
 * @example sock.recvmsg(1024, cmsgSpace(2 * 4)); // room for two descriptors
 */
export function cmsgSpace(byteCount: number, kernel: Kernel = defaultKernel()): number {
  const { CMSG_HEADER_BYTES = 0, CMSG_ALIGN_BYTES = 1 } = kernel.constants;
  return (
    CMSG_HEADER_BYTES + align(requireByteCount('cmsgSpace', byteCount, DATA_BYTES_MAX), CMSG_ALIGN_BYTES)
  );
}

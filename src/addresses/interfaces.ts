/** The machine's network interfaces by name and by index. */

import { inspect } from 'node:util';
import { requireInt } from '../base/arguments.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { check } from '../kernel/os-error.ts';
import { LITTLE_ENDIAN, viewOf } from './address-record.ts';

/** `IFNAMSIZ`, the same everywhere, after a uint32. */
const NAME_BYTES = 16;
const ENTRY_BYTES = 4 + NAME_BYTES;
const FIRST_GUESS = 64;

function textOf(padded: Uint8Array): string {
  const end = padded.indexOf(0);
  return Buffer.from(padded.subarray(0, end < 0 ? padded.length : end)).toString();
}

/**
 * All interfaces. Python's `socket.if_nameindex`.
 *
 * @returns `[index, name]` each, in the system's order.
 * @throws {OSError} EMFILE, ENOBUFS.
 */
export function ifNameindex(kernel: Kernel = defaultKernel()): [index: number, name: string][] {
  let entries = new Uint8Array(FIRST_GUESS * ENTRY_BYTES);
  for (;;) {
    const count = check(kernel.sockets.ifNameindex(entries), 'if_nameindex');
    if (count * ENTRY_BYTES > entries.length) {
      // Twice what there are: there may be more by now.
      entries = new Uint8Array(2 * count * ENTRY_BYTES);
      continue;
    }
    const view = viewOf(entries);
    return Array.from({ length: count }, (_, i) => {
      const at = i * ENTRY_BYTES;
      return [view.getUint32(at, LITTLE_ENDIAN), textOf(entries.subarray(at + 4, at + ENTRY_BYTES))];
    });
  }
}

/**
 * The index of an interface. Python's `socket.if_nametoindex`.
 *
 * @throws {OSError} ENODEV, ENXIO: no interface has that name.
 */
export function ifNametoindex(name: string, kernel: Kernel = defaultKernel()): number {
  if (typeof name !== 'string') {
    throw new TypeError(`ifNametoindex: expected a string, got ${inspect(name)}`);
  }
  // A name that does not fit cannot exist, and cut to size it could be another's.
  if (Buffer.byteLength(name) >= NAME_BYTES || name.includes('\0')) {
    throw new RangeError(
      `ifNametoindex: interfaces have names of 1 to ${NAME_BYTES - 1} bytes, got ${inspect(name)}`,
    );
  }
  return check(kernel.sockets.ifNametoindex(name), 'if_nametoindex', name);
}

/**
 * The name of an interface. Python's `socket.if_indextoname`.
 *
 * @throws {OSError} ENXIO: no interface has that index.
 */
export function ifIndextoname(index: number, kernel: Kernel = defaultKernel()): string {
  const out = new Uint8Array(NAME_BYTES);
  requireInt('ifIndextoname', 'index', index);
  const byteCount = check(kernel.sockets.ifIndextoname(index, out), 'if_indextoname', `index ${index}`);
  return Buffer.from(out.subarray(0, byteCount)).toString();
}

/** Messages that cross to the kernel many at a time. */

import { inspect } from 'node:util';
import {
  ADDRESS_RECORD_BYTES,
  type Address,
  type AddressInput,
  decodeSender,
  encodeAddress,
} from '../addresses/address.ts';
import type { ResolveHost } from '../addresses/host.ts';
import { requireBytes } from '../base/arguments.ts';
import type { Kernel, SocketConstants } from '../kernel/kernel.ts';

/** A message to the connected peer, or to an address. */
export type OutgoingMessage = Uint8Array | readonly [data: Uint8Array, address: AddressInput];

/** What one native call sends at most; `native/socket/batch.h` says why. */
const BATCH_MAX = 64;
/** More messages at once make no call cheaper. */
const COUNT_MAX = 1024;
const BYTES_MAX = 65_536;

/**
 * Memory of up to this size is kept for the next call: 64 datagrams of an Ethernet's size take a tenth of it.
 */
const KEPT_BYTES = 1024 * 1024;

const NO_ADDRESSES = new Uint8Array(0);

/**
 * Slots for received messages. One per thread is kept and used again: a call fills it and copies out what
 * came.
 */
export class ReceivedBatch {
  static #kept: ReceivedBatch | null = null;
  readonly #byteCount: number;
  readonly #buffer: Uint8Array;
  readonly #results: Int32Array;
  readonly #records: Uint8Array;

  private constructor(count: number, byteCount: number) {
    this.#byteCount = byteCount;
    this.#buffer = new Uint8Array(count * byteCount);
    this.#results = new Int32Array(count * 2);
    this.#records = new Uint8Array(count * ADDRESS_RECORD_BYTES);
  }

  /** Slots for `count` messages of up to `byteCount` bytes. */
  static ofSize(call: string, count: number, byteCount: number): ReceivedBatch {
    requireWithin(call, 'maxCount', count, COUNT_MAX);
    requireWithin(call, 'byteCount', byteCount, BYTES_MAX);
    const kept = ReceivedBatch.#kept;
    if (kept !== null && kept.#results.length === count * 2 && kept.#byteCount === byteCount) return kept;
    const batch = new ReceivedBatch(count, byteCount);
    if (count * byteCount <= KEPT_BYTES) ReceivedBatch.#kept = batch;
    return batch;
  }

  /** How many messages came, or `-errno`. */
  receive(kernel: Kernel, fd: number, flags: number): number {
    return kernel.sockets.recvMany(fd, this.#buffer, this.#byteCount, flags, this.#results, this.#records);
  }

  /** Copies of the first `count` messages. */
  take(count: number, constants: SocketConstants, proto: number): [Buffer, Address | null, number][] {
    return Array.from({ length: count }, (_, i) => {
      const start = i * this.#byteCount;
      const [byteCount, flags] = this.#results.subarray(2 * i) as unknown as [number, number];
      const record = this.#records.subarray(i * ADDRESS_RECORD_BYTES, (i + 1) * ADDRESS_RECORD_BYTES);
      const data = Buffer.from(this.#buffer.subarray(start, start + byteCount));
      return [data, decodeSender(constants, record, proto), flags];
    });
  }
}

function requireWithin(call: string, what: string, value: unknown, max: number): void {
  if (typeof value !== 'number') {
    throw new TypeError(`${call}: expected a number as ${what}, got ${inspect(value)}`);
  }
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw new RangeError(`${call}: expected a ${what} from 1 to ${max}, got ${value}`);
}

/** Up to 64 messages, as one native call sends them. */
export interface OutgoingBatch {
  readonly length: number;
  /** How many were taken, or `-errno`. */
  send(kernel: Kernel, fd: number, flags: number): number;
}

/** Checks messages and divides them into batches. All are checked before the first is sent. */
export function packMessages(
  kernel: Kernel,
  call: string,
  family: number,
  messages: readonly OutgoingMessage[],
  resolve: ResolveHost | null,
): OutgoingBatch[] {
  if (!Array.isArray(messages)) {
    throw new TypeError(`${call}: expected an array of messages, got ${inspect(messages)}`);
  }
  // Copied first: reading a message or an address may run code (a getter) that gives memory away.
  const list: readonly OutgoingMessage[] = Array.from(messages as readonly OutgoingMessage[]);
  const withAddresses = list.length > 0 && !(list[0] instanceof Uint8Array);
  const encode = (address: AddressInput, out: Uint8Array): number =>
    encodeAddress(kernel.constants, call, family, address, out, resolve);
  const batches = Array.from({ length: Math.ceil(list.length / BATCH_MAX) }, (_, i) => {
    const part = list.slice(i * BATCH_MAX, (i + 1) * BATCH_MAX);
    return withAddresses ? packAddressed(call, part, encode) : { buffers: part, records: NO_ADDRESSES };
  });
  // Last, when nobody else's code runs any more.
  for (const { buffers } of batches) {
    for (const data of buffers) requireBytes(call, withAddresses ? 'data' : 'message', data);
  }
  return (batches as CheckedBatch[]).map(({ buffers, records }) => ({
    length: buffers.length,
    send: ({ sockets }, fd, flags) => sockets.sendMany(fd, buffers, flags, records, ADDRESS_RECORD_BYTES),
  }));
}

interface CheckedBatch {
  readonly buffers: readonly Uint8Array[];
  readonly records: Uint8Array;
}

/** Up to 64 messages with their addresses as records. The data is not checked yet. */
function packAddressed(
  call: string,
  messages: readonly unknown[],
  encode: (address: AddressInput, out: Uint8Array) => number,
): { readonly buffers: readonly unknown[]; readonly records: Uint8Array } {
  const records = new Uint8Array(messages.length * ADDRESS_RECORD_BYTES);
  const buffers = messages.map((message, i) => {
    if (!Array.isArray(message) || message.length !== 2) {
      throw new TypeError(
        `${call}: expected [data, address] like the first message, got ${inspect(message)}`,
      );
    }
    const [data, address] = message as [unknown, AddressInput];
    encode(address, records.subarray(i * ADDRESS_RECORD_BYTES, (i + 1) * ADDRESS_RECORD_BYTES));
    return data;
  });
  return { buffers, records };
}

/**
 * Messages that were received together, until their transport hands them out. One native call fetches what
 * waits in the system, up to 16 messages: docs/decisions/0026-datagrams-in-batches.md.
 */

import { ADDRESS_RECORD_BYTES, type Address, decodeAddress } from '../addresses/address.ts';
import { isNotNow } from '../kernel/os-error.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Socket } from '../sockets/socket.ts';

/** More in a call make none of them cheaper. */
const COUNT_MAX = 16;
/** UDP has no larger message: its length field, and so a place of this size never cuts one. */
const UDP_BYTES_MAX = 64 * 1024;
/** Of other messages, whose size the send buffer limits. asyncio's number. */
const OTHER_BYTES_MAX = 256 * 1024;
const OTHER_COUNT_MAX = 4;
/**
 * Between two places. Without it all begin where the processor's cache has the same few lines for them.
 */
const STAGGER_BYTES = 1024 + 64;

/**
 * A call for several that brings one costs a sixth more than a call for one. So after that one is asked for,
 * as many times.
 */
const SINGLES = 16;

/** A message, and the address that sent it. */
export interface IncomingMessage {
  readonly data: Buffer;
  readonly address: Address;
}

/**
 * Per thread, made when it is needed first. Written by one call and copied from right after; the pages that
 * no message was long enough for are never touched.
 */
let scratch: Uint8Array | null = null;
const records = new Uint8Array(COUNT_MAX * ADDRESS_RECORD_BYTES);
const recordOf: readonly Uint8Array[] = Array.from({ length: COUNT_MAX }, (_, i) =>
  records.subarray(i * ADDRESS_RECORD_BYTES, (i + 1) * ADDRESS_RECORD_BYTES),
);
/** Sizes and flags. Its length says how many messages are asked for. */
const results = new Int32Array(2 * COUNT_MAX);
const resultsOfOther = results.subarray(0, 2 * OTHER_COUNT_MAX);

export class DatagramIntake {
  private readonly loop: LoopCore;
  private readonly sock: Socket;
  private readonly placeByteCount: number;
  private readonly results: Int32Array;
  private singlesLeft = 0;
  /** {@link count} in order; those before {@link next} have been handed out. */
  private readonly messages: (IncomingMessage | null)[] = [];
  private count = 0;
  private next = 0;

  constructor(loop: LoopCore, sock: Socket) {
    const { AF_INET, AF_INET6 } = sock.kernel.constants;
    const isUdp = sock.family === AF_INET || sock.family === AF_INET6;
    this.loop = loop;
    this.sock = sock;
    this.placeByteCount = (isUdp ? UDP_BYTES_MAX : OTHER_BYTES_MAX) + STAGGER_BYTES;
    this.results = isUdp ? results : resultsOfOther;
  }

  /** How many messages wait to be handed out. */
  get length(): number {
    return this.count - this.next;
  }

  /** The next message; there is one. */
  shift(): IncomingMessage {
    const message = this.messages[this.next] as IncomingMessage;
    this.messages[this.next++] = null;
    return message;
  }

  clear(): void {
    this.messages.fill(null);
    this.count = 0;
    this.next = 0;
  }

  /** Fetches what has come, when nothing waits. Returns 0, or what the system has against it: `-errno`. */
  receive(): number {
    scratch ??= new Uint8Array(COUNT_MAX * (UDP_BYTES_MAX + STAGGER_BYTES));
    const count = this.singlesLeft > 0 ? this.fetchOne(scratch) : this.fetchAll(scratch);
    if (count < 0) {
      this.note(count);
      return isNotNow(count) ? 0 : count;
    }
    for (let i = 0; i < count; i++) this.keep(i, scratch);
    this.count = count;
    this.next = 0;
    return 0;
  }

  private fetchAll(memory: Uint8Array): number {
    const { sockets } = this.loop.kernel;
    const count = sockets.recvMany(this.sock.fd, memory, this.placeByteCount, 0, this.results, records);
    if (count === 1) this.singlesLeft = SINGLES;
    return count;
  }

  private fetchOne(memory: Uint8Array): number {
    this.singlesLeft--;
    const { sockets } = this.loop.kernel;
    const result = sockets.recvfrom(this.sock.fd, memory, 0, this.placeByteCount, 0, recordAt(0));
    results[0] = result;
    return result < 0 ? result : 1;
  }

  /** Copies the message at a place out of the memory that all sockets share. */
  private keep(index: number, memory: Uint8Array): void {
    const byteCount = results[2 * index] as number;
    this.note(byteCount);
    const start = index * this.placeByteCount;
    this.messages[index] = {
      data: this.loop.io.arena.copy(memory.subarray(start, start + byteCount)),
      address: decodeAddress(this.sock.kernel.constants, recordAt(index)),
    };
  }

  private note(result: number): void {
    const { instruments } = this.loop;
    if (instruments !== null) instruments.ioCall.tell('recvfrom', this.sock.fd, result);
  }
}

function recordAt(index: number): Uint8Array {
  return recordOf[index] as Uint8Array;
}

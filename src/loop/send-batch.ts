/**
 * Sending for many sockets in one native call: what one batch of callbacks writes is collected, copied, and
 * sent when the batch ends. docs/decisions/0023-sends-in-batches.md says why, and what order it keeps;
 * 0026-datagrams-in-batches.md what is different for messages.
 *
 * | state     | entered by              | add(), addMessage()    | leaves by                                    |
 * |-----------|-------------------------|------------------------|----------------------------------------------|
 * | suspended | construction; suspend() | not called             | resume()                                     |
 * | closed    | resume(); end()         | not called             | open(), unless sends had to wait of late     |
 * | open      | open()                  | collects, or refuses   | end(), which sends                           |
 *
 * Sending runs hardly any code of the program: what a sender is told is kept by its queue, or waits for a
 * turn.
 */

import { beginHolding, endHolding, type HeldSends, watchExit } from '../kernel/held-sends.ts';
import type { LendingLoop } from './lent-memory.ts';

type SendingLoop = Pick<LendingLoop, 'kernel' | 'instruments'>;

/** One that collects what it writes. */
export interface BatchedSender {
  /** Whether the batch holds something of it. Set here, cleared by {@link sent}. */
  isBatched: boolean;
  /**
   * What became of it: the kernel took `result` of its bytes, or answers `-errno`. Of a message, each by
   * itself: `bytes` begins with the address record that it was given.
   */
  sent(bytes: Uint8Array, result: number): void;
}

/** As many as a chunk has events: more sends in a call make none of them cheaper. */
const PARTS_MAX = 16;
/** What one sender collects at most. What is larger is sent while it is in the processor's cache. */
export const BATCHED_BYTES_MAX = 4096;
/** Room for an address of any family. */
const PART_BYTES_MAX = BATCHED_BYTES_MAX + 264;
/** What was collected first should not wait longer than this. A chunk of short callbacks takes less. */
const WAIT_MAX_MS = 1;
/** When it did, callbacks are long: as many batches of them send at once. */
const BATCHES_AT_ONCE = 64;
/** Of a request: a descriptor, how many bytes, then the result, and how long the address before them is. */
const WORDS = 3;

export class SendBatch implements HeldSends {
  /** Whether writes may be collected now. While it is false, there are none. */
  isOpen = false;
  /** Whether the last wait brought several events: for one there is nothing to save. */
  isWorthwhile = false;
  private readonly loop: SendingLoop;
  private readonly senders: BatchedSender[] = [];
  private readonly requests = new Int32Array(WORDS * PARTS_MAX);
  /** Where each part ends in {@link memory}. */
  private readonly ends = new Int32Array(PARTS_MAX);
  private memory: Uint8Array | null = null;
  private count = 0;
  private used = 0;
  private firstAtMs = 0;
  private atOnceLeft = 0;
  private isRunning = false;
  /** Whether senders are being told what became of theirs. An interrupt may end that half-way. */
  private isTelling = false;
  /** @internal HeldSends. */
  outer: HeldSends | null = null;
  /** How often the loop has gone on. */
  wakeNumber = 0;

  constructor(loop: SendingLoop) {
    this.loop = loop;
    watchExit();
  }

  /** The loop goes on. Until {@link suspend} each batch of its callbacks ends by {@link end}. */
  resume(readyCount: number): void {
    this.isWorthwhile = readyCount > 1;
    this.outer = beginHolding(this);
    this.isRunning = true;
    this.isTelling = false;
    this.wakeNumber++;
  }

  /** The loop waits, or ends: what is sent meanwhile is sent by others, at once. */
  suspend(): void {
    if (this.isRunning) endHolding(this);
    this.isRunning = false;
    this.end();
  }

  /** Several messages are to be sent, or callbacks of several sockets begin: collects from now on. */
  open(): void {
    if (!this.isRunning || this.isOpen || this.isTelling) return;
    if (this.atOnceLeft > 0) this.atOnceLeft--;
    else this.isOpen = true;
  }

  /** The callbacks of a batch have run. */
  end(): void {
    this.isOpen = false;
    if (this.count > 0) this.flush();
  }

  /**
   * Collects a copy of `data`. Returns false if it cannot go with the others: {@link flush}, then send it.
   * @param data at most {@link BATCHED_BYTES_MAX} bytes
   */
  add(fd: number, sender: BatchedSender, data: Uint8Array): boolean {
    if (sender.isBatched) return this.append(sender, data);
    this.start(fd, sender, 0);
    this.put(data);
    return true;
  }

  /**
   * Collects a copy of a message.
   * @param data at most {@link BATCHED_BYTES_MAX} bytes
   * @param address the record of where it goes, from the start; not used if its size is 0
   */
  addMessage(
    fd: number,
    sender: BatchedSender,
    data: Uint8Array,
    address: Uint8Array,
    addressByteCount: number,
  ): void {
    const memory = this.start(fd, sender, addressByteCount);
    // They are few: a copy in one call is made by native code.
    for (let i = 0; i < addressByteCount; i++) memory[this.used++] = address[i] as number;
    this.put(data);
  }

  /**
   * Sends what was collected, in the order in which it was written. An error that is reported, and an
   * instrument that is told, may write: until all are told, that goes to the kernel at once.
   */
  flush(): void {
    const { count, requests, ends, senders, memory, loop, isOpen } = this;
    if (count === 0 || memory === null) return;
    this.count = 0;
    this.used = 0;
    this.isOpen = false;
    this.isTelling = true;
    if (loop.kernel.nowMs() - this.firstAtMs > WAIT_MAX_MS) this.atOnceLeft = BATCHES_AT_ONCE;
    loop.kernel.sockets.sendEach(requests, memory, count);
    for (let i = 0, start = 0; i < count; i++) {
      const end = ends[i] as number;
      const result = requests[WORDS * i + 1] as number;
      const addressByteCount = requests[WORDS * i + 2] as number;
      const sender = senders[i] as BatchedSender;
      if (result === end - start - addressByteCount) sender.isBatched = false;
      else sender.sent(memory.subarray(start, end), result);
      start = end;
    }
    if (loop.instruments !== null) this.noteSent(count);
    this.isTelling = false;
    this.isOpen = isOpen;
  }

  private noteSent(count: number): void {
    const { requests, loop } = this;
    for (let i = 0; i < WORDS * count; i += WORDS) {
      const call = (requests[i + 2] as number) > 0 ? 'sendto' : 'send';
      loop.instruments?.ioCall.tell(call, requests[i] as number, requests[i + 1] as number);
    }
  }

  /** A new part begins. Returns the memory that it goes to, at {@link used}. */
  private start(fd: number, sender: BatchedSender, addressByteCount: number): Uint8Array {
    if (this.count === PARTS_MAX) this.flush();
    const { count, requests } = this;
    if (count === 0) this.firstAtMs = this.loop.kernel.nowMs();
    sender.isBatched = true;
    this.senders[count] = sender;
    requests[WORDS * count] = fd;
    requests[WORDS * count + 1] = 0;
    requests[WORDS * count + 2] = addressByteCount;
    this.count = count + 1;
    this.memory ??= new Uint8Array(PARTS_MAX * PART_BYTES_MAX);
    return this.memory;
  }

  /** More of a sender that is in the batch: behind its bytes, if they are the last ones. */
  private append(sender: BatchedSender, data: Uint8Array): boolean {
    const last = this.count - 1;
    const byteCount = this.requests[WORDS * last + 1] as number;
    if (this.senders[last] !== sender || byteCount + data.length > BATCHED_BYTES_MAX) return false;
    this.put(data);
    return true;
  }

  /** Puts bytes behind those of the last part. */
  private put(data: Uint8Array): void {
    const last = this.count - 1;
    (this.memory as Uint8Array).set(data, this.used);
    this.used += data.length;
    this.ends[last] = this.used;
    (this.requests[WORDS * last + 1] as number) += data.length;
  }
}

/**
 * Sending for many sockets in one native call: what one batch of callbacks writes is collected, copied, and
 * sent when the batch ends. docs/decisions/0023-sends-in-batches.md says why, and what order it keeps.
 *
 * | state  | entered by             | add()                    | leaves by                                     |
 * |--------|------------------------|--------------------------|-----------------------------------------------|
 * | closed | construction; end()    | not called               | begin(), unless sends had to wait of late     |
 * | open   | begin()                | collects, or refuses     | end(), which sends                            |
 *
 * Sending runs no code of the program: what a sender is told is kept by its queue, or waits for a turn.
 */

import type { ReceivingLoop } from './receive-arena.ts';

/** One that collects what it writes. */
export interface BatchedSender {
  /** Whether the batch holds something of it. Set here, cleared by {@link sent}. */
  isBatched: boolean;
  /** What became of it: the kernel took `result` of its bytes, or answers `-errno`. */
  sent(bytes: Uint8Array, result: number): void;
}

/** As many as a chunk has events: more sends in a call make none of them cheaper. */
const SENDERS_MAX = 16;
/** What one sender collects at most. What is larger is sent while it is in the processor's cache. */
export const BATCHED_BYTES_MAX = 4096;
/** What was collected first should not wait longer than this. A chunk of short callbacks takes less. */
const WAIT_MAX_MS = 1;
/** When it did, callbacks are long: as many batches of them send at once. */
const BATCHES_AT_ONCE = 64;

export class SendBatch {
  /** Whether writes may be collected now. While it is false, there are none. */
  isOpen = false;
  /** Whether the last wait brought several events: for one there is nothing to save. */
  isWorthwhile = false;
  private readonly loop: ReceivingLoop;
  private readonly senders: BatchedSender[] = [];
  /** Pairs: a descriptor, and how many bytes; then the result. */
  private readonly requests = new Int32Array(2 * SENDERS_MAX);
  /** Where each sender's bytes end in {@link memory}. */
  private readonly ends = new Int32Array(SENDERS_MAX);
  private memory: Uint8Array | null = null;
  private count = 0;
  private used = 0;
  private firstAtMs = 0;
  private atOnceLeft = 0;

  constructor(loop: ReceivingLoop) {
    this.loop = loop;
  }

  /** Callbacks of several sockets begin. */
  begin(): void {
    if (this.atOnceLeft > 0) this.atOnceLeft--;
    else this.isOpen = true;
  }

  /** They have run. */
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
    if (this.count === SENDERS_MAX) this.flush();
    const { count, requests } = this;
    if (count === 0) this.firstAtMs = this.loop.kernel.nowMs();
    sender.isBatched = true;
    this.senders[count] = sender;
    requests[2 * count] = fd;
    this.count = count + 1;
    this.put(data);
    return true;
  }

  /** Sends what was collected, in the order in which it was written. */
  flush(): void {
    const { count, requests, ends, senders, memory, loop } = this;
    if (count === 0 || memory === null) return;
    this.count = 0;
    this.used = 0;
    if (loop.kernel.nowMs() - this.firstAtMs > WAIT_MAX_MS) this.atOnceLeft = BATCHES_AT_ONCE;
    loop.kernel.sockets.sendEach(requests, memory, count);
    for (let i = 0, start = 0; i < count; i++) {
      const end = ends[i] as number;
      const result = requests[2 * i + 1] as number;
      if (loop.instruments !== null) loop.instruments.ioCall.tell('send', requests[2 * i] as number, result);
      const sender = senders[i] as BatchedSender;
      if (result === end - start) sender.isBatched = false;
      else sender.sent(memory.subarray(start, end), result);
      start = end;
    }
  }

  /** More of a sender that is in the batch: behind its bytes, if they are the last ones. */
  private append(sender: BatchedSender, data: Uint8Array): boolean {
    const last = this.count - 1;
    const byteCount = this.requests[2 * last + 1] as number;
    if (this.senders[last] !== sender || byteCount + data.length > BATCHED_BYTES_MAX) return false;
    this.put(data);
    return true;
  }

  /** Puts bytes behind those of the last sender. */
  private put(data: Uint8Array): void {
    this.memory ??= new Uint8Array(SENDERS_MAX * BATCHED_BYTES_MAX);
    this.memory.set(data, this.used);
    this.used += data.length;
    const last = this.count - 1;
    this.ends[last] = this.used;
    this.requests[2 * last + 1] = this.used - (last === 0 ? 0 : (this.ends[last - 1] as number));
  }
}

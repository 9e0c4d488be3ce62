/**
 * Receiving for many sockets in one native call.
 *
 * Crossing into native code costs about as much as what JavaScript does for a message, and more when the
 * caches are cold. So the readers of one chunk of events are collected, and what came for them is received
 * together. Each is then given its part, in the order of the events and before anything else runs: only the
 * time differs.
 */

import type { ReadinessWaiter } from './readiness-waiter.ts';
import type { ReceiveArena } from './receive-arena.ts';

/** A reader for which the loop may receive. */
export interface Receiver {
  /** Waits for the descriptor; its `ready()` is called where the loop does not receive. */
  readonly reader: ReadinessWaiter;
  /** Maximum number of bytes; 0: the reader is only called when it is ready, and receives by itself. */
  readonly receiveByteCount: number;
  /**
   * What `recv` answered: bytes to take from the loop's arena at once, 0 at the end of the stream, or
   * `-errno`.
   */
  received(result: number): void;
}

export class ReceiveBatch {
  private readonly arena: ReceiveArena;
  private readonly receivers: Receiver[] = [];
  /** Pairs: a descriptor, and how many bytes; then the result. */
  private readonly requests: Int32Array;
  private count = 0;
  /** Of those being notified: how many, for how many of them the batch has received, and which is next. */
  private collected = 0;
  private received = 0;
  private next = 0;
  /** Where in the arena their bytes begin. */
  private position = 0;

  /** @param capacity how many receivers fit */
  constructor(arena: ReceiveArena, capacity: number) {
    this.arena = arena;
    this.requests = new Int32Array(2 * capacity);
  }

  add(fd: number, receiver: Receiver, byteCount: number): void {
    const { count, requests } = this;
    requests[2 * count] = fd;
    requests[2 * count + 1] = byteCount;
    this.receivers[count] = receiver;
    this.count = count + 1;
  }

  /**
   * Receives for all, and gives each its part. What one of them throws is passed on; {@link failed} then says
   * which it was, and the next call goes on with those after it.
   */
  flush(): void {
    if (this.next === this.collected) {
      if (this.count === 0) return;
      this.receive();
    }
    const { receivers, requests, collected, received } = this;
    while (this.next < collected) {
      const index = this.next++;
      const receiver = receivers[index] as Receiver;
      if (index < received) {
        const result = requests[2 * index + 1] as number;
        this.arena.noteReceived(requests[2 * index] as number, result);
        receiver.received(result);
      } else receiver.reader.ready();
    }
    this.next = 0;
    this.collected = 0;
  }

  /**
   * The reader that threw in {@link flush}, with its descriptor, or `null`. The bytes of those after it stay
   * theirs.
   */
  failed(): { readonly fd: number; readonly waiter: ReadinessWaiter } | null {
    const index = this.next - 1;
    if (index < 0) return null;
    if (index < this.received) {
      let position = this.position;
      for (let i = 0; i <= index; i++) position += Math.max(this.requests[2 * i + 1] as number, 0);
      this.arena.moveTo(position);
    }
    if (this.next === this.collected) {
      this.next = 0;
      this.collected = 0;
    }
    return { fd: this.requests[2 * index] as number, waiter: (this.receivers[index] as Receiver).reader };
  }

  private receive(): void {
    const { count } = this;
    this.next = 0;
    this.received = 0;
    this.collected = count;
    this.count = 0;
    if (count < 2) return;
    // For a single one there is nothing to save. What did not fit in the block is received by its reader,
    // too.
    this.received = this.arena.receiveEach(this.requests, count);
    this.position = this.arena.position;
  }
}

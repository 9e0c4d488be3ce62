/**
 * Receiving for many sockets in one native call.
 *
 * Crossing into native code costs about as much as what JavaScript does for a message, and more when the caches are
 * cold. So the readers of one chunk of events are collected, and what came for them is received together. Each is then
 * given its part, in the order of the events and before anything else runs: only the time differs.
 */

import type { ReadinessWaiter } from './readiness-waiter.ts';
import type { ReceiveArena } from './receive-arena.ts';

/** A reader for which the loop may receive. */
export interface Receiver {
  /** Waits for the descriptor; its `ready()` is called where the loop does not receive. */
  readonly reader: ReadinessWaiter;
  /** Maximum number of bytes; 0: the reader is told that it is ready, and receives by itself. */
  readonly receiveByteCount: number;
  /** What `recv` answered: bytes to take from the loop's arena at once, 0 at the end of the stream, or `-errno`. */
  received(result: number): void;
}

export class ReceiveBatch {
  private readonly arena: ReceiveArena;
  private readonly receivers: Receiver[] = [];
  /** Pairs: a descriptor, and how many bytes; then the result. */
  private readonly requests: Int32Array;
  private count = 0;

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

  /** Receives for all, and gives each its part. */
  flush(): void {
    const { count, receivers, requests } = this;
    if (count === 0) return;
    this.count = 0;
    // For a single one there is nothing to save. What did not fit in the block is received by its reader, too.
    const done = count === 1 ? 0 : this.arena.receiveEach(requests, count);
    for (let i = 0; i < done; i++) (receivers[i] as Receiver).received(requests[2 * i + 1] as number);
    for (let i = done; i < count; i++) (receivers[i] as Receiver).reader.ready();
  }
}

/**
 * Receiving for many sockets in one native call.
 *
 * Crossing into native code costs about as much as what JavaScript does for a message, and the more so the colder the caches: so the
 * readers of one chunk of events are collected, and what came for them is received together. They are told in the order of their
 * events, before anything else runs: it makes no difference to anybody but in time.
 */

import type { ReadinessWaiter } from './readiness-waiter.ts';
import type { ReceiveArena } from './receive-arena.ts';

/** A waiter for which the loop may receive. */
export interface Receiver extends ReadinessWaiter {
  /** How many bytes it takes at most; 0: it is told that it is ready, and receives by itself. */
  readonly receiveByteCount: number;
  /** What `recv` answered: bytes to be taken from the loop's arena at once, 0 at the end of the stream, or `-errno`. */
  received(result: number): void;
}

export class ReceiveBatch {
  private readonly arena: ReceiveArena;
  private readonly receivers: Receiver[] = [];
  /** Pairs: a descriptor, and how many bytes; then what came of it. */
  private readonly requests: Int32Array;
  private count = 0;

  /** @param capacity how many fit */
  constructor(arena: ReceiveArena, capacity: number) {
    this.arena = arena;
    this.requests = new Int32Array(2 * capacity);
  }

  add(fd: number, receiver: Receiver): void {
    const { count, requests } = this;
    requests[2 * count] = fd;
    requests[2 * count + 1] = receiver.receiveByteCount;
    this.receivers[count] = receiver;
    this.count = count + 1;
  }

  /** Receives, and tells everybody. */
  flush(): void {
    const { count, receivers, requests } = this;
    if (count === 0) return;
    this.count = 0;
    // For a single one there is nothing to save. What did not fit in the block is left to itself, too.
    const done = count === 1 ? 0 : this.arena.receiveEach(requests, count);
    for (let i = 0; i < done; i++) (receivers[i] as Receiver).received(requests[2 * i + 1] as number);
    for (let i = done; i < count; i++) (receivers[i] as Receiver).ready();
  }
}

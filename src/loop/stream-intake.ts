/**
 * What one stream socket receives. Socket verbs and transports hold one each. It guesses how much comes next:
 * as much as came last.
 *
 * | came last | the next receive                                                         |
 * |-----------|--------------------------------------------------------------------------|
 * | little    | the loop receives for many sockets in one call                           |
 * | much      | alone, in its reader's turn: whole, and sent on while it is in the cache |
 *
 * What is lent is received alone where it is too large to be sent together with others, too.
 *
 * For a reader that has a turn of its own, it holds what the loop has received for it: bytes, or the error of
 * a `recv`, which the system tells only once.
 *
 * | holds   | entered by              | next(), nextInto()     |
 * |---------|-------------------------|------------------------|
 * | nothing | construction; next()    | receive                |
 * | bytes   | hold(), of bytes        | give them              |
 * | error   | hold(), of an error     | give it, from then on  |
 */

import { isNotNow } from '../kernel/os-error.ts';
import { type ReceiveArena, STREAM_ROOM_BYTES } from './receive-arena.ts';
import { BATCHED_BYTES_MAX } from './send-batch.ts';

export class StreamIntake {
  private readonly arena: ReceiveArena;
  private expectedByteCount = 0;
  private arrived: Buffer | null = null;
  private refusal = 0;

  constructor(arena: ReceiveArena) {
    this.arena = arena;
  }

  /** How many of at most `byteCount` bytes the loop may receive together with others; 0: none. */
  batchByteCount(byteCount: number): number {
    return this.expectedByteCount > STREAM_ROOM_BYTES ? 0 : byteCount;
  }

  /** Whether what comes next is better lent, if it can be, than received together with others. */
  get isWorthLending(): boolean {
    return this.expectedByteCount > BATCHED_BYTES_MAX;
  }

  /** Receives now, up to `byteCount` bytes. Returns how many, 0 at the end of the stream, or `-errno`. */
  receive(fd: number, byteCount: number): number {
    return this.arena.receive(fd, byteCount, Math.max(STREAM_ROOM_BYTES, this.expectedByteCount));
  }

  /**
   * The `byteCount` bytes that were just received, here or by the loop.
   * @param askedByteCount how many were asked for: what filled all of it would have been larger
   */
  take(byteCount: number, askedByteCount: number): Buffer {
    this.note(byteCount, askedByteCount);
    return this.arena.take(byteCount);
  }

  /**
   * Receives now, into memory that is lent, no more than a loan can hold. Returns the bytes, 0 at the end of
   * the stream, or `-errno`.
   */
  lend(fd: number, byteCount: number): Buffer | number {
    const { lent } = this.arena;
    const result = lent.receive(fd, byteCount);
    if (result <= 0) return result;
    this.note(result, lent.askedByteCount);
    return lent.take(result);
  }

  /** Whether it holds nothing. */
  get isEmpty(): boolean {
    return this.arrived === null && this.refusal === 0;
  }

  /**
   * Holds what the loop has received: bytes in its arena, the end of the stream, which can be received once
   * more, or `-errno`. Returns whether there is something for the reader.
   */
  hold(result: number, askedByteCount: number): boolean {
    if (result > 0) this.arrived = this.take(result, askedByteCount);
    else if (result < 0) {
      if (isNotNow(result)) return false;
      this.refusal = result;
    }
    return true;
  }

  /** What it holds, or receives now: bytes, 0 at the end of the stream, or `-errno`. */
  next(fd: number, byteCount: number): Buffer | number {
    const { arrived } = this;
    if (arrived !== null) {
      this.arrived = null;
      return arrived;
    }
    const result = this.refusal === 0 ? this.receive(fd, byteCount) : this.refusal;
    return result > 0 ? this.take(result, this.arena.askedByteCount) : result;
  }

  /** As {@link next}, into `buffer`. Returns how many bytes. What it holds and does not fit stays here. */
  nextInto(fd: number, buffer: Uint8Array): number {
    const { arrived } = this;
    if (arrived === null) return this.refusal === 0 ? this.arena.receiveInto(fd, buffer) : this.refusal;
    const byteCount = Math.min(arrived.length, buffer.length);
    buffer.set(arrived.subarray(0, byteCount));
    this.arrived = byteCount < arrived.length ? arrived.subarray(byteCount) : null;
    return byteCount;
  }

  private note(byteCount: number, askedByteCount: number): void {
    this.expectedByteCount = byteCount === askedByteCount ? 2 * byteCount : byteCount;
  }
}

/**
 * Receives from one stream socket, and guesses how much comes next: as much as came last. Socket verbs and
 * transports hold one each.
 *
 * | came last | the next receive                                                         |
 * |-----------|--------------------------------------------------------------------------|
 * | little    | the loop receives for many sockets in one call                           |
 * | much      | alone, in its reader's turn: whole, and sent on while it is in the cache |
 *
 * What is lent is received alone where it is too large to be sent together with others, too.
 */

import { type ReceiveArena, STREAM_ROOM_BYTES } from './receive-arena.ts';
import { BATCHED_BYTES_MAX } from './send-batch.ts';

export class StreamIntake {
  private readonly arena: ReceiveArena;
  private expectedByteCount = 0;

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

  /** As {@link take}, of bytes that were received elsewhere. */
  note(byteCount: number, askedByteCount: number): void {
    this.expectedByteCount = byteCount === askedByteCount ? 2 * byteCount : byteCount;
  }
}

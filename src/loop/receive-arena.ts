/** Receives into the memory that all sockets of a loop share. */

import { Arena, LARGE_PART_BYTES } from '../base/arena.ts';
import { type LendingLoop, LentMemory } from './lent-memory.ts';

/**
 * Large enough that a block serves many messages, small enough that keeping one message alive does not hurt.
 * A coroutine that waits for the next message keeps the last one, in its variable: in the worst case every
 * idle connection keeps a block.
 */
const BLOCK_BYTES = 64 * 1024;
const LARGE_BLOCK_BYTES = 256 * 1024;
/** A receive from a stream may be cut to what is left of the block, but not below this. */
export const STREAM_ROOM_BYTES: number = LARGE_PART_BYTES;

export class ReceiveArena {
  private readonly loop: LendingLoop;
  private readonly arena = new Arena({ blockByteCount: BLOCK_BYTES, largeBlockByteCount: LARGE_BLOCK_BYTES });
  /**
   * How many bytes the last {@link receive} asked the kernel for. A shorter result means the socket was
   * drained.
   */
  askedByteCount = 0;

  /** Memory for bytes that are only lent. */
  readonly lent: LentMemory;

  constructor(loop: LendingLoop) {
    this.loop = loop;
    this.lent = new LentMemory(loop);
  }

  /**
   * Receives for `count` stream sockets in one native call: see `recvEach` of the kernel for `requests` and
   * the result. {@link take} hands out the bytes, socket by socket in the same order.
   */
  receiveEach(requests: Int32Array, count: number): number {
    const { arena } = this;
    const room = arena.reserve(STREAM_ROOM_BYTES);
    const { sockets } = this.loop.kernel;
    return sockets.recvEach(requests, arena.block, arena.used, room, count, STREAM_ROOM_BYTES);
  }

  /**
   * Receives up to `byteCount` bytes. Returns how many, 0 for end of stream, or `-errno`; {@link take} hands
   * them out.
   * @param roomMin it may ask for fewer where the block ends, but not for fewer than this. For a stream,
   *   whose rest stays where it is, {@link STREAM_ROOM_BYTES}; `byteCount` for what the kernel would cut
   *   (datagrams, recv(2))
   */
  receive(fd: number, byteCount: number, roomMin: number): number {
    const { arena } = this;
    this.askedByteCount = Math.min(byteCount, arena.reserve(Math.min(byteCount, roomMin)));
    const { sockets } = this.loop.kernel;
    const result = sockets.recv(fd, arena.block, arena.used, this.askedByteCount, 0);
    this.noteReceived(fd, result);
    return result;
  }

  /** As {@link receive}, for a whole message; the sender's record goes to `addressOut`. */
  receiveFrom(fd: number, byteCount: number, addressOut: Uint8Array): number {
    const { arena } = this;
    this.askedByteCount = Math.min(byteCount, arena.reserve(byteCount));
    const { sockets } = this.loop.kernel;
    return sockets.recvfrom(fd, arena.block, arena.used, this.askedByteCount, 0, addressOut);
  }

  /** Receives into memory of the caller. Returns how many bytes, 0 for end of stream, or `-errno`. */
  receiveInto(fd: number, buffer: Uint8Array): number {
    const result = this.loop.kernel.sockets.recv(fd, buffer, 0, buffer.length, 0);
    this.noteReceived(fd, result);
    return result;
  }

  /** Tells instruments of one `recv`; for {@link receiveEach}, just before its bytes are handed over. */
  noteReceived(fd: number, result: number): void {
    if (this.loop.instruments !== null) this.loop.instruments.ioCall.tell('recv', fd, result);
  }

  /** The `byteCount` bytes that the last {@link receive} got. */
  take(byteCount: number): Buffer {
    return this.arena.take(byteCount);
  }

  /** A copy of bytes that were received elsewhere. It belongs to the caller. */
  copy(bytes: Uint8Array): Buffer {
    const { arena } = this;
    arena.reserve(bytes.length);
    arena.block.set(bytes, arena.used);
    return arena.take(bytes.length);
  }

  /** Where the bytes begin that {@link take} hands out next. */
  get position(): number {
    return this.arena.used;
  }

  /** Goes on with the bytes at `position`: those before it were not taken. */
  moveTo(position: number): void {
    this.arena.used = position;
  }
}

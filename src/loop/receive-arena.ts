/**
 * Where received bytes land: one block of memory after the other, from which each message takes just what it filled.
 *
 * A fresh buffer for each message costs more than the system call it is for (measured: 468 ns for a 1 KiB `allocUnsafe` and
 * copy, against 45 ns for a native call). Messages share a block's memory, as Node's own small Buffers do; a block is freed
 * when the last of its messages is. Whoever keeps a small message for long should copy it: `Buffer.from(message)`.
 */

import type { Kernel } from '../kernel/kernel.ts';

/**
 * Large enough that a block serves many messages, small enough that keeping one message alive does not hurt: a coroutine that waits for
 * the next message keeps the last one, in the variable it stands in, so in the worst case every idle connection keeps a block.
 */
const BLOCK_BYTES = 64 * 1024;
/** For large messages, of which even a block of this size serves a few only. */
const LARGE_BLOCK_BYTES = 256 * 1024;
/** A receive from a stream may be cut to what is left of the block, but not below this. */
export const STREAM_ROOM_BYTES = 16 * 1024;

/** Whether messages of a size are received one at a time, so that each is sent on while it is in the cache. */
export function isLarge(byteCount: number): boolean {
  return byteCount > STREAM_ROOM_BYTES;
}

/** How much to expect after `byteCount` bytes of `askedByteCount`. What filled all that was asked for would have been larger. */
export function expectedAfter(byteCount: number, askedByteCount: number): number {
  return byteCount === askedByteCount ? 2 * byteCount : byteCount;
}

export class ReceiveArena {
  private readonly kernel: Kernel;
  private block: Buffer = Buffer.alloc(0);
  private used = 0;
  /** How many bytes the last {@link receive} asked the kernel for. A shorter result means the socket was drained. */
  askedByteCount = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /**
   * Receives for `count` stream sockets in one native call: see `recvEach` of the kernel for `requests` and the result. The bytes
   * are handed out by {@link take}, socket by socket in the same order.
   */
  receiveEach(requests: Int32Array, count: number): number {
    this.makeRoom(STREAM_ROOM_BYTES, STREAM_ROOM_BYTES);
    const { block, used } = this;
    return this.kernel.sockets.recvEach(requests, block, used, block.length - used, count, STREAM_ROOM_BYTES);
  }

  /**
   * Receives up to `byteCount` bytes. Returns how many, 0 for end of stream, or `-errno`; {@link take} hands them out.
   * @param roomMin it may ask for fewer, where the block ends, but not for fewer than this: for a stream, whose rest stays where it
   *   is, {@link STREAM_ROOM_BYTES}; `byteCount` for what the kernel would cut (datagrams, recv(2))
   */
  receive(fd: number, byteCount: number, roomMin: number): number {
    this.makeRoom(byteCount, roomMin);
    return this.kernel.sockets.recv(fd, this.block, this.used, this.askedByteCount, 0);
  }

  /**
   * As {@link receive}, from a stream. A message of the size that is expected is not cut in two where a block ends.
   * @param expectedByteCount what {@link expectedAfter} said after the last one; 0 at first
   */
  receiveStream(fd: number, byteCount: number, expectedByteCount: number): number {
    return this.receive(fd, byteCount, Math.max(STREAM_ROOM_BYTES, expectedByteCount));
  }

  /** As {@link receive}, for a whole message; the sender's record goes to `addressOut`. */
  receiveFrom(fd: number, byteCount: number, addressOut: Uint8Array): number {
    this.makeRoom(byteCount, byteCount);
    return this.kernel.sockets.recvfrom(fd, this.block, this.used, this.askedByteCount, 0, addressOut);
  }

  /** The `byteCount` bytes that the last {@link receive} got. */
  take(byteCount: number): Buffer {
    const start = this.used;
    this.used = start + byteCount;
    return this.block.subarray(start, this.used);
  }

  private makeRoom(byteCount: number, roomMin: number): void {
    const least = Math.min(byteCount, roomMin);
    if (this.block.length - this.used < least) this.startBlock(least);
    this.askedByteCount = Math.min(byteCount, this.block.length - this.used);
  }

  private startBlock(minByteCount: number): void {
    const usual = isLarge(minByteCount) ? LARGE_BLOCK_BYTES : BLOCK_BYTES;
    this.block = Buffer.allocUnsafeSlow(Math.max(usual, minByteCount));
    this.used = 0;
  }
}

/**
 * Memory for what arrives in parts of unknown size: one block after the other, from which each part takes
 * what it filled.
 *
 * A fresh buffer for each message costs more than the system call it is for (measured: 468 ns for a 1 KiB
 * `allocUnsafe` and copy, against 45 ns for a native call). Parts share a block, as Node's own small Buffers
 * do, and a block is freed when the last of its parts is. Code that keeps a small part for long should copy
 * it. Nobody can give the block to another thread.
 *
 *     const room = arena.reserve(16_384);
 *     const count = read(arena.block, arena.used, room);   // writes from `used` on
 *     if (count > 0) deliver(arena.take(count));
 */

import { sliceOf } from './buffer-slice.ts';
import { keepFreedMemory } from './freed-memory.ts';
import { markAsUntransferable } from './untransferable.ts';

/**
 * How much has gone through an arena when the allocator is told that more will. V8 collects when about 32 MiB
 * are due, so it is told before it gets the first of them back, and not for programs that receive little.
 */
const KEEP_FREED_AFTER_BYTES = 16 * 1024 * 1024;

/** Parts above this size come from large blocks: even those serve only a few of them. */
export const LARGE_PART_BYTES = 16 * 1024;

const REST_BYTES = 4096;

/** Sizes of an arena's blocks. */
export interface ArenaSizes {
  readonly blockByteCount: number;
  /**
   * Of a block that is started for a part above {@link LARGE_PART_BYTES}: so many whole parts of its size,
   * and one at least. What is left over of a block counts with V8 as if it were used, and 500 connections of
   * 100 KiB cost a sixth more where it was 56 of 256 KiB.
   */
  readonly largeBlockByteCount: number;
}

export class Arena {
  /** The current block. What lies before {@link used} belongs to parts that were taken. */
  block: Buffer = Buffer.alloc(0);
  /** All of it. */
  private memory: ArrayBufferLike = this.block.buffer;
  /** Where the next part begins. */
  used = 0;
  private readonly sizes: ArenaSizes;
  /** How many bytes may still be started before the allocator is told. */
  private untoldByteCount = KEEP_FREED_AFTER_BYTES;

  constructor(sizes: ArenaSizes) {
    this.sizes = sizes;
  }

  /** Makes room for at least `byteCount` bytes after {@link used}. Returns how many there are. */
  reserve(byteCount: number): number {
    if (this.block.length - this.used < byteCount) this.startBlock(byteCount);
    return this.block.length - this.used;
  }

  /** The `byteCount` bytes that were written from {@link used} on. They belong to the caller from now on. */
  take(byteCount: number): Buffer {
    const start = this.used;
    this.used = start + byteCount;
    return sliceOf(this.memory, start, byteCount);
  }

  private startBlock(byteCount: number): void {
    const { blockByteCount, largeBlockByteCount } = this.sizes;
    const isLarge = byteCount > LARGE_PART_BYTES;
    const size = isLarge ? sizeForWhole(byteCount, largeBlockByteCount) : Math.max(blockByteCount, byteCount);
    // It begins where its memory does: allocUnsafeSlow() has no pool.
    this.block = Buffer.allocUnsafeSlow(size);
    this.memory = this.block.buffer;
    markAsUntransferable(this.memory);
    this.used = 0;
    if (this.untoldByteCount > 0) this.noteStarted();
  }

  private noteStarted(): void {
    this.untoldByteCount -= this.block.length;
    if (this.untoldByteCount <= 0) keepFreedMemory();
  }
}

/** Room for the parts that fit, and a rest: a part that ends where its block does seems to have been cut. */
function sizeForWhole(partByteCount: number, byteCountMax: number): number {
  return Math.max(1, Math.floor(byteCountMax / partByteCount)) * partByteCount + REST_BYTES;
}

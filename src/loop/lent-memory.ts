/**
 * Memory that a loop lends: what was received lies there until the next receive overwrites it.
 *
 * Whoever is handed bytes may keep them for ever, so their memory is new each time, and cold: at 100 KiB a
 * message the kernel's copy into it takes half as long again as into memory that was just used. A loan ends
 * by itself, so that one block serves all connections of a loop and stays in the processor's cache.
 *
 * | lent                           | to                                | until                               |
 * |--------------------------------|-----------------------------------|-------------------------------------|
 * | this block                     | a coroutine (`readLent`)          | it awaits again, whatever it awaits |
 * | a buffered protocol's own      | those that it writes to           | its `bufferUpdated` returns         |
 *
 * What has to keep bytes for longer, such as a queue of unsent ones, asks {@link LentMemory.kept} for bytes
 * that stay. A task that is started eagerly, in the middle of another's step, gets a block of its own, and so
 * does each loan in debug mode, where it is overwritten when it is over: what was kept by mistake is wrong at
 * once, instead of once in a while.
 */

import { sliceOf } from '../base/buffer-slice.ts';
import { markAsUntransferable } from '../base/untransferable.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Instruments } from './instruments.ts';
import type { ReadyQueue } from './ready-queue.ts';

/** The longest loan, in bytes: as much as a transport receives in one turn. */
const LENT_BYTES_MAX = 256 * 1024;

/** What a loan of debug mode is overwritten with. */
const OVER = 0xdb;

/** A protocol that receives into a buffer of its own. */
interface Buffered {
  bufferUpdated(byteCount: number): unknown;
}

/** The loop that lends. */
export interface LendingLoop {
  readonly kernel: Kernel;
  readonly instruments: Instruments | null;
  readonly ready: ReadyQueue;
  getDebug(): boolean;
}

/** The blocks of all loops: what one lends may be written in another one's connection. */
const blocks = new WeakSet<ArrayBufferLike>();
/** Spares programs that borrow nothing the question. */
let isAnyLent = false;

export class LentMemory {
  private readonly loop: LendingLoop;
  private block: Buffer | null = null;
  private memory: ArrayBufferLike | null = null;
  /** What a buffered protocol has received into, during its call. */
  private callers: Uint8Array | null = null;
  /** How many bytes the last {@link receive} asked for. A shorter result means the socket was drained. */
  askedByteCount = 0;
  /** How many steps of tasks are under way that started the one that runs: they may have a loan. */
  outerStepCount = 0;

  constructor(loop: LendingLoop) {
    this.loop = loop;
  }

  /**
   * Receives up to `byteCount` bytes, at most {@link LENT_BYTES_MAX}. Returns how many, 0 at the end of the
   * stream, or `-errno`; {@link take} lends them.
   */
  receive(fd: number, byteCount: number): number {
    const mayOverwrite = this.outerStepCount === 0 && !this.loop.getDebug();
    let { block } = this;
    // Without memory, if somebody called `transfer()` on it: to ask for 0 bytes would look like the end.
    if (block === null || block.length === 0 || !mayOverwrite) block = this.newBlock();
    this.askedByteCount = Math.min(byteCount, block.length);
    const result = this.loop.kernel.sockets.recv(fd, block, 0, this.askedByteCount, 0);
    if (this.loop.instruments !== null) this.loop.instruments.ioCall.tell('recv', fd, result);
    return result;
  }

  /** The `byteCount` bytes that the last {@link receive} got. Whoever is running has them until it awaits. */
  take(byteCount: number): Buffer {
    if (this.loop.getDebug()) this.overwriteSoon();
    return sliceOf(this.memory as ArrayBufferLike, 0, byteCount);
  }

  /**
   * Tells a buffered protocol of bytes in its own buffer, which it may use again when the call is over.
   * Returns what the protocol returned.
   */
  tellOf(buffer: Uint8Array, byteCount: number, protocol: Buffered): unknown {
    const outer = this.callers;
    this.callers = buffer;
    try {
      return protocol.bufferUpdated(byteCount);
    } finally {
      this.callers = outer;
    }
  }

  /** `data`, or a copy where its memory is only lent. */
  kept(data: Uint8Array): Uint8Array {
    const { callers } = this;
    if (!isAnyLent && callers === null) return data;
    const { buffer } = data;
    return blocks.has(buffer) || buffer === callers?.buffer ? Uint8Array.from(data) : data;
  }

  private newBlock(): Buffer {
    this.block = Buffer.allocUnsafeSlow(LENT_BYTES_MAX);
    this.memory = this.block.buffer;
    markAsUntransferable(this.memory);
    blocks.add(this.memory);
    isAnyLent = true;
    return this.block;
  }

  /** It runs when whoever has the loan has given way. */
  private overwriteSoon(): void {
    const block = this.block as Buffer;
    this.loop.ready.push({ runReady: () => void block.fill(OVER) });
  }
}

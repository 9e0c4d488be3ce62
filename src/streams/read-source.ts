/**
 * What a {@link StreamReader} holds: bytes that have come, how the stream ended, and the operation that waits
 * for more.
 *
 * | state   | entered by                    | an operation that lacks bytes  | feedData        |
 * |---------|-------------------------------|--------------------------------|-----------------|
 * | open    | construction                  | waits                          | keeps, and wakes |
 * | paused  | more than twice the limit     | resumes the transport, waits   | keeps           |
 * | ended   | feedEof                       | ends with what there is        | RuntimeError    |
 * | broken  | setException                  | throws                         | drops           |
 */

import { RuntimeError } from '../base/errors.ts';
import { Future, type FutureSource } from '../futures/future.ts';
import { FINISHED } from '../futures/future-state.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { BaseTransport } from '../transports/base.ts';
import type { ReadTransport } from '../transports/transport.ts';
import { ByteBuffer } from './byte-buffer.ts';

/** asyncio's default, 64 KiB. */
export const DEFAULT_LIMIT_BYTES: number = 64 * 1024;

/**
 * A transport that receives in the turn of who reads, into memory that is lent: once after it has told its
 * protocol that it can.
 */
interface LendingTransport {
  lend(byteCount: number): Buffer | null;
}

export class ReadSource implements FutureSource {
  readonly buffer = new ByteBuffer();
  readonly limit: number;
  /** No more bytes will come. */
  eof = false;
  /** What broke the stream, or `null`. */
  error: Error | null = null;
  /** What feeds it; paused when bytes are not read. */
  transport: BaseTransport | null = null;
  readonly loop: LoopCore;
  private waiter: Future<void> | null = null;
  private waitingCall = '';
  /** Whether the operation that waits, if one does, is going to receive by itself. */
  private borrows = false;
  private paused = false;

  constructor(limit: number, loop: LoopCore) {
    this.limit = limit;
    this.loop = loop;
  }

  setException(error: Error): void {
    this.error = error;
    // The reading operation looks at what there is, and throws this if that is not enough.
    this.takeWaiter()?.settle(FINISHED, undefined);
  }

  /**
   * The new transport reads, whether the one below was paused or not. That one was paused again if much came
   * in one piece with the end of the handshake: then the new one is.
   */
  replaceTransport(transport: BaseTransport): void {
    this.resume();
    this.transport = transport;
    this.pauseIfFull();
  }

  feedData(data: Uint8Array): void {
    if (this.eof) throw new RuntimeError('feedData() after feedEof()');
    // What comes after the stream has broken is not part of it.
    if (data.length === 0 || this.error !== null) return;
    this.buffer.append(data);
    if (this.waiter !== null) this.takeWaiter()?.settle(FINISHED, undefined);
    this.pauseIfFull();
  }

  feedEof(): void {
    this.eof = true;
    this.takeWaiter()?.settle(FINISHED, undefined);
  }

  /** A future for more bytes, the end, or an error. @throws RuntimeError if another operation waits */
  waitForData(call: string): Future<void> {
    if (this.waiter !== null) {
      throw new RuntimeError(`${call}() called while another coroutine is already waiting for incoming data`);
    }
    // The waiting operation needs more than there is, however much that is.
    this.resume();
    const waiter = new Future<void>({ loop: this.loop });
    waiter.source = this;
    this.waiter = waiter;
    this.waitingCall = call;
    this.borrows = false;
    return waiter;
  }

  /** As {@link waitForData}, or for a transport to lend from. */
  waitForLoan(call: string): Future<void> {
    const waiter = this.waitForData(call);
    this.borrows = true;
    return waiter;
  }

  /** Whether who waits is going to receive by itself. */
  get isBorrowing(): boolean {
    return this.borrows && this.waiter !== null;
  }

  /** The transport leaves receiving to who waits. */
  readable(): void {
    this.takeWaiter()?.settle(FINISHED, undefined);
  }

  /** What the transport has received into memory that is lent; `null` if it has nothing. */
  lend(byteCount: number): Buffer | null {
    return (this.transport as Partial<LendingTransport> | null)?.lend?.(byteCount) ?? null;
  }

  /** Nothing waits for that future any more. */
  stopWaiting(waiter: Future<void>): void {
    if (this.waiter === waiter) this.waiter = null;
  }

  /** Bytes were taken: there may be room again. */
  bytesTaken(): void {
    if (this.paused && this.buffer.length <= this.limit) this.resume();
  }

  /** The waiter was cancelled. */
  abandoned(): void {
    this.waiter = null;
  }

  describe(): string {
    return `${this.waitingCall}() of ${this}`;
  }

  toString(): string {
    const parts = ['StreamReader'];
    if (this.buffer.length > 0) parts.push(`${this.buffer.length} bytes`);
    if (this.eof) parts.push('eof');
    if (this.limit !== DEFAULT_LIMIT_BYTES) parts.push(`limit=${this.limit}`);
    if (this.waiter !== null) parts.push(`waiting=${this.waitingCall}`);
    if (this.error !== null) parts.push(`exception=${this.error.name}: ${this.error.message}`);
    if (this.paused) parts.push('paused');
    return `<${parts.join(' ')}>`;
  }

  private takeWaiter(): Future<void> | null {
    const { waiter } = this;
    this.waiter = null;
    return waiter;
  }

  private pauseIfFull(): void {
    if (this.paused || this.buffer.length <= 2 * this.limit) return;
    const transport = this.transport as Partial<ReadTransport> | null;
    if (transport?.pauseReading === undefined) return;
    transport.pauseReading();
    this.paused = true;
  }

  private resume(): void {
    if (!this.paused) return;
    this.paused = false;
    (this.transport as ReadTransport).resumeReading();
  }
}

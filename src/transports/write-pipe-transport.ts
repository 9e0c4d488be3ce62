/**
 * The writing end of a pipe and its protocol. Life and death: `transport-core.ts`.
 *
 * A pipe whose reader has gone is told by waiting for it to be readable, which else it never is (poll(2): POLLERR is "also set for a
 * file descriptor referring to the write end of a pipe when the read end has been closed").
 */

import { RuntimeError } from '../base/errors.ts';
import type { Future } from '../futures/future.ts';
import { EPIPE, osError } from '../kernel/errno.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { BaseProtocol } from './base.ts';
import { Pipe, type PipeLike } from './pipe.ts';
import { Sender, type Sending } from './sender.ts';
import { requireBytes } from './socket-info.ts';
import type { WriteTransport } from './transport.ts';
import { TransportCore } from './transport-core.ts';
import type { WriteQueue } from './write-queue.ts';

export class WritePipeTransport extends TransportCore implements WriteTransport, Sending {
  private readonly pipe: Pipe;
  private readonly sender = new Sender(this);
  private eofRequested = false;

  constructor(loop: LoopCore, source: PipeLike, protocol: BaseProtocol, waiter: Future<void> | null) {
    const pipe = new Pipe(loop, 'connectWritePipe', source);
    super(loop, pipe.slot, protocol);
    this.pipe = pipe;
    this.startSoon(waiter);
  }

  write(data: Uint8Array): void {
    requireBytes('write', data);
    if (this.eofRequested) throw new RuntimeError('Cannot call write() after writeEof()');
    if (data.length === 0) return;
    if (this.closing) this.noteLostWrite();
    else this.sender.write(data);
  }

  writeLines(list: Iterable<Uint8Array>): void {
    const pieces = [...list];
    for (const data of pieces) requireBytes('writeLines', data);
    if (this.eofRequested) throw new RuntimeError('Cannot call writeLines() after writeEof()');
    if (pieces.length === 0) return;
    if (this.closing) this.noteLostWrite();
    else this.sender.writeAll(pieces);
  }

  /** The end of a pipe's stream is its close. */
  writeEof(): void {
    if (this.closing) return;
    this.eofRequested = true;
    this.close();
  }

  canWriteEof(): boolean {
    return true;
  }

  getWriteBufferSize(): number {
    return this.sender.queue.byteCount;
  }

  /** @internal The reader has gone. */
  ready(): void {
    const unsent = this.sender.queue.byteCount > 0;
    this.forceClose(unsent ? osError(-EPIPE, 'write', this.pipe.fd) : null);
  }

  /** @internal */
  sendNow(data: Uint8Array): number {
    return this.loop.kernel.fds.write(this.pipe.fd, data, 0, data.length);
  }

  /** @internal */
  sendQueued(queue: WriteQueue): number {
    return queue.writeTo(this.loop.kernel.fds, this.pipe.fd);
  }

  /** @internal */
  queueSent(): void {
    if (!this.lost && this.closing) this.endNow();
  }

  /** @internal */
  sendFailed(result: number): void {
    this.fatalError(osError(result, 'write', this.pipe.fd), 'Fatal write error on pipe transport');
  }

  override toString(): string {
    return `<WritePipeTransport ${this.describeState()} unsent=${this.getWriteBufferSize()} ${this.pipe}>`;
  }

  protected override info(name: string): unknown {
    return name === 'pipe' ? this.pipe.source : null;
  }

  /** Waits for the reader to go. */
  protected override beginReading(): void {
    if (this.pipe.hasPeer) this.loop.io.setReader(this.slot, this);
  }

  /** Goes on waiting for that while there is something to send: close() must not hang on a reader that has gone. */
  protected override stopReading(): void {
    if (this.closing && !this.lost && this.sender.queue.byteCount > 0) return;
    if (this.slot.reader === this) this.loop.io.clearReader(this.slot);
  }

  protected override discardWrites(): void {
    this.sender.discard();
  }

  protected override releaseDescriptor(): void {
    if (this.slot.reader === this) this.loop.io.clearReader(this.slot);
    this.pipe.close();
  }
}

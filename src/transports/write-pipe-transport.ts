/**
 * The writing end of a pipe and its protocol. Writing: `stream-sender.ts`. Life and death:
 * `transport-core.ts`.
 *
 * The end of the pipe's reader shows as readability, which a writing end has for no other reason (poll(2):
 * POLLERR is "also set for a file descriptor referring to the write end of a pipe when the read end has been
 * closed").
 */

import type { OSError } from '../base/errors.ts';
import type { Future } from '../futures/future.ts';
import { EPIPE } from '../kernel/errno.ts';
import { WRITABLE } from '../kernel/kernel.ts';
import { osError } from '../kernel/os-error.ts';
import { LONGEST_WAIT_MS } from '../kernel/waits.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';
import type { BaseProtocol } from './base.ts';
import { Pipe, type PipeLike } from './pipe.ts';
import { FdSink, FileSink, type SendingTransport, StreamSender } from './stream-sender.ts';
import type { WriteTransport } from './transport.ts';
import { TransportCore } from './transport-core.ts';

export class WritePipeTransport
  extends TransportCore
  implements WriteTransport, SendingTransport, ReadinessWaiter
{
  /** @internal */
  readonly persistent = true;
  private readonly pipe: Pipe;
  private readonly sender: StreamSender;

  /** @param isFile whether it is a file, which always takes what is written */
  constructor(
    loop: LoopCore,
    source: PipeLike,
    protocol: BaseProtocol,
    waiter: Future<void> | null,
    isFile = false,
  ) {
    const pipe = new Pipe(loop, 'connectWritePipe', source, isFile);
    super(loop, pipe.slot, protocol);
    this.pipe = pipe;
    const sink = new FdSink(loop, pipe.fd);
    this.sender = new StreamSender(this, isFile ? new FileSink(sink) : sink);
    this.startSoon(waiter);
  }

  write(data: Uint8Array): void {
    this.sender.write(data);
  }

  writeLines(list: Iterable<Uint8Array>): void {
    this.sender.writeLines(list);
  }

  /** The end of a pipe's stream is its close. */
  writeEof(): void {
    if (this.closing) return;
    this.sender.ended = true;
    this.close();
  }

  canWriteEof(): boolean {
    return true;
  }

  getWriteBufferSize(): number {
    return this.sender.byteCount;
  }

  /**
   * @internal Sends what is left, however long that takes, and ends: its loop is closing. Returns the error
   * that prevented it.
   */
  finishNow(): OSError | null {
    const { fds } = this.loop.kernel;
    const result = this.sender.finishNow(() => fds.waitReady(this.pipe.fd, WRITABLE, LONGEST_WAIT_MS));
    const error = result < 0 ? osError(result, 'write', this.pipe.fd) : null;
    this.releaseNow();
    return error;
  }

  /** @internal The reader has gone. */
  ready(): void {
    const unsent = this.sender.byteCount > 0;
    this.forceClose(unsent ? osError(-EPIPE, 'write', this.pipe.fd) : null);
  }

  /** @internal */
  drained(): void {
    if (this.lost) return;
    this.flow.resumeIfDrained();
    if (!this.lost && this.closing && this.getWriteBufferSize() === 0) this.endNow();
  }

  /** @internal */
  sendFailed(reason: unknown): void {
    const error = typeof reason === 'number' ? osError(reason, 'write', this.pipe.fd) : reason;
    this.fatalError(error, 'Fatal write error on pipe transport');
  }

  override toString(): string {
    return `<WritePipeTransport ${this.describeState()} unsent=${this.getWriteBufferSize()} ${this.pipe}>`;
  }

  protected override info(name: string): unknown {
    return name === 'pipe' ? this.pipe.source : null;
  }

  /** Waits for the end of the pipe's reader. */
  protected override beginReading(): void {
    if (this.pipe.hasPeer) this.loop.io.setReader(this.slot, this);
  }

  /** Waits on for that while there is something to send: close() must not hang on a reader that has gone. */
  protected override stopReading(): void {
    if (this.closing && !this.lost && this.sender.byteCount > 0) return;
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

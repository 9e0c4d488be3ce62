/**
 * A file on its way through a stream transport: by the system's sendfile, behind what was written before.
 *
 * | state   | entered by              | leaves by                                                        |
 * |---------|-------------------------|------------------------------------------------------------------|
 * | queued  | construction            | start(): all that was written before is sent                     |
 * | sending | start()                 | the file's end; an error of the file or the socket; cancellation |
 * | over    | any of these, or fail() | –                                                                |
 */

import type { Context } from '../base/context.ts';
import { ClosedResourceError } from '../base/errors.ts';
import { Future, type FutureSource } from '../futures/future.ts';
import { osError } from '../kernel/os-error.ts';
import type { IoSlot } from '../loop/io-slot.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { FileSource } from '../sockets/file-source.ts';
import type { Socket } from '../sockets/socket.ts';
import type { FlowControl } from './flow-control.ts';
import { type Unsent, WritingSide, type WritingTransport } from './writing-side.ts';

/** What is left of a file. How much is not known before its end, so it counts as 1. */
class UnsentFile implements Unsent {
  byteCount = 1;
  readonly source: FileSource;
  private readonly sock: Socket;

  constructor(source: FileSource, sock: Socket) {
    this.source = source;
    this.sock = sock;
  }

  send(): number {
    const result = this.source.sendSome(this.sock.kernel, this.sock.fd);
    if (result === 0) this.byteCount = 0;
    return result;
  }

  clear(): void {
    this.byteCount = 0;
  }
}

export class FileSending implements WritingTransport, FutureSource {
  /** How many bytes were sent, in the end. */
  readonly done: Future<number>;
  readonly loop: LoopCore;
  readonly slot: IoSlot;
  readonly flow: FlowControl;
  private readonly transport: WritingTransport;
  private readonly side: WritingSide<UnsentFile>;
  private readonly onOver: () => void;
  private started = false;
  private isOver = false;

  /** @param onOver called when nothing more of the file will be sent, before the transport goes on */
  constructor(transport: WritingTransport, source: FileSource, sock: Socket, onOver: () => void) {
    this.transport = transport;
    this.loop = transport.loop;
    this.slot = transport.slot;
    this.flow = transport.flow;
    this.onOver = onOver;
    this.side = new WritingSide(this, new UnsentFile(source, sock));
    this.done = new Future<number>({ loop: transport.loop });
    this.done.source = this;
  }

  get context(): Context {
    return this.transport.context;
  }

  /** Everything before it is sent. */
  start(): void {
    if (this.started) return;
    this.started = true;
    this.side.wait();
  }

  /** The connection has ended. */
  fail(): void {
    this.end();
    if (this.done.done()) return;
    this.done.setException(
      new ClosedResourceError(`sendfile: ${this.transport} was closed before the end of the file`),
    );
  }

  leaveTurn(previous: Context): void {
    this.transport.leaveTurn(previous);
  }

  /** In the transport's turn. */
  drained(): void {
    const { queue } = this.side;
    if (queue.byteCount > 0) return;
    this.end();
    if (!this.done.done()) this.done.setResult(queue.source.sentByteCount);
    this.transport.drained();
  }

  sendFailed(reason: unknown): void {
    this.end();
    const isRefused = typeof reason === 'number';
    const error = isRefused ? osError(reason, 'sendfile', String(this.transport)) : reason;
    if (!this.done.done()) this.done.setException(error);
    // A file that cannot be read says nothing about the connection.
    if (isRefused) this.transport.sendFailed(reason);
  }

  closed(error: Error): void {
    this.transport.closed(error);
  }

  /** Nobody waits for it any more: what has gone has gone. */
  abandoned(): void {
    this.end();
    this.loop.callSoon(() => this.transport.drained());
  }

  describe(): string {
    return this.transport.describe();
  }

  toString(): string {
    return String(this.transport);
  }

  private end(): void {
    // A turn may still be queued when it is cancelled, and the transport has the next file by then.
    if (this.isOver) return;
    this.isOver = true;
    this.side.discard();
    this.onOver();
  }
}

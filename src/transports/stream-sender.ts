/**
 * What a stream transport sends: at once while nothing waits, else behind what waits. Shared by sockets and
 * pipes.
 *
 * | state  | entered by                     | write()                  | writeEof()           |
 * |--------|--------------------------------|--------------------------|----------------------|
 * | open   | construction; the file's end   | sends or queues          | to ended             |
 * | file   | sendFile()                     | RuntimeError             | to ended, after it   |
 * | ended  | writeEof()                     | RuntimeError             | nothing              |
 *
 * What queueing takes is made when it is needed first: most connections always have room.
 */

import { requireBytes } from '../base/arguments.ts';
import { RuntimeError } from '../base/errors.ts';
import type { Future } from '../futures/future.ts';
import { isNotNow } from '../kernel/os-error.ts';
import type { IoCall } from '../loop/instrument.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { BATCHED_BYTES_MAX, type BatchedSender, type SendBatch } from '../loop/send-batch.ts';
import type { FileSource } from '../sockets/file-source.ts';
import type { Socket } from '../sockets/socket.ts';
import { FileSending } from './file-sending.ts';
import { JOINED_BYTES_MAX, joinedMemory, joinSmall } from './small-pieces.ts';
import { type Sink, WriteQueue } from './write-queue.ts';
import { WritingSide, type WritingTransport } from './writing-side.ts';

/** The transport of a {@link StreamSender}. */
export interface SendingTransport extends WritingTransport {
  isClosing(): boolean;
  /** A write after the end. */
  noteLostWrite(): void;
  /** How many unsent bytes it holds before its protocol is paused. */
  readonly highBytes: number;
}

export class StreamSender implements BatchedSender {
  /** Whether something of it waits for the end of the loop's batch. */
  isBatched = false;
  /** Whether the end of the stream was asked for: nothing can be written after it. */
  ended = false;
  private readonly transport: SendingTransport;
  private readonly sink: Sink;
  private readonly batch: SendBatch | null;
  private side: WritingSide<WriteQueue> | null = null;
  /** The file that is being sent, or that waits until the bytes ahead of it are sent. */
  private file: FileSending | null = null;

  /** @param batch where small writes may be collected; `null` if the descriptor is no socket */
  constructor(transport: SendingTransport, sink: Sink, batch: SendBatch | null = null) {
    this.transport = transport;
    this.sink = sink;
    this.batch = batch;
  }

  /** How many bytes wait in the queue: those are the caller's memory. */
  get byteCount(): number {
    return this.side === null ? 0 : this.side.queue.byteCount;
  }

  /** How many bytes the kernel has not taken, of all that was written. */
  get unsentByteCount(): number {
    this.finishBatch();
    return this.byteCount;
  }

  /** Whether everything is sent. */
  get isEmpty(): boolean {
    this.finishBatch();
    return this.byteCount === 0 && this.file === null;
  }

  /** Sends a file behind what waits. */
  sendFile(source: FileSource, sock: Socket): Future<number> {
    this.requireOpen('sendfile');
    this.finishBatch();
    const file = new FileSending(this.transport, source, sock, () => {
      this.file = null;
    });
    this.file = file;
    if (this.byteCount === 0) file.start();
    return file.done;
  }

  /** The turn of a file has come, if there is one. Returns whether there is. */
  startFile(): boolean {
    this.file?.start();
    return this.file !== null;
  }

  /** Sends at once what the kernel takes, and queues the rest. */
  write(data: Uint8Array): void {
    requireBytes('write', 'data', data);
    this.requireOpen('write');
    if (data.length === 0) return;
    if (this.batch?.isOpen === true && this.collects(this.batch, data)) return;
    if (this.transport.isClosing()) this.transport.noteLostWrite();
    else if (this.side === null || this.side.isIdle) this.sendAtOnce(data);
    else {
      this.queueRest(data, 0);
    }
  }

  /** Sends several, in as few calls as possible. */
  writeLines(list: Iterable<Uint8Array>): void {
    this.requireOpen('writeLines');
    const pieces = [...list];
    for (const data of pieces) requireBytes('writeLines', 'data', data);
    if (pieces.length === 0) return;
    if (this.batch?.isOpen === true && this.collectsAll(this.batch, pieces)) return;
    if (this.transport.isClosing()) this.transport.noteLostWrite();
    else this.queueAll(pieces);
  }

  /**
   * Sends what is queued in this call, as far as the other end takes it.
   * @param wait waits until there is room; the kernel's answer
   * @returns 0, or the negative errno that prevented it
   */
  finishNow(wait: () => number): number {
    while (this.side !== null && this.side.queue.byteCount > 0) {
      const result = this.side.queue.send();
      if (result >= 0) continue;
      const waited = isNotNow(result) ? wait() : result;
      if (waited < 0) return waited;
    }
    return 0;
  }

  /** Sends what is collected, so that what is done next is done after it. */
  private finishBatch(): void {
    if (this.isBatched) this.batch?.flush();
  }

  /** @internal BatchedSender. The caller's bytes are not touched any more: what is left is copied. */
  sent(bytes: Uint8Array, result: number): void {
    this.isBatched = false;
    try {
      if (result < 0 && !isNotNow(result)) this.transport.sendFailed(result);
      else this.queueRest(bytes.slice(Math.max(0, result)), 0);
    } catch (error) {
      // The descriptor cannot be waited for. Nobody's call is under way that it could be thrown into.
      this.transport.sendFailed(error);
    }
  }

  /** Drops what is queued. What is only collected was written before the kernel was full: it is sent. */
  discard(): void {
    this.finishBatch();
    this.side?.discard();
    this.file?.fail();
  }

  private sendAtOnce(data: Uint8Array): void {
    const result = this.sink.send(data, 0);
    if (result === data.length) return;
    if (result < 0 && !isNotNow(result)) {
      this.transport.sendFailed(result);
      return;
    }
    this.queueRest(data, Math.max(0, result));
  }

  private queueRest(data: Uint8Array, offset: number): void {
    const side = this.makeSide();
    side.queue.push(this.kept(data), offset);
    side.wait();
  }

  /** Whether the loop's batch takes `data`. If not, what it has is sent, since `data` comes behind it. */
  private collects(batch: SendBatch, data: Uint8Array): boolean {
    if (this.mayCollect(data.length) && batch.add(this.transport.slot.fd, this, data)) return true;
    batch.flush();
    return false;
  }

  private collectsAll(batch: SendBatch, pieces: readonly Uint8Array[]): boolean {
    // Asked first: what does not go with the others is joined once, where it is sent.
    const byteCount = this.mayCollect(0) ? joinSmall(pieces, 0, 0, BATCHED_BYTES_MAX) : 0;
    if (byteCount > 0) return this.collects(batch, this.joined(byteCount));
    batch.flush();
    return false;
  }

  /** What {@link joinSmall} has joined. An instrument may write, and join, before the batch has copied it. */
  private joined(byteCount: number): Uint8Array {
    const bytes = joinedMemory().subarray(0, byteCount);
    return this.transport.loop.instruments === null ? bytes : bytes.slice();
  }

  /** Whether bytes may go with those of others. A protocol that pauses at fewer has to know at once. */
  private mayCollect(byteCount: number): boolean {
    const { transport, side } = this;
    if (byteCount > BATCHED_BYTES_MAX || transport.highBytes < BATCHED_BYTES_MAX) return false;
    return (side === null || side.isIdle) && !transport.isClosing();
  }

  private queueAll(pieces: readonly Uint8Array[]): void {
    const side = this.makeSide();
    const { queue } = side;
    const mayTry = side.isIdle;
    for (const data of pieces) queue.push(this.kept(data), 0);
    if (queue.byteCount === 0) return;
    const result = mayTry ? queue.send() : 0;
    if (queue.byteCount === 0) return;
    if (result < 0 && !isNotNow(result)) this.transport.sendFailed(result);
    else side.wait();
  }

  /** The caller's memory; a copy, if it is lent to him only for now. */
  private kept(data: Uint8Array): Uint8Array {
    return this.transport.loop.io.arena.lent.kept(data);
  }

  private makeSide(): WritingSide<WriteQueue> {
    this.side ??= new WritingSide(this.transport, new WriteQueue(this.sink));
    return this.side;
  }

  private requireOpen(call: string): void {
    if (this.ended) throw new RuntimeError(`Cannot call ${call}() after writeEof()`);
    if (this.file !== null) throw fileIsBeingSent(call);
  }
}

/** The error of a call that cannot go between the bytes of a file. */
export function fileIsBeingSent(call: string): RuntimeError {
  return new RuntimeError(`Cannot call ${call}() while a file is being sent: await sendfile() first`);
}

/** Sends to a socket. */
export class SocketSink implements Sink {
  private readonly loop: LoopCore;
  /** Asked for its descriptor at each call: the number of one that was closed is soon another file's. */
  private readonly sock: Socket;

  constructor(loop: LoopCore, sock: Socket) {
    this.loop = loop;
    this.sock = sock;
  }

  send(piece: Uint8Array, offset: number): number {
    const { fd } = this.sock;
    const result = this.loop.kernel.sockets.send(fd, piece, offset, piece.length - offset, 0);
    return noted(this.loop, 'send', fd, result);
  }

  sendMany(pieces: readonly Uint8Array[], first: number, firstOffset: number): number {
    const { sockets } = this.loop.kernel;
    const { fd } = this.sock;
    const byteCount = joinSmall(pieces, first, firstOffset, JOINED_BYTES_MAX);
    const result =
      byteCount > 0
        ? sockets.send(fd, joinedMemory(), 0, byteCount, 0)
        : sockets.sendv(fd, pieces, first, pieces.length - first, firstOffset, 0);
    return noted(this.loop, 'send', fd, result);
  }
}

/** Writes to any descriptor. */
export class FdSink implements Sink {
  private readonly loop: LoopCore;
  private readonly fd: number;

  constructor(loop: LoopCore, fd: number) {
    this.loop = loop;
    this.fd = fd;
  }

  send(piece: Uint8Array, offset: number): number {
    const { fds } = this.loop.kernel;
    const result = fds.write(this.fd, piece, offset, piece.length - offset);
    return noted(this.loop, 'write', this.fd, result);
  }

  sendMany(pieces: readonly Uint8Array[], first: number, firstOffset: number): number {
    const { fds } = this.loop.kernel;
    const result = fds.writev(this.fd, pieces, first, pieces.length - first, firstOffset);
    return noted(this.loop, 'write', this.fd, result);
  }
}

/** Writes all of it, each time: to what is never full. */
export class FileSink implements Sink {
  private readonly sink: FdSink;

  constructor(sink: FdSink) {
    this.sink = sink;
  }

  send(piece: Uint8Array, offset: number): number {
    let end = offset;
    while (end < piece.length) {
      const result = this.sink.send(piece, end);
      if (result < 0 && !isNotNow(result)) return result;
      end += Math.max(0, result);
    }
    return end - offset;
  }

  sendMany(pieces: readonly Uint8Array[], first: number, firstOffset: number): number {
    let byteCount = 0;
    for (let i = first; i < pieces.length; i++) {
      const result = this.send(pieces[i] as Uint8Array, i === first ? firstOffset : 0);
      if (result < 0) return result;
      byteCount += result;
    }
    return byteCount;
  }
}

/** Tells instruments of a call. Returns its result. */
function noted(loop: LoopCore, call: IoCall, fd: number, result: number): number {
  if (loop.instruments !== null) loop.instruments.ioCall.tell(call, fd, result);
  return result;
}

/** `sockRecv` and `sockRecvInto`: bytes from a connected socket. */

import type { Future } from '../futures/future.ts';
import { isNotNow } from '../kernel/errno.ts';
import type { IoSlot } from '../loop/io-waiters.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';
import { expectedAfter, isLarge, type ReceiveArena } from '../loop/receive-arena.ts';
import type { Receiver } from '../loop/receive-batch.ts';
import type { Socket } from '../sockets/socket.ts';
import { detachedBuffer, SocketVerb } from './socket-verb.ts';

/**
 * So many reads that may have left something are not followed by a try, after one that found nothing. Whoever sends messages of just
 * the size that is read here would have every second call end in EAGAIN.
 */
const READS_WITHOUT_TRY = 15;

/**
 * What all have in common: they wait for the reading side, and guess whether the last read left something behind.
 *
 * | hope       | entered by                                     | the next call                                     |
 * |------------|------------------------------------------------|---------------------------------------------------|
 * | 0          | a read that took everything                    | waits: trying would only end in EAGAIN            |
 * | 1          | a read that may have left something            | tries at once                                     |
 * | negative   | such a try that found nothing                  | waits; so many more reads that may have left some |
 *
 * The selector is level-triggered, so waiting loses nothing but its system call.
 */
export abstract class Receive<T> extends SocketVerb<T> {
  private hope = 0;

  protected get triesAtOnce(): boolean {
    return this.hope > 0;
  }

  protected noteRead(byteCount: number, mayHaveLeftSome: boolean): void {
    this.loop.io.receivedByteCount += byteCount;
    if (this.hope < -1) this.hope += mayHaveLeftSome ? 1 : 0;
    else this.hope = mayHaveLeftSome ? 1 : 0;
  }

  protected noteNothing(): void {
    if (this.hope > 0) this.hope = -READS_WITHOUT_TRY;
  }

  protected override park(): void {
    this.loop.io.setReader(this.slot, this);
  }

  protected override unpark(): void {
    if (this.slot.reader === this) this.loop.io.clearReader(this.slot);
  }

  protected override occupant(): ReadinessWaiter | null {
    return this.slot.reader;
  }

  /** `-errno`: nothing yet, or an error. */
  protected answerFailure(future: Future<T>, result: number): boolean {
    if (!isNotNow(result)) return this.refuse(future, result);
    this.noteNothing();
    return false;
  }
}

export class ReceiveBytes extends Receive<Buffer> implements Receiver {
  protected override readonly verb = 'recv';
  private readonly arena: ReceiveArena;
  /** False for a stream, whose bytes may come in any parts. */
  private readonly keepsMessages: boolean;
  private byteCount = 0;
  /** How much is to be expected: what came last. It is not to be cut in two for want of room. */
  private expectedByteCount = 0;
  /** @internal Receiver. Large pieces are received one at a time, so that each is sent on while it is in the cache. */
  receiveByteCount = 0;

  constructor(loop: LoopCore, sock: Socket, slot: IoSlot) {
    super(loop, sock, slot);
    this.arena = loop.io.arena;
    this.keepsMessages = sock.type !== sock.kernel.constants.SOCK_STREAM;
    if (!this.keepsMessages) slot.receiver = this;
  }

  start(byteCount: number): Future<Buffer> {
    this.requireIdle();
    this.byteCount = byteCount;
    this.receiveByteCount = isLarge(this.expectedByteCount) ? 0 : byteCount;
    return this.begin(this.triesAtOnce && !this.isObserved());
  }

  /** @internal Receiver. */
  received(result: number): void {
    const { future } = this;
    if (future !== null) this.conclude(this.answer(future, result, this.byteCount));
  }

  protected override attempt(future: Future<Buffer>): boolean {
    const { arena, byteCount } = this;
    const result = this.keepsMessages
      ? arena.receive(this.sock.fd, byteCount, byteCount)
      : arena.receiveStream(this.sock.fd, byteCount, this.expectedByteCount);
    return this.answer(future, result, arena.askedByteCount);
  }

  private answer(future: Future<Buffer>, result: number, askedByteCount: number): boolean {
    if (result < 0) return this.answerFailure(future, result);
    this.noteRead(result, result === askedByteCount);
    this.expectedByteCount = expectedAfter(result, askedByteCount);
    future.setResult(this.arena.take(result));
    return true;
  }
}

export class ReceiveInto extends Receive<number> {
  protected override readonly verb = 'recvInto';
  private buffer: Uint8Array | null = null;
  private byteCount = 0;

  start(buffer: Uint8Array): Future<number> {
    this.requireIdle();
    this.buffer = buffer;
    this.byteCount = buffer.length;
    return this.begin(this.triesAtOnce && !this.isObserved());
  }

  override abandoned(): void {
    super.abandoned();
    this.buffer = null;
  }

  override closed(error: Error): void {
    this.buffer = null;
    super.closed(error);
  }

  protected override attempt(future: Future<number>): boolean {
    const buffer = this.buffer as Uint8Array;
    if (buffer.length !== this.byteCount) {
      this.buffer = null;
      return detachedBuffer(future, this.verb);
    }
    const result = this.loop.kernel.sockets.recv(this.sock.fd, buffer, 0, buffer.length, 0);
    if (result < 0) {
      const answered = this.answerFailure(future, result);
      if (answered) this.buffer = null;
      return answered;
    }
    this.noteRead(result, result === buffer.length);
    this.buffer = null;
    future.setResult(result);
    return true;
  }
}

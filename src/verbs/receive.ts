/** `sockRecv`, `sockRecvLent` and `sockRecvInto`: bytes from a connected socket. */

import type { Future } from '../futures/future.ts';
import { Handover } from '../futures/handover.ts';
import { isNotNow, osError } from '../kernel/os-error.ts';
import type { IoSlot } from '../loop/io-slot.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Receiver } from '../loop/receive-batch.ts';
import { StreamIntake } from '../loop/stream-intake.ts';
import type { Socket } from '../sockets/socket.ts';
import { detachedBuffer, SocketVerb } from './socket-verb.ts';

/**
 * After a speculative read that found nothing, skip this many. A peer that sends messages of just the size
 * that is read here would otherwise have every second call end in EAGAIN.
 */
const READS_WITHOUT_TRY = 15;

/**
 * What all have in common: they wait for the reading side, and guess whether the last read left something
 * behind.
 *
 * | triesLeft | entered by                          | the next call                                 |
 * |-----------|-------------------------------------|-----------------------------------------------|
 * | 0         | a read that took everything         | waits: trying would only end in EAGAIN        |
 * | 1         | a read that may have left something | tries at once                                 |
 * | negative  | such a try that found nothing       | waits; reads that may have left some count up |
 *
 * The selector is level-triggered, so waiting costs its system call and loses nothing.
 */
export abstract class Receive<T> extends SocketVerb<T> {
  protected override readonly direction = 'reading';
  private triesLeft = 0;

  protected get triesAtOnce(): boolean {
    return this.triesLeft > 0;
  }

  protected noteRead(byteCount: number, mayHaveLeftSome: boolean): void {
    this.loop.io.receivedByteCount += byteCount;
    if (this.triesLeft < -1) this.triesLeft += mayHaveLeftSome ? 1 : 0;
    else this.triesLeft = mayHaveLeftSome ? 1 : 0;
  }

  /** `-errno`: nothing yet, or an error. */
  protected answerFailure(future: Future<T>, result: number): boolean {
    if (!isNotNow(result)) return this.refuse(future, result);
    this.noteNothing();
    return false;
  }

  protected noteNothing(): void {
    if (this.triesLeft > 0) this.triesLeft = -READS_WITHOUT_TRY;
  }
}

/** Stands for bytes that are there, and that {@link ReceiveBytes.lend} receives in the caller's turn. */
export const TO_BE_LENT: Buffer = Buffer.alloc(0);

/** The end of a stream. */
const END = Buffer.alloc(0);

export class ReceiveBytes extends Receive<Buffer> implements Receiver {
  protected override readonly verb = 'recv';
  /** @internal Receiver. */
  readonly reader = this;
  /** Of a stream, whose bytes may come in any parts; `null` for a socket that keeps messages whole. */
  private readonly intake: StreamIntake | null;
  private byteCount = 0;
  /** Whether bytes that are received alone are only told of. */
  private lends = false;
  /** @internal Receiver. */
  receiveByteCount = 0;

  constructor(loop: LoopCore, sock: Socket, slot: IoSlot) {
    super(loop, sock, slot);
    const isStream = sock.type === sock.kernel.constants.SOCK_STREAM;
    this.intake = isStream ? new StreamIntake(loop.io.arena) : null;
    if (isStream) slot.receiver = this;
  }

  /** @param lends the result may be {@link TO_BE_LENT}; for streams */
  start(byteCount: number, lends: boolean): Future<Buffer> {
    this.requireIdle();
    this.byteCount = byteCount;
    this.lends = lends;
    const { intake } = this;
    const isAlone = intake === null || (lends && intake.isWorthLending);
    this.receiveByteCount = isAlone ? 0 : intake.batchByteCount(byteCount);
    return this.begin(this.triesAtOnce && !this.isObserved());
  }

  /**
   * Receives now, into memory that is lent; from a stream. `null`: nothing was there after all.
   * @throws OSError such as ECONNRESET
   */
  lend(byteCount: number): Buffer | null {
    const received = (this.intake as StreamIntake).lend(this.sock.fd, byteCount);
    if (typeof received === 'number' && received < 0) {
      if (!isNotNow(received)) throw osError(received, this.verb, this.subject());
      this.noteNothing();
      return null;
    }
    const data = typeof received === 'number' ? END : received;
    this.noteRead(data.length, data.length === this.loop.io.arena.lent.askedByteCount);
    return data;
  }

  /** @internal Receiver. */
  received(result: number): void {
    const { future } = this;
    if (future !== null) this.conclude(this.answer(future, result, this.byteCount));
  }

  protected override newFuture(): Future<Buffer> {
    return new Handover<Buffer>(undefined, this.loop);
  }

  protected override attempt(future: Future<Buffer>): boolean {
    if (this.lends) {
      future.setResult(TO_BE_LENT);
      return true;
    }
    const { intake, byteCount } = this;
    const { arena } = this.loop.io;
    const { fd } = this.sock;
    const result = intake === null ? arena.receive(fd, byteCount, byteCount) : intake.receive(fd, byteCount);
    return this.answer(future, result, arena.askedByteCount);
  }

  private answer(future: Future<Buffer>, result: number, askedByteCount: number): boolean {
    if (result < 0) return this.answerFailure(future, result);
    const { intake } = this;
    this.noteRead(result, result === askedByteCount);
    future.setResult(intake === null ? this.loop.io.arena.take(result) : intake.take(result, askedByteCount));
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

  protected override letGo(): void {
    this.buffer = null;
  }

  protected override attempt(future: Future<number>): boolean {
    const buffer = this.buffer as Uint8Array;
    if (buffer.length !== this.byteCount) return detachedBuffer(future, this.verb);
    const result = this.loop.io.arena.receiveInto(this.sock.fd, buffer);
    if (result < 0) return this.answerFailure(future, result);
    this.noteRead(result, result === buffer.length);
    future.setResult(result);
    return true;
  }
}

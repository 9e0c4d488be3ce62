/**
 * One command that has connected: questions as lines, answers as lines, on a loop whose program must not
 * notice.
 *
 * | state     | entered by                                | the descriptor is watched for |
 * |-----------|-------------------------------------------|-------------------------------|
 * | listening | construction; the last answer is written  | reading                       |
 * | writing   | an answer that did not fit                | reading and writing           |
 * | closed    | the peer, an error, `close()`             | nothing                       |
 *
 * It waits on the loop's own account: it keeps no program alive, and is no reason to hope for a wake-up.
 */

import { isNotNow } from '../kernel/os-error.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';
import type { InspectionAnswer, InspectionRequest } from './inspection-protocol.ts';

const READ_BYTES = 4096;
/** A question is a few words; a peer that sends more is none of ours. */
const QUESTION_BYTES_MAX = 64 * 1024;
const NEWLINE = 10;

/** Answers a question, at once or later. Returns what to call if nobody waits for that any more. */
export type Answerer = (
  request: InspectionRequest,
  answer: (answer: InspectionAnswer) => void,
) => (() => void) | null;

/** Waits for one direction of a descriptor, for the loop itself. */
class InternalWaiter implements ReadinessWaiter {
  readonly persistent = true;
  readonly keepsAlive = false;
  readonly mayWake = false;
  private readonly onReady: () => void;
  private readonly onClosed: () => void;

  constructor(onReady: () => void, onClosed: () => void) {
    this.onReady = onReady;
    this.onClosed = onClosed;
  }

  ready(): void {
    this.onReady();
  }

  closed(): void {
    this.onClosed();
  }

  describe(): string {
    return "the loop's own inspection";
  }
}

/** Watches `fd` for reading on the loop's own account. Returns the function that ends this. */
export function watchReading(
  loop: LoopCore,
  fd: number,
  onReady: () => void,
  onClosed: () => void,
): () => void {
  const waiter = new InternalWaiter(onReady, onClosed);
  loop.io.setReader(loop.io.slotOfFd(fd), waiter);
  return () => {
    const slot = loop.io.findFd(fd);
    if (slot?.reader === waiter) loop.io.clearReader(slot);
  };
}

export class InspectionConnection {
  private readonly loop: LoopCore;
  private readonly fd: number;
  private readonly answerer: Answerer;
  private readonly onClose: () => void;
  private readonly unwatch: () => void;
  private readonly writer = new InternalWaiter(
    () => this.loop.callSoon(() => this.flush()),
    () => this.close(),
  );
  private isWriting = false;
  private question = Buffer.alloc(0);
  private unsent: Buffer[] = [];
  /** End what is under way for answers. */
  private readonly givingUp: (() => void)[] = [];
  private isClosed = false;

  constructor(loop: LoopCore, fd: number, answerer: Answerer, onClose: () => void) {
    this.loop = loop;
    this.fd = fd;
    this.answerer = answerer;
    this.onClose = onClose;
    // Told while the loop dispatches: what runs user-visible code (descriptions) runs in a callback.
    this.unwatch = watchReading(
      loop,
      fd,
      () => this.receive(),
      () => this.close(),
    );
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.unwatch();
    this.stopWriting();
    this.unsent = [];
    for (const giveUp of this.givingUp.splice(0)) giveUp();
    this.loop.kernel.fds.close(this.fd);
    this.onClose();
  }

  private receive(): void {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    const result = this.loop.kernel.sockets.recv(this.fd, buffer, 0, READ_BYTES, 0);
    if (result < 0 && isNotNow(result)) return;
    if (result <= 0) {
      this.close();
      return;
    }
    this.question = Buffer.concat([this.question, buffer.subarray(0, result)]);
    for (let end = this.question.indexOf(NEWLINE); end >= 0; end = this.question.indexOf(NEWLINE)) {
      const line = this.question.subarray(0, end).toString();
      this.question = this.question.subarray(end + 1);
      this.loop.callSoon(() => this.ask(line));
    }
    if (this.question.length > QUESTION_BYTES_MAX) this.close();
  }

  private ask(line: string): void {
    if (this.isClosed) return;
    try {
      const giveUp = this.answerer(JSON.parse(line) as InspectionRequest, (answer) => this.send(answer));
      if (giveUp !== null) this.givingUp.push(giveUp);
    } catch (error) {
      this.send({ error: String(error) });
    }
  }

  private send(answer: InspectionAnswer): void {
    if (this.isClosed) return;
    this.unsent.push(Buffer.from(`${JSON.stringify(answer)}\n`));
    if (!this.isWriting) this.flush();
  }

  private flush(): void {
    while (this.unsent.length > 0 && !this.isClosed) {
      const first = this.unsent[0] as Buffer;
      const result = this.loop.kernel.sockets.send(this.fd, first, 0, first.length, 0);
      if (result < 0 && !isNotNow(result)) {
        this.close();
        return;
      }
      if (result === first.length) this.unsent.shift();
      else if (result > 0) this.unsent[0] = first.subarray(result);
      else break;
    }
    if (this.unsent.length === 0) this.stopWriting();
    else this.startWriting();
  }

  private startWriting(): void {
    if (this.isWriting || this.isClosed) return;
    this.isWriting = true;
    this.loop.io.setWriter(this.loop.io.slotOfFd(this.fd), this.writer);
  }

  private stopWriting(): void {
    if (!this.isWriting) return;
    this.isWriting = false;
    const slot = this.loop.io.findFd(this.fd);
    if (slot?.writer === this.writer) this.loop.io.clearWriter(slot);
  }
}

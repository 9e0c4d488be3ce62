/** `sockRecvLent`: bytes from a stream socket, in memory that is the caller's until it awaits again. */

import { LeafCoroutine, type Suspension } from '../coroutines/coroutine.ts';
import type { Future } from '../futures/future.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Socket } from '../sockets/socket.ts';
import { requireAwaiter } from '../tasks/require-awaiter.ts';
import { type ReceiveBytes, TO_BE_LENT } from './receive.ts';

const CALL = 'sockRecvLent';

/** The verb objects of a loop's sockets. */
export interface Receivers {
  readonly loop: LoopCore;
  /** @throws OSError with code EBADF for a socket that is closed */
  receiverOf(sock: Socket, call: string): ReceiveBytes;
}

/**
 * Waits for readiness, and receives when its caller is about to go on. What is small the loop receives with
 * what came for others, and it is handed out as by `sockRecv`.
 *
 * | state   | waiter  | next()                                                  |
 * |---------|---------|---------------------------------------------------------|
 * | created | null    | waits                                                   |
 * | waiting | pending | stays                                                   |
 * | woken   | done    | receives: done; if nothing is there after all, as created |
 */
export class ReceiveLent extends LeafCoroutine<Buffer> {
  private readonly receivers: Receivers;
  private readonly sock: Socket;
  private readonly byteCount: number;
  private waiter: Future<Buffer> | null = null;

  constructor(receivers: Receivers, sock: Socket, byteCount: number) {
    super();
    this.receivers = receivers;
    this.sock = sock;
    this.byteCount = byteCount;
  }

  next(sent?: unknown): IteratorResult<Suspension, Buffer> {
    if (this.waiter !== null) {
      const step = this.finish(this.waiter.next(sent));
      if (step !== null) return step;
    } else requireAwaiter(this, this.receivers.loop, CALL);
    for (;;) {
      const waiter = this.receivers.receiverOf(this.sock, CALL).start(this.byteCount, true);
      this.waiter = waiter;
      const step = this.finish(waiter.next());
      if (step !== null) return step;
    }
  }

  override throw(error: unknown): IteratorResult<Suspension, Buffer> {
    if (this.waiter !== null) return this.waiter.throw(error);
    throw error;
  }

  override return(value: Buffer): IteratorResult<Suspension, Buffer> {
    this.waiter?.return(value);
    return { done: true, value };
  }

  override describe(): string {
    return `${CALL}()`;
  }

  /** What a step of the waiter means; `null`: wait again. */
  private finish(step: IteratorResult<Suspension, Buffer>): IteratorResult<Suspension, Buffer> | null {
    if (step.done !== true || step.value !== TO_BE_LENT) return step;
    const value = this.receivers.receiverOf(this.sock, CALL).lend(this.byteCount);
    return value === null ? null : { done: true, value };
  }
}

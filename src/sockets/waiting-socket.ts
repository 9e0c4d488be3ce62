import { type TimeoutError, timedOut } from '../base/errors.ts';
import { check, EAGAIN, type ErrorSubject } from '../kernel/errno.ts';
import { deadlineAfter, waitUntilReady } from '../kernel/waits.ts';
import { SocketDescriptor } from './socket-descriptor.ts';

/** A socket's descriptor that can wait: what all blocking calls are made of. */
export class WaitingSocket extends SocketDescriptor {
  /**
   * Tries; where the system would block, waits as long as this socket may and tries again.
   *
   * @param call who asks, for messages.
   * @param interest `READABLE` or `WRITABLE`.
   * @param about what the call is about, for messages; the descriptor unless told.
   * @internal
   */
  protected waitingCall(
    call: string,
    interest: number,
    attempt: () => number,
    about: ErrorSubject | null = null,
  ): number {
    let result = attempt();
    const { kernel, fd, timeoutMs } = this;
    const subject = about ?? fd;
    if (result !== -EAGAIN || timeoutMs === 0) return check(result, call, subject);
    const deadlineMs = deadlineAfter(kernel, timeoutMs);
    while (result === -EAGAIN) {
      if (!waitUntilReady(kernel, fd, interest, deadlineMs)) throw this.timedOut(call);
      // Readiness is a hint: another process may have taken what was there. Then the wait goes on.
      result = attempt();
    }
    return check(result, call, subject);
  }

  /** @internal */
  protected timedOut(call: string, progress = ''): TimeoutError {
    return timedOut(call, this.timeoutMs, { detail: `${progress} (${this.toString()})` });
  }
}

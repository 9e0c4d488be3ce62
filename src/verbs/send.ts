/** `sockSendall`: all bytes to a connected socket, in order. */

import type { Future } from '../futures/future.ts';
import { EINTR } from '../kernel/errno.ts';
import { isNotNow } from '../kernel/os-error.ts';
import { detachedBuffer, SocketVerb } from './socket-verb.ts';

/**
 * Sends at once what the socket's buffer takes, and the rest as the peer reads. The caller's bytes are not
 * copied, unless they are lent: they must not change until the future is done.
 */
export class SendAll extends SocketVerb<void> {
  protected override readonly direction = 'writing';
  protected override readonly verb = 'send';
  private data: Uint8Array | null = null;
  private byteCount = 0;
  private offset = 0;

  start(data: Uint8Array): Future<void> {
    this.requireIdle();
    this.data = data;
    this.byteCount = data.length;
    this.offset = 0;
    return this.begin(true);
  }

  protected override letGo(): void {
    this.data = null;
  }

  /** It has to wait: what is only lent will be somebody else's by then. */
  protected override park(): void {
    if (this.data !== null) this.data = this.loop.io.arena.lent.kept(this.data);
    super.park();
  }

  protected override attempt(future: Future<void>): boolean {
    const data = this.data as Uint8Array;
    const { sockets } = this.loop.kernel;
    if (data.length !== this.byteCount) return detachedBuffer(future, this.verb);
    for (;;) {
      const result = sockets.send(this.sock.fd, data, this.offset, data.length - this.offset, 0);
      if (this.loop.instruments !== null) this.loop.instruments.ioCall.tell('send', this.sock.fd, result);
      if (result === -EINTR) continue;
      if (result < 0) return isNotNow(result) ? false : this.refuse(future, result);
      this.offset += result;
      // A short count means the socket's buffer is full: another call would only end in EAGAIN.
      if (this.offset < data.length) return false;
      future.setResult();
      return true;
    }
  }
}

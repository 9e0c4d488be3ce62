/** `sockSendall`: all bytes to a connected socket, in order. */

import type { Future } from '../futures/future.ts';
import { EINTR, isNotNow } from '../kernel/errno.ts';
import { SendVerb } from './send-verb.ts';
import { detachedBuffer } from './socket-verb.ts';

/**
 * Sends at once what the socket's buffer takes, and the rest as the peer reads. The caller's bytes are not copied: they must
 * not change until the future is done.
 */
export class SendAll extends SendVerb<void> {
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

  override abandoned(): void {
    super.abandoned();
    this.data = null;
  }

  override closed(error: Error): void {
    this.data = null;
    super.closed(error);
  }

  protected override attempt(future: Future<void>): boolean {
    const data = this.data as Uint8Array;
    const { sockets } = this.loop.kernel;
    if (data.length !== this.byteCount) {
      this.data = null;
      return detachedBuffer(future, this.verb);
    }
    while (this.offset < data.length) {
      const result = sockets.send(this.sock.fd, data, this.offset, data.length - this.offset, 0);
      if (result === -EINTR) continue;
      if (result < 0) {
        if (isNotNow(result)) return false;
        this.data = null;
        return this.refuse(future, result);
      }
      this.offset += result;
      // A short count means the socket's buffer is full: asking again would only be told EAGAIN.
      if (this.offset < data.length) return false;
    }
    this.data = null;
    future.setResult();
    return true;
  }
}

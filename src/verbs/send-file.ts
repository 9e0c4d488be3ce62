/** `sockSendfile`: a file to a connected stream socket. */

import type { Future } from '../futures/future.ts';
import { isNotNow } from '../kernel/os-error.ts';
import type { FileSource } from '../sockets/file-source.ts';
import { SocketVerb } from './socket-verb.ts';

/**
 * One system call each time the socket has room, so that other sockets get their turn while a fast receiver
 * takes a long file. Reading the file may wait for its disk, as everywhere in Unix.
 */
export class SendFile extends SocketVerb<number> {
  protected override readonly direction = 'writing';
  protected override readonly verb = 'sendfile';
  private source: FileSource | null = null;

  start(source: FileSource): Future<number> {
    this.requireIdle();
    this.source = source;
    return this.begin(true);
  }

  protected override letGo(): void {
    this.source = null;
  }

  protected override attempt(future: Future<number>): boolean {
    const source = this.source as FileSource;
    let result = 0;
    try {
      result = source.sendSome(this.loop.kernel, this.sock.fd);
    } catch (error) {
      // The file cannot be read, or not be sent without a copy: this await's error, not the loop's.
      future.fail(error);
      return true;
    }
    if (result > 0 || isNotNow(result)) return false;
    if (result < 0) return this.refuse(future, result);
    future.setResult(source.sentByteCount);
    return true;
  }
}

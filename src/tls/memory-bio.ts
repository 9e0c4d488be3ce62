/** Bytes on their way between an `SSLObject` and whatever carries them. */

import { SSLError } from './errors.ts';

/**
 * A queue of bytes, with an end. `ssl.MemoryBIO` of CPython.
 *
 *     incoming.write(bytesFromTheNetwork);
 *     send(outgoing.read());
 */
export class MemoryBIO {
  private pieces: Buffer[] = [];
  private byteCount = 0;
  private ended = false;

  /** How many bytes are in it. */
  get pending(): number {
    return this.byteCount;
  }

  /** Whether it is empty and nothing more will come. */
  get eof(): boolean {
    return this.ended && this.byteCount === 0;
  }

  /** @internal Whether nothing more will come. */
  get isEnded(): boolean {
    return this.ended;
  }

  /** Adds a copy of `data`. Returns how many bytes. @throws SSLError after {@link writeEof} */
  write(data: Uint8Array): number {
    if (!(data instanceof Uint8Array)) throw new TypeError('MemoryBIO.write: a Uint8Array is needed');
    if (this.ended) {
      const fields = { code: 'ERR_SSL_WRITE_AFTER_EOF', errno: 0, syscall: 'write' };
      throw new SSLError('MemoryBIO.write: cannot write() after writeEof()', fields);
    }
    if (data.length > 0) this.pieces.push(Buffer.from(data));
    this.byteCount += data.length;
    return data.length;
  }

  /** Nothing more will come. */
  writeEof(): void {
    this.ended = true;
  }

  /** Takes out up to `byteCount` bytes; all of them by default. */
  read(byteCount = -1): Buffer {
    const all = this.all();
    const count = byteCount < 0 ? all.length : Math.min(byteCount, all.length);
    const rest = all.subarray(count);
    this.pieces = rest.length === 0 ? [] : [rest];
    this.byteCount = rest.length;
    return all.subarray(0, count);
  }

  /** @internal The bytes behind the first `offset`, which stay in it. */
  peek(offset: number): Buffer {
    return this.all().subarray(offset);
  }

  private all(): Buffer {
    const { pieces } = this;
    if (pieces.length !== 1) this.pieces = [Buffer.concat(pieces)];
    return this.pieces[0] as Buffer;
  }
}

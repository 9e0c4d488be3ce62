/** `readLent`: bytes of a stream in memory that is the reader's until it awaits again. */

import type { Future } from '../futures/future.ts';
import { requireAwaiter } from '../tasks/require-awaiter.ts';
import type { ReadSource } from './read-source.ts';
import { EMPTY, Read } from './reads.ts';

/**
 * What there is, up to a number of bytes. Where nothing waits to be read and the transport can, it is
 * received in the reader's own turn, into memory that the loop lends; otherwise as by `read`.
 */
export class ReadLent extends Read {
  protected override readonly call = 'readLent';
  private readonly byteCount: number;

  constructor(source: ReadSource, byteCount: number) {
    super(source);
    this.byteCount = byteCount;
  }

  protected override attempt(): Buffer | null {
    const { source, byteCount } = this;
    requireAwaiter(this, source.loop, this.call);
    if (source.buffer.length > 0) return this.take(byteCount);
    const lent = source.lend(byteCount);
    if (lent !== null) return lent;
    return source.eof ? EMPTY : null;
  }

  protected override wait(): Future<void> {
    return this.source.waitForLoan(this.call);
  }
}

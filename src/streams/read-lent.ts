/** `readLent`: bytes of a stream in memory that is the reader's until it awaits again. */

import type { Future } from '../futures/future.ts';
import { requireAwaiter } from '../tasks/require-awaiter.ts';
import { ReadSome } from './reads.ts';

/**
 * What there is, up to a number of bytes. Where nothing waits to be read and the transport can, it is
 * received in the reader's own turn, into memory that the loop lends; otherwise as by `read`.
 */
export class ReadLent extends ReadSome {
  protected override readonly call = 'readLent';

  protected override attempt(): Buffer | null {
    const { source } = this;
    requireAwaiter(this, source.loop, this.call);
    const lent = source.buffer.length === 0 ? source.lend(this.byteCount) : null;
    // What came instead may have been the end.
    return lent ?? super.attempt();
  }

  protected override wait(): Future<void> {
    return this.source.waitForLoan(this.call);
  }
}

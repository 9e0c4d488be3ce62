/** The reading end of a pipe and its protocol. Pausing: `reading-transport.ts`. Life and death: `transport-core.ts`. */

import type { Future } from '../futures/future.ts';
import { isNotNow, osError } from '../kernel/errno.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { Pipe, type PipeLike } from './pipe.ts';
import type { Protocol } from './protocol.ts';
import { ReadingTransport } from './reading-transport.ts';
import type { ReadTransport } from './transport.ts';

/** At most so much is read at once. Linux pipes hold 64 KiB unless told. */
const READ_BYTES = 64 * 1024;

/** Per thread. Written by one call and copied from right after. */
let scratch: Buffer | null = null;

export class ReadPipeTransport extends ReadingTransport implements ReadTransport {
  private readonly pipe: Pipe;

  constructor(loop: LoopCore, source: PipeLike, protocol: Protocol, waiter: Future<void> | null) {
    const pipe = new Pipe(loop, 'connectReadPipe', source);
    super(loop, pipe.slot, protocol);
    this.pipe = pipe;
    this.startSoon(waiter);
  }

  override getWriteBufferSize(): number {
    return 0;
  }

  override toString(): string {
    return `<ReadPipeTransport ${this.describeState()} ${this.reading ? 'reading' : 'not reading'} ${this.pipe}>`;
  }

  protected override info(name: string): unknown {
    return name === 'pipe' ? this.pipe.source : null;
  }

  protected override discardWrites(): void {}

  protected override releaseDescriptor(): void {
    this.pipe.close();
  }

  protected override receive(): void {
    scratch ??= Buffer.allocUnsafeSlow(READ_BYTES);
    const result = this.loop.kernel.fds.read(this.pipe.fd, scratch, 0, READ_BYTES);
    if (result > 0) {
      const data = Buffer.from(scratch.subarray(0, result));
      try {
        (this.protocol as Protocol).dataReceived(data);
      } catch (error) {
        this.fatalError(error, 'Fatal error: protocol.dataReceived() call failed.');
      }
    } else if (result === 0) {
      this.callProtocol('eofReceived', () => (this.protocol as Protocol).eofReceived());
      // There is no other side to keep open: whatever eofReceived says, this is over.
      this.close();
    } else if (!isNotNow(result)) {
      this.fatalError(osError(result, 'read', this.pipe.fd), 'Fatal read error on pipe transport');
    }
  }
}

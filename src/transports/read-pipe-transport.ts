/**
 * The reading end of a pipe and its protocol. Reading: `reading-side.ts`. Life and death:
 * `transport-core.ts`.
 */

import type { Future } from '../futures/future.ts';
import { EIO } from '../kernel/errno.ts';
import { isNotNow, osError } from '../kernel/os-error.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { Pipe, type PipeLike } from './pipe.ts';
import type { Protocol } from './protocol.ts';
import { ReadingSide, type ReceivingTransport } from './reading-side.ts';
import type { ReadTransport } from './transport.ts';
import { TransportCore } from './transport-core.ts';

/** Maximum number of bytes read at once: what a Linux pipe holds by default. */
const READ_BYTES = 64 * 1024;

/** Per thread. Written by one call and copied from right after. */
let scratch: Buffer | null = null;

export class ReadPipeTransport extends TransportCore implements ReadTransport, ReceivingTransport {
  /** @internal Nothing is received ahead of its turn. */
  readonly holdsReceived = false;
  private readonly reading = new ReadingSide(this);
  private readonly pipe: Pipe;

  constructor(loop: LoopCore, source: PipeLike, protocol: Protocol, waiter: Future<void> | null) {
    const pipe = new Pipe(loop, 'connectReadPipe', source);
    super(loop, pipe.slot, protocol);
    this.pipe = pipe;
    this.startSoon(waiter);
  }

  isReading(): boolean {
    return !this.closing && this.reading.isReading;
  }

  pauseReading(): void {
    if (!this.closing) this.reading.pause();
  }

  resumeReading(): void {
    if (!this.closing) this.reading.resume();
  }

  override getWriteBufferSize(): number {
    return 0;
  }

  override toString(): string {
    return `<ReadPipeTransport ${this.describeState()} ${this.isReading() ? 'reading' : 'not reading'} ${this.pipe}>`;
  }

  protected override info(name: string): unknown {
    return name === 'pipe' ? this.pipe.source : null;
  }

  protected override beginReading(): void {
    this.reading.begin();
  }

  protected override stopReading(): void {
    this.reading.end();
  }

  protected override discardWrites(): void {}

  protected override releaseDescriptor(): void {
    this.pipe.close();
  }

  /** @internal In the transport's turn. */
  receive(): void {
    scratch ??= Buffer.allocUnsafeSlow(READ_BYTES);
    const result = this.loop.kernel.fds.read(this.pipe.fd, scratch, 0, READ_BYTES);
    if (this.loop.instruments !== null) this.loop.instruments.ioCall.tell('read', this.pipe.fd, result);
    if (result > 0) {
      const data = Buffer.from(scratch.subarray(0, result));
      try {
        const returned: unknown = (this.protocol as Protocol).dataReceived(data);
        if (returned !== undefined) this.receivedBy('dataReceived', returned);
      } catch (error) {
        this.fatalError(error, 'Fatal error: protocol.dataReceived() call failed.');
      }
    } else if (result === 0 || (result === -EIO && this.pipe.isTerminalMaster)) {
      this.reading.end();
      this.callProtocol('eofReceived', () => (this.protocol as Protocol).eofReceived());
      // A pipe has one direction, so nothing is left to keep open: eofReceived() has no say.
      this.close();
    } else if (!isNotNow(result)) {
      this.fatalError(osError(result, 'read', this.pipe.fd), 'Fatal read error on pipe transport');
    }
  }
}

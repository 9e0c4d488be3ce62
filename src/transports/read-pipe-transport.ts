/** The reading end of a pipe and its protocol. Life and death: `transport-core.ts`. */

import { enterContext, leaveContext } from '../base/context.ts';
import type { Future } from '../futures/future.ts';
import { osError } from '../kernel/errno.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';
import type { Runnable } from '../loop/ready-queue.ts';
import { Pipe, type PipeLike } from './pipe.ts';
import type { Protocol } from './protocol.ts';
import { isNotNow } from './sender.ts';
import type { ReadTransport } from './transport.ts';
import { TransportCore } from './transport-core.ts';

/** At most so much is read at once. Linux pipes hold 64 KiB unless told. */
const READ_BYTES = 64 * 1024;

/** Per thread. Written by one call and copied from right after. */
let scratch: Buffer | null = null;

export class ReadPipeTransport extends TransportCore implements ReadTransport, ReadinessWaiter, Runnable {
  /** @internal */
  readonly persistent = true;
  private readonly pipe: Pipe;
  private reading = false;
  private paused = false;
  private queued = false;

  constructor(loop: LoopCore, source: PipeLike, protocol: Protocol, waiter: Future<void> | null) {
    const pipe = new Pipe(loop, 'connectReadPipe', source);
    super(loop, protocol, { pipe: source });
    this.pipe = pipe;
    this.startSoon(waiter);
  }

  isReading(): boolean {
    return !this.closing && !this.paused;
  }

  pauseReading(): void {
    if (!this.isReading()) return;
    this.paused = true;
    this.stopReading();
  }

  resumeReading(): void {
    if (this.closing || !this.paused) return;
    this.paused = false;
    this.beginReading();
  }

  /** @internal */
  ready(): void {
    if (this.queued) return;
    this.queued = true;
    this.loop.ready.push(this);
  }

  /** @internal */
  closed(error: Error): void {
    this.forceClose(error);
  }

  /** @internal */
  describe(): string {
    return `the transport of ${this.pipe}`;
  }

  /** @internal */
  runReady(): void {
    this.queued = false;
    if (!this.reading) return;
    const previous = enterContext(this.context);
    try {
      this.read();
    } finally {
      leaveContext(previous);
    }
  }

  override toString(): string {
    return `<ReadPipeTransport ${this.describeState()} ${this.reading ? 'reading' : 'not reading'} ${this.pipe}>`;
  }

  protected override beginReading(): void {
    if (this.reading || !this.isReading()) return;
    this.loop.io.setReader(this.pipe.slot, this);
    this.reading = true;
  }

  protected override stopReading(): void {
    if (!this.reading) return;
    this.reading = false;
    if (this.pipe.slot.reader === this) this.loop.io.clearReader(this.pipe.slot);
  }

  protected override discardWrites(): void {}

  protected override unsentByteCount(): number {
    return 0;
  }

  protected override releaseDescriptor(): void {
    this.pipe.close();
  }

  private read(): void {
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

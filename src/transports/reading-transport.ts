/**
 * A transport that receives: what an event of its descriptor is to it, and how it is paused.
 *
 * | reading | entered by                          | the slot's reader | an event                      |
 * |---------|-------------------------------------|-------------------|-------------------------------|
 * | on      | connectionMade, resumeReading       | this              | queues this, which receives   |
 * | paused  | pauseReading                        | none              | –                             |
 * | over    | end of stream, close, a fatal error | none              | –                             |
 */

import { enterContext } from '../base/context.ts';
import type { Runnable } from '../loop/ready-queue.ts';
import { TransportCore } from './transport-core.ts';

export abstract class ReadingTransport extends TransportCore implements Runnable {
  protected reading = false;
  private paused = false;
  /** True while this is in the ready queue. */
  private queued = false;

  /** Receives once, in this transport's turn and context. */
  protected abstract receive(): void;

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

  /** @internal There is something to receive. */
  ready(): void {
    if (this.queued) return;
    this.queued = true;
    this.loop.ready.push(this);
  }

  /** @internal Receives, in its turn. */
  runReady(): void {
    this.queued = false;
    if (!this.reading) return;
    const previous = enterContext(this.context);
    try {
      this.receive();
    } finally {
      this.leaveTurn(previous);
    }
  }

  /** Whether more will be received, now or after a pause. */
  protected get mayReceive(): boolean {
    return this.reading || this.paused;
  }

  protected override beginReading(): void {
    if (this.reading || !this.isReading()) return;
    this.loop.io.setReader(this.slot, this);
    this.reading = true;
  }

  protected override stopReading(): void {
    if (!this.reading) return;
    this.reading = false;
    if (this.slot.reader === this) this.loop.io.clearReader(this.slot);
  }
}

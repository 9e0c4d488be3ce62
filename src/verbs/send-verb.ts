import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';
import { SocketVerb } from './socket-verb.ts';

/** What sends: it waits for room on the writing side. */
export abstract class SendVerb<T> extends SocketVerb<T> {
  protected override park(): void {
    this.loop.io.setWriter(this.slot, this);
  }

  protected override unpark(): void {
    if (this.slot.writer === this) this.loop.io.clearWriter(this.slot);
  }

  protected override occupant(): ReadinessWaiter | null {
    return this.slot.writer;
  }
}

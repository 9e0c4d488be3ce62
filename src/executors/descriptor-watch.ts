/** A descriptor that outlives loops: watched on whichever loop its owner is used from. */

import type { LoopCore } from '../loop/loop-core.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';

export class DescriptorWatch implements ReadinessWaiter {
  readonly persistent = true;
  private readonly fd: number;
  private readonly onReady: () => void;
  private readonly what: string;
  private loop: LoopCore | null = null;

  /** @param what for messages: what the descriptor tells of */
  constructor(fd: number, onReady: () => void, what: string) {
    this.fd = fd;
    this.onReady = onReady;
    this.what = what;
  }

  /** Watches it on `loop`, and on no other from now on. */
  attach(loop: LoopCore): void {
    if (this.loop === loop) return;
    this.detach();
    loop.io.setReader(loop.io.slotOfFd(this.fd), this);
    this.loop = loop;
  }

  detach(): void {
    const slot = this.loop?.io.findFd(this.fd);
    if (slot !== undefined && slot.reader === this) this.loop?.io.clearReader(slot);
    this.loop = null;
  }

  ready(): void {
    this.onReady();
  }

  /** The loop closes, and has let go of the descriptor. */
  closed(): void {
    this.loop = null;
  }

  describe(): string {
    return this.what;
  }
}

/** A descriptor that outlives loops: watched on whichever loop its owner is used from. */

import type { LoopCore } from '../loop/loop-core.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';

export class DescriptorWatch implements ReadinessWaiter {
  readonly persistent = true;
  private readonly fd: number;
  private readonly onReady: () => void;
  private readonly what: string;
  private readonly isWriter: boolean;
  private readonly isOfUse: () => boolean;
  private loop: LoopCore | null = null;

  /**
   * @param what for messages: what the descriptor stands for
   * @param isOfUse whether anybody may be waiting for it now
   */
  constructor(
    fd: number,
    onReady: () => void,
    what: string,
    isOfUse: () => boolean,
    direction: 'read' | 'write' = 'read',
  ) {
    this.isWriter = direction === 'write';
    this.isOfUse = isOfUse;
    this.fd = fd;
    this.onReady = onReady;
    this.what = what;
  }

  get mayWake(): boolean {
    return this.isOfUse();
  }

  /** Watches it on `loop`, and on no other from now on. */
  attach(loop: LoopCore): void {
    if (this.loop === loop) return;
    this.detach();
    const slot = loop.io.slotOfFd(this.fd);
    if (this.isWriter) loop.io.setWriter(slot, this);
    else loop.io.setReader(slot, this);
    this.loop = loop;
  }

  detach(): void {
    const { loop } = this;
    this.loop = null;
    const slot = loop?.io.findFd(this.fd);
    if (loop === null || slot === undefined) return;
    if (slot.reader === this) loop.io.clearReader(slot);
    if (slot.writer === this) loop.io.clearWriter(slot);
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

/** How long a phase of a TLS connection may take. */

import { TimeoutError } from '../../base/errors.ts';
import type { TimerHandle } from '../../loop/handle.ts';
import type { LoopCore } from '../../loop/loop-core.ts';

export class TlsDeadline {
  private readonly loop: LoopCore;
  private readonly onMissed: (error: TimeoutError) => void;
  private timer: TimerHandle | null = null;

  constructor(loop: LoopCore, onMissed: (error: TimeoutError) => void) {
    this.loop = loop;
    this.onMissed = onMissed;
  }

  /** A phase begins, such as the `handshake` with somebody. */
  start(timeoutMs: number, phase: string): void {
    this.stop();
    this.timer = this.loop.callLater(timeoutMs, () => {
      this.onMissed(new TimeoutError(`TLS ${phase} takes longer than ${timeoutMs} ms: aborted`));
    });
  }

  /** It has ended in time. */
  stop(): void {
    this.timer?.cancel();
    this.timer = null;
  }
}

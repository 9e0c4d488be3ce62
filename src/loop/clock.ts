/** Time as a loop sees it, and how the loop lets it pass. Without one, the kernel's clock and real waits. */

import type { PollerSelector } from '../selectors/poller-selector.ts';

/** What a clock sees of the loop it waits for. */
export interface WaitingLoop {
  readonly selector: PollerSelector;
  readonly liveTasks: { snapshot(): readonly object[] };
}

/** A clock of one's own: see `VirtualClock` in `selectloop/testing`. */
export interface Clock {
  /** Milliseconds, never going back. */
  nowMs(): number;
  /**
   * Waits for the loop: until the selector has events, or `timeoutMs` have passed on this clock (negative: no
   * limit).
   * @returns what the loop's last `selector.poll()` returned
   */
  wait(loop: WaitingLoop, timeoutMs: number): number;
}

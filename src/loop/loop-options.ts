/** What a loop is made from. */

import type { Kernel, PollerKind } from '../kernel/kernel.ts';
import type { Clock } from './clock.ts';
import type { InspectMode } from './inspect-mode.ts';

/** What a loop is made from. */
export interface LoopOptions {
  /** The operating system to run on. Default: the real one. */
  readonly kernel?: Kernel | undefined;
  /** Which system call to wait in. Default: the best the kernel offers. */
  readonly poller?: PollerKind | undefined;
  /** Time. Default: the kernel's clock. */
  readonly clock?: Clock | undefined;
  /**
   * Checks that cost time: slow steps, origins of callbacks. Default: environment variable
   * `SELECTLOOP_DEBUG`.
   */
  readonly debug?: boolean | undefined;
  /**
   * Whether the command `selectloop` may look at the loop: `true`, or `'signal'` for only after the command
   * has sent SIGUSR2. Default: environment variable `SELECTLOOP_INSPECT`.
   */
  readonly inspect?: InspectMode | undefined;
}

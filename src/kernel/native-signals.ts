/** Signals as bytes in a pipe, over the addon. How, and why process-wide: top of `native/signal/signal-pipe.cc`. */

import { loadAddon } from './addon.ts';
import type { SignalCalls } from './kernel.ts';

/**
 * The signals of this process.
 *
 * `watch` answers `-EBUSY` when the signal is watched already, also by another thread; `-EINVAL` for a number that is
 * no signal, for SIGKILL and SIGSTOP, for the faults SIGSEGV, SIGBUS, SIGFPE and SIGILL, whose handler may not return,
 * and for a `writeFd` that is not non-blocking; `-EBADF` when it is not open. `restore` and `reassert` answer `-ENOENT` for a
 * signal that this thread does not watch. A thread that ends restores what it watched.
 */
export const nativeSignals: SignalCalls = {
  watch(signum: number, writeFd: number, isInterrupt: boolean): number {
    return loadAddon().signalWatch(signum, writeFd, isInterrupt);
  },
  reassert(signum: number): number {
    return loadAddon().signalReassert(signum);
  },
  restore(signum: number): number {
    return loadAddon().signalRestore(signum);
  },
};

/**
 * Ctrl-C while a loop runs.
 *
 * Node's own signal handlers run on Node's loop, which stands still while `run()` blocks. So during a run,
 * and while it ends what is left, SIGINT is ours: a byte in a pipe that the selector watches. The first one
 * asks the program to stop. A second one ends the process from inside the signal handler, even one that is
 * stuck in a computation; one that follows within 300 ms is the same Ctrl-C, relayed by a launcher. When the
 * run ends, whatever handled SIGINT before does so again.
 */

import { nodeModules } from '../base/node-modules.ts';
import { EBUSY } from '../kernel/errno.ts';
import { check } from '../kernel/os-error.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { signalsOf } from './signal-source.ts';

/** The Ctrl-C of one run. The signal is caught from construction to {@link release}. */
export class Interrupts {
  /** What a Ctrl-C does, in the loop's next pass. `null`: it is only noted. */
  action: (() => void) | null = null;
  /** Whether a Ctrl-C was noted that no action has seen. */
  pending = false;
  private readonly loop: LoopCore;
  private isCaught: boolean;

  constructor(loop: LoopCore) {
    this.loop = loop;
    this.isCaught = mayCatch(loop) && this.catchSignal();
  }

  /** Puts back what handled Ctrl-C before, having noted one that the loop has not seen. Twice is harmless. */
  release(): void {
    this.action = null;
    if (!this.isCaught) return;
    this.isCaught = false;
    signalsOf(this.loop).releaseInterrupt();
  }

  /** Whether it could be caught: another run may have it. */
  private catchSignal(): boolean {
    const result = signalsOf(this.loop).catchInterrupt(() => {
      if (this.action === null) this.pending = true;
      else this.loop.callSoon(this.action);
    });
    if (result === -EBUSY) return false;
    check(result, 'sigaction', 'SIGINT');
    return true;
  }
}

/**
 * Not in a worker thread, which has no signals, and not in a simulated world or time, which nobody
 * interrupts.
 */
function mayCatch(loop: LoopCore): boolean {
  return nodeModules.workerThreads.isMainThread && loop.kernel.isNodesOwn && loop.clock === null;
}

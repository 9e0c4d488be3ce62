/**
 * Ctrl-C while a loop runs.
 *
 * Node's own signal handlers run on Node's loop, which stands still while `run()` blocks. So for the time of a run SIGINT is
 * ours: a byte in a pipe that the selector watches. The first one asks the program to stop; the system's default action is
 * back in force from then on, so a second one kills even a program that is stuck in a computation. When the run ends, whatever
 * handled SIGINT before does so again.
 */

import { constants } from 'node:os';
import { isMainThread } from 'node:worker_threads';

import { check, EBUSY } from '../kernel/errno.ts';
import { addReader, removeReader } from '../loop/fd-watch.ts';
import type { LoopCore } from '../loop/loop-core.ts';

const { SIGINT } = constants.signals;
/** One byte a signal; more than one is never of interest. */
const DRAIN_BYTES = 64;

/**
 * Calls `onInterrupt` in the loop at the first Ctrl-C. Returns the function that puts back what was there before, or `null`
 * where interrupts are not ours to take: in a worker thread, in a simulated world or time, or when another run has them.
 */
export function catchInterrupts(loop: LoopCore, onInterrupt: () => void): (() => void) | null {
  const { kernel } = loop;
  if (!isMainThread || kernel.name !== 'native' || loop.clock !== null) return null;
  const ends = new Int32Array(2);
  check(kernel.fds.pipe(ends), 'pipe');
  const [readFd, writeFd] = ends as unknown as [number, number];
  const closePipe = (): void => {
    kernel.fds.close(readFd);
    kernel.fds.close(writeFd);
  };
  const result = kernel.signals.watch(SIGINT, writeFd, true);
  if (result < 0) {
    closePipe();
    if (result === -EBUSY) return null;
    check(result, 'sigaction', 'SIGINT');
  }
  addReader(
    loop,
    readFd,
    () => {
      kernel.fds.read(readFd, Buffer.alloc(DRAIN_BYTES), 0, DRAIN_BYTES);
      onInterrupt();
    },
    [],
  );
  return () => {
    kernel.signals.restore(SIGINT);
    removeReader(loop, readFd);
    closePipe();
  };
}

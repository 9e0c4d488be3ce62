/**
 * Child processes over the addon. How, and what outlives whom: top of `native/process/spawn.h` and
 * `own-children.h`.
 */

import { loadAddon } from './addon.ts';
import type { ProcessCalls } from './process-calls.ts';

/** The children of this thread. Those that are left are killed when the thread or the process ends. */
export const nativeProcesses: ProcessCalls = {
  spawn(text: Uint8Array, numbers: Int32Array, limits: Float64Array, out: Int32Array): number {
    return loadAddon().processSpawn(text, numbers, limits, out);
  },
  kill(pid: number, signum: number): number {
    return loadAddon().processKill(pid, signum);
  },
  reap(pid: number, out: Int32Array): number {
    return loadAddon().processReap(pid, out);
  },
  abandon(pid: number): number {
    return loadAddon().processAbandon(pid);
  },
  resizeTerminal(fd: number, rows: number, columns: number): number {
    return loadAddon().terminalResize(fd, rows, columns);
  },
};

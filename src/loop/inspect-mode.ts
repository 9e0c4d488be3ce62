/**
 * Whether a loop may be inspected from outside. The inspection room registers here the function that starts
 * it, since this room may not import it.
 */

import { environmentVariable } from '../base/environment.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Clock } from './clock.ts';

/**
 * `true`: the program listens for the command `selectloop`; `'signal'`: only after SIGUSR2, which the command
 * sends.
 */
export type InspectMode = boolean | 'signal';

/** A loop that begins a run; the room that looks at it gives it its type back. */
interface RunningLoop {
  readonly inspect: InspectMode;
  readonly kernel: Kernel;
  readonly clock: Clock | null;
}

/** Opens the door for a loop that begins a run, and has the steps of debug mode watched. */
type Inspection = (loop: RunningLoop, mode: InspectMode) => void;

let inspection: Inspection | null = null;

/** Called once, when the package is loaded. */
export function provideInspection(opener: Inspection): void {
  inspection = opener;
}

/** What the environment asks for: `SELECTLOOP_INSPECT`, which is unset, `0`, `1` or `signal`. */
export function environmentInspectMode(): InspectMode {
  const value = environmentVariable('SELECTLOOP_INSPECT');
  if (value === 'signal') return 'signal';
  return value !== '' && value !== '0';
}

/**
 * A loop begins a run, in debug mode or to be looked at. One of a simulated world, or on a clock of its own,
 * is not looked at: it has no time to answer.
 */
export function beginInspection(loop: RunningLoop): void {
  const { inspect } = loop;
  if (inspection === null) return;
  if (loop.kernel.isNodesOwn && loop.clock === null) inspection(loop, inspect);
}

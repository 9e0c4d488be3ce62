/**
 * The garbage collector, on demand: a test of what is let go of cannot wait until memory happens to be short.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collects all garbage of this thread now. Finalizers run in a later turn of Node's loop. */
export function collectGarbage(): void {
  // A context that is made while the flag is set has the function.
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  collect();
}

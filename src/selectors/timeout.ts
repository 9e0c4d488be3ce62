import { inspect } from 'node:util';
import type { PollerKind } from '../kernel/kernel.ts';

/**
 * The longest single sleep inside `select()`. V8 looks at `worker.terminate()`, `process.exit()` of another thread and
 * the inspector only between system calls, so this is how long those three wait; four wake-ups a second cost nothing.
 */
const SLICE_MS = 250;

/** `select()`'s argument as milliseconds to wait: 0 looks once, Infinity waits for ever. */
export function limitOf(timeoutMs: number | null | undefined): number {
  if (timeoutMs === null || timeoutMs === undefined) return Number.POSITIVE_INFINITY;
  if (typeof timeoutMs !== 'number' || Number.isNaN(timeoutMs)) {
    throw new TypeError(
      `select(): timeoutMs must be a number of milliseconds or null, got ${inspect(timeoutMs)}`,
    );
  }
  return Math.max(0, timeoutMs);
}

/** How long to sleep in one system call, as `Poller.wait` takes it, when `remainingMs` are left. */
export function sliceOf(remainingMs: number, kind: PollerKind): number {
  // A simulated wait occupies no thread, and slices would hide from it that nothing can ever happen.
  if (kind !== 'simulated') return Math.min(remainingMs, SLICE_MS);
  return remainingMs === Number.POSITIVE_INFINITY ? -1 : remainingMs;
}

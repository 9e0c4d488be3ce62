/** The clock. */

import { performance } from 'node:perf_hooks';

/**
 * Monotonic milliseconds with fractions, counted from when this thread started: compare them within one thread only.
 *
 * This is `performance.now()`, taken once so that fake timers of a test runner do not replace it. It reads
 * CLOCK_MONOTONIC, as the waits of all pollers do, so a wait is never early against it. A call of our own addon was
 * measured beside it and is no faster: Node answers without leaving compiled code, a native call has to.
 *
 * @returns milliseconds; later calls never return less.
 */
export const nowMs: () => number = performance.now.bind(performance);

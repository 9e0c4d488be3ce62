/**
 * The bits of `loop.extras`: rare features of a loop. Each step of a task and each pass tests once whether
 * any is set. Testing each of them would cost a tenth of a step.
 *
 *     if (loop.extras !== 0) this.enterWith(loop.extras);
 */

/** stop() was called: the pass under way is the last one. */
export const STOPPING = 1;
/** Debug mode. */
export const DEBUG = 2;
/** It has instruments. */
export const OBSERVED = 4;
/** Node's own loop drives it, in turns that have a budget. */
export const GUEST = 8;
/** Some of its tasks have what AsyncLocalStorage belongs to: those of a guest, also after it. */
export const SCOPED = 16;
/** Some of its tasks are daemons, or were. */
export const DAEMONS = 32;

/** Where a task's coroutine stands: before its first step, on the stack, or at a `yield*` or past its end. */

export const UNSTARTED = 0;
export const STEPPING = 1;
export const SUSPENDED = 2;

export type TaskPhase = typeof UNSTARTED | typeof STEPPING | typeof SUSPENDED;

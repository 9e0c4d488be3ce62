/** Called in workers by `calls-without-answers.ts`. */
import { runCoroutineThreadsafe } from 'selectloop';

/** Does not wait for the answers. */
export function tells(count: number): void {
  for (let i = 1; i <= count; i++) runCoroutineThreadsafe('note', i);
}

/** Asks after that. */
export function asks(n: number): unknown {
  return runCoroutineThreadsafe('note', n).result();
}

export function block(delayMs: number): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delayMs);
  return delayMs;
}

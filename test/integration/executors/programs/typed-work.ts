/** Called in workers by the programs beside it: TypeScript, and with imports of its own. */
import { blockingPortal, runCoroutineThreadsafe, TimeoutError } from 'selectloop';
import type { calls } from './loop-calls.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export function norm(point: Point): number {
  return Math.hypot(point.x, point.y);
}

/** Asks the loop that started this worker, by name. */
export function greeting(id: number): string {
  return `hello ${runCoroutineThreadsafe<string>('lookUp', id).result()}`;
}

export function typedGreeting(id: number): string {
  return `hello ${blockingPortal<typeof calls>().lookUp(id)}`;
}

/** Two calls at a time; the answers come in the other order. */
export function both(): string[] {
  const slow = runCoroutineThreadsafe<string>('wait', 60);
  const fast = runCoroutineThreadsafe<string>('wait', 5);
  return [slow.result(), fast.result()];
}

export function impatient(): string {
  const call = runCoroutineThreadsafe<string>('wait', 200);
  try {
    call.result(10);
  } catch (error) {
    return error instanceof TimeoutError ? `${error.message}; then ${call.result()}` : 'what else';
  }
  return 'in time';
}

export function unknownCall(): unknown {
  return runCoroutineThreadsafe('nothing').result();
}

export function wrongLimit(): unknown {
  return runCoroutineThreadsafe('wait', 1).result(Number.NaN);
}

export function failingCall(): unknown {
  return runCoroutineThreadsafe('refuse').result();
}

export function say(text: string): void {
  console.log(text);
}

export function processId(delayMs: number): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delayMs);
  return process.pid;
}

export function spin(): void {
  for (;;) {
    // Until it is terminated.
  }
}

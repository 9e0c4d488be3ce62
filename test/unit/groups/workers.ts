/** Coroutines that behave badly in known ways, for groups to deal with. */
import { expect } from 'vitest';
import { type CancelledError, type Coroutine, sleep } from '../../../src/index.ts';

export function* failAfterMs(delayMs: number, text: string): Coroutine<never> {
  yield* sleep(delayMs);
  throw new Error(text);
}

/** Notes the CancelledError that ends it, and lets it out. */
export function* counting(seen: string[], name: string): Coroutine<void> {
  try {
    yield* sleep(10_000);
  } catch (error) {
    seen.push(`${name}: ${(error as CancelledError).reason}`);
    throw error;
  }
}

/** The texts of the errors that a group raised. */
export function texts(error: unknown): string[] {
  expect(error).toBeInstanceOf(AggregateError);
  return (error as AggregateError).errors.map((each) => (each as Error).message);
}

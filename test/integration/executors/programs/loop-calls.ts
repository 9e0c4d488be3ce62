/** What the loop offers to workers in calls-back.ts. */
import { type Coroutine, sleep } from 'selectloop';

export const calls = {
  *lookUp(id: number): Coroutine<string> {
    yield* sleep(5);
    return `user ${id}`;
  },
  *wait(delayMs: number): Coroutine<string> {
    yield* sleep(delayMs);
    return `${delayMs} ms`;
  },
  refuse(): never {
    throw new RangeError('not this one');
  },
};

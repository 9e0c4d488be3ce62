/**
 * The book's loop tells "done" by `result() is not None`: a future with an empty result never resumes main.
 */
import { expect, it } from 'vitest';
import type { Coroutine } from '../../src/index.ts';
import { virtualLoop } from '../unit/loop/virtual-loop.ts';

it.each([null, undefined, false, 0, '', Number.NaN])('%s is a result like any other', (value) => {
  const { loop } = virtualLoop();
  const resumedWith = loop.run(function* (): Coroutine<unknown> {
    const future = loop.createFuture<unknown>();
    loop.callLater(1, () => future.setResult(value));
    return yield* future;
  });
  expect(resumedWith).toBe(value);
});

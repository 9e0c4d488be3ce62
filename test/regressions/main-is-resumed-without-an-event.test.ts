/**
 * The book's loop looks for finished futures only after `select()` has returned, so main sleeps until
 * something unrelated happens.
 */
import { expect, it } from 'vitest';
import { type Coroutine, createTask } from '../../src/index.ts';
import { pair, realLoop } from '../integration/loop/real-loop.ts';
import { virtualLoop } from '../unit/loop/virtual-loop.ts';

it('a future that a task completes resumes main at once, with an idle socket registered', () => {
  const { loop } = realLoop();
  const [idle] = pair();
  const startMs = loop.time();
  loop.run(function* (): Coroutine<void> {
    const neverReady = loop.sockRecv(idle);
    const future = loop.createFuture<string>();
    createTask(complete(future));
    expect(yield* future).toBe('from a task');
    neverReady.cancel();
  });
  expect(loop.time() - startMs).toBeLessThan(200);

  function* complete(future: ReturnType<typeof loop.createFuture<string>>): Coroutine<void> {
    yield* [];
    future.setResult('from a task');
  }
});

it('the selector is never asked to wait while somebody is ready to run', () => {
  const { loop, kernel } = virtualLoop();
  loop.run(function* (): Coroutine<void> {
    const future = loop.createFuture<void>();
    loop.callSoon(() => loop.callSoon(() => future.setResult()));
    yield* future;
  });
  expect(new Set(kernel.waits)).toEqual(new Set([0]));
});

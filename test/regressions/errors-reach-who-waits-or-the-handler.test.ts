/**
 * The book's loop has no way for an error: no `set_exception`, a callback that raises ends the loop, a task's
 * error vanishes.
 */
import { expect, it } from 'vitest';
import { type Coroutine, createTask, sleep } from '../../src/index.ts';
import { virtualLoop } from '../unit/loop/virtual-loop.ts';

it("a future's error is raised where it is awaited", () => {
  const { loop } = virtualLoop();
  const failure = new RangeError('too far');
  const seen = loop.run(function* (): Coroutine<unknown> {
    const future = loop.createFuture<void>();
    loop.callLater(1, () => future.setException(failure));
    try {
      yield* future;
      return null;
    } catch (error) {
      return error;
    }
  });
  expect(seen).toBe(failure);
});

it('a callback that raises is reported and the loop goes on', () => {
  const { loop, takeReports } = virtualLoop();
  const failure = new Error('in a callback');
  loop.callSoon(() => {
    throw failure;
  });
  loop.run(() => sleepBriefly());
  expect(takeReports().map(({ exception }) => exception)).toEqual([failure]);
});

it('a task that fails while nobody waits for it is reported within two seconds', () => {
  const { loop, takeReports } = virtualLoop();
  const failure = new Error('in a task');
  loop.run(function* (): Coroutine<void> {
    createTask(failing(failure), { name: 'lonely' });
    yield* sleep(2000);
  });
  const [report, ...others] = takeReports();
  expect(report?.exception).toBe(failure);
  expect(String(report?.future)).toContain('lonely');
  expect(others).toEqual([]);
});

function* sleepBriefly(): Coroutine<void> {
  yield* sleep(1);
}

function* failing(failure: Error): Coroutine<void> {
  yield* sleep(1);
  throw failure;
}

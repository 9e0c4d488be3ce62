/**
 * `asCompleted` with a time limit that is none began its coroutines, whose errors nobody was told of, and
 * spoke of `callLater`. What was given as a context, and is none, was found when a task first needed one.
 */
import { expect, test } from 'vitest';
import {
  asCompleted,
  type Context,
  type Coroutine,
  createTask,
  getRunningLoop,
  Runner,
  run,
  runGuest,
  sleep,
  wait,
} from '../../src/index.ts';
import { failureOf } from '../support/failure-of.ts';

test.each(['5', Number.NaN, {}])('a time limit of %s', (given) => {
  run(function* () {
    const timeoutMs = given as number;
    let begun = 0;
    function* work(): Coroutine<void> {
      begun++;
      yield* sleep(0);
    }
    expect(() => asCompleted([work()], { timeoutMs })).toThrow(/^asCompleted: timeoutMs must be a number/);
    yield* sleep(1);
    expect(begun).toBe(0);
    const refused = yield* failureOf(wait([createTask(work())], { timeoutMs }));
    expect(refused.message).toMatch(/^wait: timeoutMs must be a number/);
  });
});

test('what is no context', async () => {
  const context = new Map() as unknown as Context;
  const message = (call: string): RegExp => new RegExp(`^${call}: a Context is needed, got .Map.`);
  run(function* () {
    const work = sleep(0, 'done');
    expect(() => createTask(work, { context })).toThrow(message('createTask'));
    expect(yield* work).toBe('done');
    const future = getRunningLoop().createFuture<void>();
    expect(() => future.addDoneCallback(() => {}, { context })).toThrow(message('addDoneCallback'));
  });
  using runner = new Runner();
  expect(() => runner.run(sleep(0), { context })).toThrow(message('Runner.run'));
  await expect(runGuest(sleep(0), { context })).rejects.toThrow(message('runGuest'));
});

/** run() cancels what is left; tasks that those start in their clean-up were abandoned without a word. */
import { expect, test } from 'vitest';
import { type Coroutine, createTask, EventLoop, sleep } from '../../src/index.ts';
import { Runner } from '../../src/runtime/runner.ts';
import { FakeKernel } from '../support/fake-kernel.ts';

/** A task that starts another one when it is cancelled, `generations` times. */
function* heir(generations: number, log: number[]): Coroutine<void> {
  try {
    yield* sleep(60_000);
  } finally {
    if (generations > 0) createTask(heir(generations - 1, log));
    yield* sleep(10);
    log.push(generations);
  }
}

function runHeirs(generations: number): { log: number[]; messages: string[] } {
  const log: number[] = [];
  const messages: string[] = [];
  const runner = new Runner({
    loopFactory: () => {
      const loop = new EventLoop({ kernel: new FakeKernel() });
      loop.setExceptionHandler((_loop, context) => messages.push(context.message));
      return loop;
    },
  });
  runner.run(function* () {
    createTask(heir(generations, log));
    yield* sleep(1);
  });
  runner.close();
  return { log, messages };
}

test('each generation runs its finally blocks', () => {
  expect(runHeirs(5)).toEqual({ log: [5, 4, 3, 2, 1, 0], messages: [] });
});

test('a program that never ends is given up, and says so', () => {
  const { log, messages } = runHeirs(Number.POSITIVE_INFINITY);
  expect(log).toHaveLength(100);
  expect(messages).toHaveLength(1);
  expect(messages[0]).toContain('run() abandoned 1 of its tasks');
});

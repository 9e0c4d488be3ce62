/** A cancel request that comes in the pass in which the result has arrived. */

import { expect, test } from 'vitest';
import {
  type CancelledError,
  createTask,
  currentTask,
  getRunningLoop,
  run,
  sleep,
  type Task,
} from '../../../src/index.ts';
import { socketpair } from '../../../src/socket.ts';
import { VirtualClock } from '../../../src/testing.ts';

test('the result is handed over, and the request raised at the next suspension', () => {
  const log: string[] = [];
  run(
    function* () {
      const future = getRunningLoop().createFuture<string>();
      const task = createTask(
        (function* () {
          log.push(yield* future);
          try {
            yield* sleep(1000);
          } catch (error) {
            log.push((error as CancelledError).name);
            throw error;
          }
        })(),
      );
      yield* sleep(0);
      future.setResult('result');
      task.cancel();
      yield* sleep(0);
      yield* sleep(0);
      expect(task.cancelled()).toBe(true);
    },
    { clock: new VirtualClock() },
  );
  expect(log).toEqual(['result', 'CancelledError']);
});

test('a coroutine that ends with the result ends with it: the request came too late', () => {
  run(
    function* () {
      const future = getRunningLoop().createFuture<number>();
      const task = createTask(
        (function* () {
          return (yield* future) + 1;
        })(),
      );
      yield* sleep(0);
      future.setResult(1);
      expect(task.cancel()).toBe(true);
      expect(yield* task).toBe(2);
    },
    { clock: new VirtualClock() },
  );
});

test('received bytes are not lost with a receiver that is cancelled as they arrive', () => {
  run(function* () {
    const loop = getRunningLoop();
    const [left, right] = socketpair();
    const receiver: Task<Buffer> = createTask(
      (function* () {
        return yield* loop.sockRecv(left);
      })(),
    );
    yield* sleep(0);
    right.send(Buffer.from('bytes'));
    // Queued before the poll that completes the call, run right after it.
    loop.callLater(0, () => receiver.cancel());
    expect((yield* receiver).toString()).toBe('bytes');
    left.close();
    right.close();
  });
});

test('a request made while the coroutine runs is not deferred: ending does not escape it', () => {
  run(function* () {
    const future = getRunningLoop().createFuture<void>();
    const task = createTask(
      (function* () {
        yield* future;
        currentTask()?.cancel();
      })(),
    );
    yield* sleep(0);
    future.setResult();
    task.cancel();
    yield* sleep(0);
    yield* sleep(0);
    expect(task.cancelled()).toBe(true);
  });
});

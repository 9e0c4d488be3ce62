/**
 * In the book's loop nothing ends a wait but data: no cancellation, no timer, no wake-up, and `sock_close`
 * leaves the future pending.
 */
import { expect, it } from 'vitest';
import {
  type Awaitable,
  CancelledError,
  type Coroutine,
  createTask,
  OSError,
  sleep,
} from '../../src/index.ts';
import { pair, realLoop } from '../integration/loop/real-loop.ts';

it('closing a socket ends the waits on it, in both directions, with an error that names it', () => {
  const { loop } = realLoop();
  const [near] = pair();
  const name = String(near);
  loop.run(function* (): Coroutine<void> {
    const receiving = createTask(outcome(loop.sockRecv(near)));
    const sending = createTask(outcome(loop.sockSendall(near, Buffer.alloc(8 << 20))));
    yield* sleep(5);
    loop.sockClose(near);
    for (const task of [receiving, sending]) {
      const error = (yield* task) as OSError;
      expect(error).toBeInstanceOf(OSError);
      expect(error.code).toBe('EBADF');
      expect(error.message).toContain(name);
    }
  });
});

it('a task that waits for a socket can be cancelled', () => {
  const { loop } = realLoop();
  const [near] = pair();
  loop.run(function* (): Coroutine<void> {
    const task = createTask(outcome(loop.sockRecv(near)));
    yield* sleep(1);
    task.cancel('enough');
    const error = yield* task;
    expect(error).toBeInstanceOf(CancelledError);
    expect((error as CancelledError).reason).toBe('enough');
  });
});

it('a timer ends a wait', () => {
  const { loop } = realLoop();
  const [near] = pair();
  loop.run(function* (): Coroutine<void> {
    const receiving = loop.sockRecv(near);
    const startMs = loop.time();
    loop.callLater(20, () => receiving.cancel());
    expect(yield* outcome(receiving)).toBeInstanceOf(CancelledError);
    expect(loop.time() - startMs).toBeGreaterThanOrEqual(20);
  });
});

function* outcome(awaitable: Awaitable<unknown>): Coroutine<unknown> {
  try {
    return yield* awaitable;
  } catch (error) {
    return error;
  }
}

/**
 * A loop that was closed dropped the tasks that had not ended: no `finally` of theirs ran, and nobody heard
 * of it. asyncio logs "Task was destroyed but it is pending!".
 */
import { describe, expect, it } from 'vitest';
import { type Coroutine, EventLoop, Runner, sleep, Task } from '../../src/index.ts';
import { FakeKernel } from '../support/fake-kernel.ts';

function newLoop(told: string[]): EventLoop {
  const loop = new EventLoop({ kernel: new FakeKernel(), debug: false });
  loop.setExceptionHandler((_loop, { message, task }) => told.push(`${message}: ${nameOf(task)}`));
  return loop;
}

function nameOf(task: object | undefined): string {
  return task instanceof Task ? task.getName() : 'none';
}

function* endless(): Coroutine<void> {
  yield* sleep(60_000);
}

describe('close() tells', () => {
  it('of the tasks that have not ended, once', () => {
    const told: string[] = [];
    const loop = newLoop(told);
    for (const name of ['a', 'b', 'c']) loop.createTask(endless(), { name });
    loop.run(() => sleep(1));
    loop.close();
    loop.close();
    expect(told).toEqual([
      'the event loop was closed before 3 tasks had ended, whose finally blocks will not run: a',
    ]);
  });

  it('of a task that has never begun', () => {
    const told: string[] = [];
    const loop = newLoop(told);
    loop.createTask(endless(), { name: 'a' });
    loop.close();
    expect(told).toEqual([
      'the event loop was closed before a task had ended, whose finally blocks will not run: a',
    ]);
  });

  it('of no daemon, and of none that has ended', () => {
    const told: string[] = [];
    const loop = newLoop(told);
    loop.createTask(endless(), { daemon: true });
    loop.createTask(sleep(0));
    loop.run(() => sleep(1));
    loop.close();
    expect(told).toEqual([]);
  });

  it('nothing after a runner, which has cancelled them, or has told that it could not end them', () => {
    for (const makesMore of [false, true]) {
      const told: string[] = [];
      const runner = new Runner({ loopFactory: () => newLoop(told) });
      runner.run(function* () {
        const loop = runner.getLoop();
        function* heir(): Coroutine<void> {
          try {
            yield* sleep(60_000);
          } finally {
            if (makesMore) loop.createTask(heir());
          }
        }
        loop.createTask(heir());
        yield* sleep(1);
      });
      runner.close();
      expect(told.length).toBe(makesMore ? 1 : 0);
    }
  });
});

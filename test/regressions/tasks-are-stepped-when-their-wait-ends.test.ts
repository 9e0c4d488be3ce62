/**
 * The book's loop steps every task in every turn (each step hangs one more callback on the same future) and
 * rebuilds the list of unfinished ones, so a turn costs as much as there are tasks.
 */
import { expect, it } from 'vitest';
import { type Coroutine, createTask, sleep, type Task } from '../../src/index.ts';
import { virtualLoop } from '../unit/loop/virtual-loop.ts';

it('a task that waits is not touched until its future is done, however often the loop turns', () => {
  const { loop } = virtualLoop();
  const gate = loop.createFuture<void>();
  let looked = 0;
  const next = gate.next.bind(gate);
  gate.next = (sent) => {
    looked++;
    return next(sent);
  };
  loop.run(function* (): Coroutine<void> {
    const waiters = Array.from({ length: 50 }, () => createTask(waitFor(gate)));
    for (let turn = 0; turn < 1000; turn++) yield* sleep(0);
    expect(looked).toBe(50);
    expect(gate.observerCount()).toBe(50);
    gate.setResult();
    for (const waiter of waiters) yield* waiter;
    expect(looked).toBe(100);
  });
});

it('tasks that have ended are let go of', () => {
  const { loop } = virtualLoop();
  loop.run(function* (): Coroutine<void> {
    const tasks: Task<void>[] = [];
    for (let i = 0; i < 20_000; i++) tasks.push(createTask(endAtOnce()));
    expect(loop.liveTasks.size).toBe(20_001);
    yield* sleep(0);
    expect(loop.liveTasks.size).toBe(1);
    expect(tasks.every((task) => task.done())).toBe(true);
  });
});

function* waitFor(gate: ReturnType<ReturnType<typeof virtualLoop>['loop']['createFuture']>): Coroutine<void> {
  yield* gate;
}

function* endAtOnce(): Coroutine<void> {
  yield* [];
}

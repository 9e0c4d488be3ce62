/**
 * Running a coroutine on virtual time. A lost wake-up shows at once: the fake kernel refuses to wait when
 * nothing can happen.
 */
import type { Coroutine } from '../../../src/coroutines/coroutine.ts';
import { runningLoop } from '../../../src/loop/current-loop.ts';
import { EventLoop } from '../../../src/runtime/event-loop.ts';
import { createTask } from '../../../src/tasks/create-task.ts';
import { sleep } from '../../../src/tasks/sleep.ts';
import type { Task } from '../../../src/tasks/task.ts';
import { FakeKernel } from '../../support/fake-kernel.ts';

/** Runs `main` on a loop of its own. Fails on errors that nobody looked at and on tasks left alive. */
export function inLoop<T>(main: () => Coroutine<T>): T {
  const loop = new EventLoop({ kernel: new FakeKernel(), debug: false });
  const reports: string[] = [];
  loop.setExceptionHandler((_loop, context) =>
    reports.push(`${context.message}: ${String(context.exception)}`),
  );
  let result: T;
  try {
    result = loop.run(main);
    if (loop.liveTasks.size > 0) reports.push(`${loop.liveTasks.size} tasks are still alive`);
  } finally {
    loop.close();
  }
  if (reports.length > 0) throw new Error(reports.join('\n'));
  return result;
}

/** Lets `count` passes of the loop go by. */
export function* passes(count: number): Coroutine<void> {
  for (let left = count; left > 0; left--) yield* sleep(0);
}

/** Lets the loop run until every other task waits for something that is not going to happen by itself. */
export function* untilIdle(): Coroutine<void> {
  const loop = runningLoop('untilIdle');
  do yield* sleep(0);
  while (loop.ready.length > 0);
}

type TaskOf<C> = C extends Coroutine<infer T> ? Task<T> : never;

/** Starts one task for each coroutine, in order. */
export function spawn<C extends readonly Coroutine<unknown>[]>(
  ...coroutines: C
): { [K in keyof C]: TaskOf<C[K]> } {
  return coroutines.map((coroutine) => createTask(coroutine)) as { [K in keyof C]: TaskOf<C[K]> };
}

/** Waits for all tasks; the results, in order. */
export function* all<T>(tasks: readonly Task<T>[]): Coroutine<T[]> {
  const results: T[] = [];
  for (const task of tasks) results.push(yield* task);
  return results;
}

/** The error that awaiting `awaitable` raises. */
export function* raised(awaitable: { [Symbol.iterator](): Iterator<unknown> }): Coroutine<Error> {
  try {
    yield* awaitable as Coroutine<unknown>;
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was raised');
}

/** Counts how often the coroutine suspends, when resumed as soon as it has: 0 says that it never does. */
export function suspensions(coroutine: Coroutine<unknown>): number {
  let count = 0;
  while (coroutine.next().done !== true) if (++count > 1000) throw new Error('it never ends');
  return count;
}

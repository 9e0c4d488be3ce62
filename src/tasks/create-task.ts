/** Starting a coroutine on its own. */

import { type Coroutine, isCoroutine } from '../coroutines/coroutine.ts';
import { refuseWork } from '../coroutines/coroutine-ownership.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { Task } from './task.ts';
import type { TaskOptions } from './task-options.ts';

/** Makes the tasks of a loop: see `loop.setTaskFactory`. */
export type TaskFactory = <T>(loop: LoopCore, coroutine: Coroutine<T>, options: TaskOptions) => Task<T>;

/** A coroutine, or a function without parameters that makes one. */
export type TaskWork<T> = Coroutine<T> | (() => Coroutine<T>);

/**
 * Runs a coroutine concurrently, as a task of the running loop. It takes its first step in the loop's next
 * pass; the loop holds it until it ends. `asyncio.create_task` of CPython 3.13, which takes no functions.
 *
 *     const download = createTask(fetchPage(url));
 *     createTask(function* () {
 *       yield* sleep(1000);
 *       download.cancel();
 *     });
 *
 * @param work what calling a `function*` returned, or a `function*` without parameters, which is called at
 *   once
 * @throws TypeError for anything else; RuntimeError outside of a running loop
 */
export function createTask<T>(work: Coroutine<T> | (() => Coroutine<T>), options?: TaskOptions): Task<T> {
  return spawn(runningLoop('createTask'), work, options);
}

/** A loop that makes tasks: every one that runs coroutines. */
interface TaskLoop {
  createTask<T>(work: TaskWork<T>, options?: TaskOptions): Task<T>;
}

/** A task on `loop`, made by its `createTask`, which a subclass may override. */
export function spawn<T>(loop: LoopCore, work: TaskWork<T>, options?: TaskOptions): Task<T> {
  return (loop as LoopCore & TaskLoop).createTask(work, options);
}

/** What `loop.createTask` does: a task, made by the loop's task factory if it has one. */
export function makeTask<T>(loop: LoopCore, work: TaskWork<T>, options?: TaskOptions): Task<T> {
  const coroutine = typeof work === 'function' ? coroutineFrom('createTask', work) : work;
  if (loop.taskFactory !== null) return makeByFactory(loop, coroutine, options);
  return new Task(coroutine, options, loop);
}

/**
 * The coroutine that `work` makes. With parameters it is not called: it may have been given where its call
 * was meant.
 * @param call the name of what the user has called
 * @throws TypeError if it makes none
 */
export function coroutineFrom<T>(call: string, work: () => Coroutine<T>): Coroutine<T> {
  if (work.length > 0) refuseWork(call, work);
  const made = work();
  return isCoroutine(made) ? made : refuseWork(call, made, work);
}

/** Most tasks have no options. A factory knows that by this very object, and has nothing to copy. */
const NO_OPTIONS: TaskOptions = Object.freeze({});
const EAGER: TaskOptions = Object.freeze({ eagerStart: true });

function makeByFactory<T>(loop: LoopCore, coroutine: Coroutine<T>, options?: TaskOptions): Task<T> {
  loop.checkUsable('createTask');
  const task = (loop.taskFactory as TaskFactory)(loop, coroutine, options ?? NO_OPTIONS);
  // A factory may leave the options to us, as those of asyncio do, which are not told the name.
  const name = options?.name;
  if (name !== undefined && name !== null && task.getName() !== String(name)) task.setName(name);
  return task;
}

/** What `loop.setTaskFactory` accepts. @throws TypeError for anything but a function or null */
export function checkTaskFactory(factory: TaskFactory | null): TaskFactory | null {
  if (factory === null || typeof factory === 'function') return factory;
  throw new TypeError(`setTaskFactory: the task factory must be a callable or null, got ${typeof factory}`);
}

/** A task factory whose tasks take their first step at once. `asyncio.eager_task_factory` of CPython 3.13. */
export const eagerTaskFactory: TaskFactory = (loop, coroutine, options) =>
  new Task(coroutine, options === NO_OPTIONS ? EAGER : { eagerStart: true, ...options }, loop);

/**
 * A task factory that starts tasks of your own class eagerly. `asyncio.create_eager_task_factory` of CPython
 * 3.13.
 *
 * @param taskClass constructed with the coroutine and the options, `eagerStart: true` among them
 */
export function createEagerTaskFactory(
  taskClass: new <T>(coroutine: Coroutine<T>, options: TaskOptions & { readonly loop: LoopCore }) => Task<T>,
): TaskFactory {
  return (loop, coroutine, options) => new taskClass(coroutine, { eagerStart: true, ...options, loop });
}

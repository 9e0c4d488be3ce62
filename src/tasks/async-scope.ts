/**
 * The async resource of a guest's task, to which AsyncLocalStorage binds its values: they follow the task,
 * not the turn.
 */

import type { AsyncResource } from 'node:async_hooks';
import { nodeModules } from '../base/node-modules.ts';
import { SCOPED } from '../loop/extras.ts';
import type { InstrumentedTask } from '../loop/instrument.ts';
import type { LoopCore } from '../loop/loop-core.ts';

export type AsyncScope = AsyncResource;

/**
 * The scope of a new task, which keeps the values of its creator. Only guests need one: `run()` has no
 * callbacks of Node around it.
 */
export function newAsyncScope(loop: LoopCore): AsyncScope {
  loop.extras |= SCOPED;
  return new nodeModules.asyncHooks.AsyncResource('selectloop:task');
}

/** From Node 24 on, what enterWith() sets in a scope ends with the call, and not with the scope. */
const LOSES_CHANGES = Number(process.versions.node.split('.')[0]) >= 24;

/** A task, as one that is watched. */
interface WatchedTask extends InstrumentedTask {
  readonly loop: LoopCore;
  readonly rare: { asyncScope: AsyncScope | null } | null;
  advance(): void;
}

/**
 * One step of a task of a loop that is not a plain one: in its scope, which then has what the step has set,
 * and with instruments told that it begins.
 */
export function advanceWatched(task: WatchedTask): void {
  task.loop.instruments?.taskStepBegan.tell(task);
  const { rare } = task;
  if (rare === null || rare.asyncScope === null) task.advance();
  else rare.asyncScope = advanceIn(rare.asyncScope, task);
}

/** Returns the scope of the next step. */
function advanceIn(scope: AsyncScope, task: WatchedTask): AsyncScope {
  let next = scope;
  scope.runInAsyncScope(() => {
    task.advance();
    if (LOSES_CHANGES) next = newAsyncScope(task.loop);
  });
  return next;
}

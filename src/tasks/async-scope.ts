/**
 * What Node's AsyncLocalStorage belongs to, for a task of a guest: so its values follow the task, not the
 * turn.
 */

import type { AsyncResource } from 'node:async_hooks';
import { nodeModules } from '../base/node-modules.ts';
import { SCOPED } from '../loop/extras.ts';
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

/**
 * One step of a task in its scope. Returns the scope of the next step, which has what this one has set. Apart
 * from the task, so that its own step makes no closure.
 */
export function advanceIn(scope: AsyncScope, task: { readonly loop: LoopCore; advance(): void }): AsyncScope {
  let next = scope;
  scope.runInAsyncScope(() => {
    task.advance();
    if (LOSES_CHANGES) next = newAsyncScope(task.loop);
  });
  return next;
}

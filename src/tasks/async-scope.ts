/**
 * What Node's AsyncLocalStorage belongs to, for a task of a guest: so its values follow the task, not the
 * turn.
 */

import type { AsyncResource } from 'node:async_hooks';
import { nodeModules } from '../base/node-modules.ts';

export type AsyncScope = AsyncResource;

/**
 * A new scope that keeps the values of its creator. Only guests need one: `run()` has no callbacks of Node
 * around it.
 */
export function newAsyncScope(): AsyncScope {
  return new nodeModules.asyncHooks.AsyncResource('selectloop:task');
}

/** From Node 24 on, what enterWith() sets in a scope ends with the call, and not with the scope. */
const LOSES_CHANGES = Number(process.versions.node.split('.')[0]) >= 24;

/**
 * One step of a task in its scope. Returns the scope of the next step, which has what this one has set. Apart
 * from the task, so that its own step makes no closure.
 */
export function advanceIn(scope: AsyncScope, task: { advance(): void }): AsyncScope {
  let next = scope;
  scope.runInAsyncScope(() => {
    task.advance();
    if (LOSES_CHANGES) next = newAsyncScope();
  });
  return next;
}

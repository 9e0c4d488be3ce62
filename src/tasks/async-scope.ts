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

/**
 * Advances `task` with the values of `scope`. Apart from the task's own code: a closure there that names
 * `this` would cost each step an object, used or not.
 */
export function advanceIn(scope: AsyncScope, task: { advance(): void }): void {
  scope.runInAsyncScope(() => task.advance());
}

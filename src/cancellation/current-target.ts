/** Who would be cancelled here: the task that is running, seen through what this room knows of it. */

import { RuntimeError } from '../base/errors.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { CancelTarget } from './cancel-tree.ts';

/** What a task offers so that scopes can be opened in it. */
interface Cancellable {
  cancelTarget(): CancelTarget;
}

/**
 * The running loop and the target that its current task is.
 * @throws RuntimeError outside of a running loop, or in a plain callback
 */
export function currentTarget(call: string): { readonly loop: LoopCore; readonly target: CancelTarget } {
  const loop = runningLoop(call);
  const task = loop.currentTask as Partial<Cancellable> | null;
  if (task?.cancelTarget === undefined) {
    throw new RuntimeError(
      `${call}: there is no current task. Use it inside a coroutine, not in a callback.`,
    );
  }
  return { loop, target: task.cancelTarget() };
}

/** Operations whose result is worth something only to whoever is running when they have it. */

import { RuntimeError } from '../base/errors.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { Task } from './task.ts';

/**
 * Refuses to run `operation` as a task of its own: the task would be over, and what is lent to it somebody
 * else's, before anybody could look at the result.
 * @throws RuntimeError
 */
export function requireAwaiter(operation: object, loop: LoopCore, call: string): void {
  const { currentTask } = loop;
  if (!(currentTask instanceof Task) || (currentTask.getCoro() as object) !== operation) return;
  throw new RuntimeError(
    `${call}() cannot be a task of its own: its bytes are lent until the task ends, which is at once. ` +
      `Await it in a coroutine that uses them: yield* ${call}(…).`,
  );
}

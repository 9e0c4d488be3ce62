/**
 * The tasks for which a suspended one waits, told when somebody asks.
 *
 * A task awaits one future. That is another task, or it comes of some (`Origins`): a gather of its children,
 * a group's end of the group's tasks, a contended lock of its holder. Nothing is kept for this while tasks
 * run.
 */

import type { Future } from '../futures/future.ts';
import { PENDING } from '../futures/future-state.ts';
import { Task } from './task.ts';

/**
 * The futures that `future` comes of, with those that these come of, as far as the next tasks. A task stands
 * for itself.
 */
export function awaitedTasks(future: Future<unknown> | null): Set<Task<unknown>> {
  const tasks = new Set<Task<unknown>>();
  if (future === null) return tasks;
  // Grows as it is walked.
  const met = new Set<Future<unknown>>([future]);
  for (const one of met) {
    if (one.state !== PENDING) continue;
    if (one instanceof Task) tasks.add(one);
    else for (const origin of one.origins()?.futures ?? []) met.add(origin);
  }
  return tasks;
}

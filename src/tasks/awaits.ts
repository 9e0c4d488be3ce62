/**
 * What a suspended task waits for, told when somebody asks: as text, as the tasks it depends on, and where it stands in the user's source.
 *
 * A task awaits one future. That is another task, or it comes of some (`Origins`): a gather of its children, a group's end of the group's
 * tasks, a contended lock of its holder. Nothing is kept for this while tasks run.
 */

import { isOurFile } from '../base/package-files.ts';
import type { StackFrame } from '../coroutines/probe.ts';
import type { Future } from '../futures/future.ts';
import { PENDING } from '../futures/future-state.ts';
import { Task } from './task.ts';

/** The futures that `future` comes of, with those that these come of, as far as the next tasks. A task stands for itself. */
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

/**
 * Where a pending task stands, without frames of this package, outermost first. Of a task that has none of its user's, such as one that
 * was made of `server.serveForever()`, the outermost frame.
 */
export function userFrames(task: Task<unknown>): StackFrame[] {
  if (task.state !== PENDING) return [];
  const frames = task.getStack();
  const ofUser = frames.filter(({ file }) => !isOurFile(file));
  return ofUser.length > 0 ? ofUser : frames.slice(0, 1);
}

/** `name (file:line:column)`, with a path where the frame has a URL, so that a terminal can open it. */
export function placeOfFrame({ functionName, file, line, column }: StackFrame): string {
  return `${functionName} (${file.replace(/^file:\/\//, '')}:${line}:${column})`;
}

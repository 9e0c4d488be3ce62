/** The stack of a task, suspended or failed, as frames and as text. */

import { formatFrame, parseStack, probeFrames, type StackFrame } from '../coroutines/probe.ts';
import type { Future } from '../futures/future.ts';
import { FAILED } from '../futures/future-core.ts';

/** What is needed of a task. */
interface StackOwner extends Future<unknown> {
  getName(): string;
  getCoro(): Iterator<unknown, unknown, unknown>;
}

/** Frames of a suspended task's coroutine, or of a failed one's error; outermost first. */
export function taskStack(task: StackOwner, suspended: boolean, limit: number | null): StackFrame[] {
  const frames = suspended ? probeFrames(task.getCoro()) : errorFrames(task);
  return limit === null ? frames : frames.slice(Math.max(0, frames.length - limit));
}

/** Where a suspended task stands, in one line: the innermost frame of its coroutine. */
export function suspensionPoint(task: StackOwner): string {
  const innermost = probeFrames(task.getCoro()).at(-1);
  return innermost === undefined ? '' : ` at ${innermost.functionName} (${innermost.file}:${innermost.line})`;
}

/** What `printStack` prints. */
export function formatTaskStack(task: StackOwner, frames: readonly StackFrame[]): string {
  if (frames.length === 0) return `No stack for ${task}`;
  const failure = task.state === FAILED ? `\n${String(task.value)}` : '';
  return `Stack for ${task} (most recent call last):\n${frames.map(formatFrame).join('\n')}${failure}`;
}

/** V8 has made text of an error's stack by now; each line names its function and place. */
function errorFrames(task: StackOwner): StackFrame[] {
  if (task.state !== FAILED || !(task.value instanceof Error)) return [];
  return parseStack(task.value.stack ?? '').reverse();
}

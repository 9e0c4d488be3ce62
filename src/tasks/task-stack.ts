/** The stack of a task, suspended, running or failed, as frames and as text. */

import { isOurFile } from '../base/package-files.ts';
import { formatFrame, parseStack, probeFrames, runningFrames, type StackFrame } from '../coroutines/probe.ts';
import { isA } from '../coroutines/thrown.ts';
import type { Future } from '../futures/future.ts';
import { FAILED, PENDING } from '../futures/future-state.ts';
import { SUSPENDED, type TaskPhase, UNSTARTED } from './task-phase.ts';

/** Where a task's coroutine is: at a leaf operation of ours, on the stack, or at neither. */
type CoroutinePlace = 'suspended' | 'running' | 'elsewhere';

/** Options of `task.getStack` and `task.printStack`. */
export interface StackOptions {
  /** The greatest number of frames. Default: all. */
  readonly limit?: number | null | undefined;
}

/** What is needed of a task. */
interface StackOwner extends Future<unknown> {
  readonly waitingOn: Future<unknown> | null;
  getName(): string;
  label(): string;
  getStack(): StackFrame[];
  getCoro(): Iterator<unknown, unknown, unknown>;
}

/** @param isFaulty an error of ours is to be raised in it */
export function placeOf(task: StackOwner, phase: TaskPhase, isFaulty: boolean): CoroutinePlace {
  if (task.state !== PENDING || phase === UNSTARTED || isFaulty) return 'elsewhere';
  if (phase === SUSPENDED) return 'suspended';
  return task.loop.currentTask === task ? 'running' : 'elsewhere';
}

/**
 * Frames of a task's coroutine, or of a failed one's error; outermost first.
 * @param limit at most so many: the innermost ones of a coroutine, the outermost ones of an error; `null` for
 *   all
 */
export function taskStack(task: StackOwner, place: CoroutinePlace, limit: number | null): StackFrame[] {
  if (place === 'elsewhere') return errorFrames(task).slice(0, limit ?? undefined);
  const frames = coroutineFrames(task, place);
  return limit === null ? frames : frames.slice(Math.max(0, frames.length - limit));
}

/** What a task says of itself: its name, where its coroutine stands, what it waits for. */
export function describeTask(task: StackOwner, place: CoroutinePlace): string[] {
  const details = [`name='${task.getName()}'`, ...describeCoroutine(task, place)];
  const { waitingOn } = task;
  // Another task's name only: what that one waits for in its turn has no end.
  if (waitingOn !== null)
    details.push(`wait_for=<${isTask(waitingOn) ? waitingOn.label() : waitingOn.describe()}>`);
  return details;
}

/** `coro=<…>`: its function, and where that stands; nothing if it stands nowhere. */
function describeCoroutine(task: StackOwner, place: CoroutinePlace): string[] {
  if (place === 'elsewhere') return [];
  const frames = coroutineFrames(task, place);
  const [outermost, innermost] = [frames[0], frames.at(-1)];
  if (outermost === undefined || innermost === undefined) return [];
  const inner = outermost === innermost ? '' : `, in ${innermost.functionName}()`;
  return [`coro=<${outermost.functionName}() running${inner} at ${innermost.file}:${innermost.line}>`];
}

function isTask(future: Future<unknown>): future is StackOwner {
  return 'getCoro' in future;
}

/** What `printStack` prints. */
export function formatTaskStack(task: StackOwner, frames: readonly StackFrame[]): string {
  const awaited = waitOf(task);
  const wait = awaited === null ? '' : `\nwaits for ${awaited}`;
  // A task of a leaf operation, such as createTask(sleep(10)), has a wait and no frame.
  if (frames.length === 0) return `No stack for ${task}${wait}`;
  const end = task.state === FAILED ? `\n${String(task.value)}` : wait;
  return `Stack for ${task} (most recent call last):\n${frames.map(formatFrame).join('\n')}${end}`;
}

/**
 * What a task waits for, in words: `sleep(10)`, `get() of <Queue …>`, `Task 'fetch'`. `null` for one that
 * runs, is ready, or is done.
 */
export function waitOf(task: StackOwner): string | null {
  const { waitingOn } = task;
  if (waitingOn === null || waitingOn.state !== PENDING) return null;
  return isTask(waitingOn) ? waitingOn.label() : waitingOn.describeAwaited();
}

/**
 * Where a pending task stands, without frames of this package, outermost first. Of a task that has none of
 * its user's, such as one that was made of `server.serveForever()`, the outermost frame.
 */
export function userFrames(task: StackOwner): StackFrame[] {
  if (task.state !== PENDING) return [];
  const frames = task.getStack();
  const ofUser = frames.filter(({ file }) => !isOurFile(file));
  return ofUser.length > 0 ? ofUser : frames.slice(0, 1);
}

/** `name (file:line:column)`, with a path where the frame has a URL, so that a terminal can open it. */
export function placeOfFrame({ functionName, file, line, column }: StackFrame): string {
  return `${functionName} (${file.replace(/^file:\/\//, '')}:${line}:${column})`;
}

/** @param place 'running' only for the innermost task on the stack */
function coroutineFrames(task: StackOwner, place: 'suspended' | 'running'): StackFrame[] {
  return place === 'suspended' ? probeFrames(task.getCoro()) : runningFrames('advance');
}

/** V8 has made text of an error's stack by now; each line names its function and place. */
function errorFrames(task: StackOwner): StackFrame[] {
  if (task.state !== FAILED || !isA(task.value, Error)) return [];
  return parseStack(task.value.stack ?? '').reverse();
}

/**
 * The call graph of one task or future: its own stack, who awaits it, and who awaits those. CPython 3.14's,
 * in its names.
 *
 * Who awaits a future is found by asking every live task of the loop what it waits for, and what that comes
 * of. Futures in between, such as those of a gather or of a group's end, are passed over: the task that waits
 * for them is named.
 */

import { RuntimeError } from '../base/errors.ts';
import { describeValue } from '../coroutines/misuse.ts';
import type { StackFrame } from '../coroutines/probe.ts';
import { Future } from '../futures/future.ts';
import { runningLoopOrNull } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { outputLine } from '../loop/output.ts';
import { awaitedTasks } from '../tasks/awaits.ts';
import { allTasks, currentTask } from '../tasks/current-task.ts';
import { Task } from '../tasks/task.ts';
import { placeOfFrame, userFrames, waitOf } from '../tasks/task-stack.ts';

/** One level of a call stack in a {@link FutureCallGraph}. `asyncio.FrameCallGraphEntry` of CPython 3.14. */
export class FrameCallGraphEntry {
  /** Function, file, line and column; of TypeScript where Node runs with source maps. */
  readonly frame: StackFrame;

  /** @internal */
  constructor(frame: StackFrame) {
    this.frame = frame;
  }
}

/**
 * A future with its stack and who awaits it, made by {@link captureCallGraph}. `asyncio.FutureCallGraph` of
 * CPython 3.14.
 */
export class FutureCallGraph {
  /** The task or the future. */
  readonly future: Future<unknown>;
  /**
   * The innermost call first; empty for a future that is no task, and for a task that has not begun or has
   * ended.
   */
  readonly callStack: readonly FrameCallGraphEntry[];
  /** The tasks that wait for it. Where tasks wait for each other in a circle, so do these. */
  readonly awaitedBy: readonly FutureCallGraph[];

  /** @internal */
  constructor(
    future: Future<unknown>,
    callStack: readonly FrameCallGraphEntry[],
    awaitedBy: readonly FutureCallGraph[],
  ) {
    this.future = future;
    this.callStack = callStack;
    this.awaitedBy = awaitedBy;
  }
}

/** What the functions of call graphs take. */
export interface CallGraphOptions {
  /**
   * How many levels of each stack to keep: the outermost ones for a positive number, the innermost ones for a
   * negative number, none for 0, which leaves who awaits whom. `null`: all.
   */
  readonly limit?: number | null | undefined;
  /**
   * Of the current task: how many of the innermost levels to leave out. Default: 0. Frames of this package
   * are never there.
   */
  readonly depth?: number | undefined;
}

/**
 * The call graph of a task or future: where it stands, which tasks wait for it, where they stand, and so on.
 * Nothing is recorded beforehand: it costs what it costs when it is called. `asyncio.capture_call_graph` of
 * CPython 3.14.
 *
 *     const graph = captureCallGraph(download);
 *     graph?.awaitedBy.map(({ future }) => String(future));
 *
 * @param future default: the current task
 * @returns `null` in a callback, where no task runs, unless a future is given
 * @throws RuntimeError outside of a running loop without a future; TypeError if it is not a future
 */
export function captureCallGraph(
  future?: Future<unknown> | null,
  options: CallGraphOptions = {},
): FutureCallGraph | null {
  const subject = future ?? currentTaskFor('captureCallGraph');
  if (subject === null) return null;
  if (!(subject instanceof Future)) {
    throw new TypeError(`captureCallGraph: a task or a future is needed, got ${describeValue(subject)}`);
  }
  return new Capture(subject.loop, options).graphOf(subject);
}

/**
 * The text that {@link printCallGraph} prints. `asyncio.format_call_graph` of CPython 3.14.
 * @returns `''` where there is no task
 */
export function formatCallGraph(future?: Future<unknown> | null, options: CallGraphOptions = {}): string {
  const graph = captureCallGraph(future, options);
  if (graph === null) return '';
  const lines: string[] = [];
  addLines(graph, '', new Set(), lines);
  return lines.join('\n');
}

/**
 * Prints the call graph of a task or future: where it stands, and below it who awaits it.
 * `asyncio.print_call_graph` of CPython 3.14.
 *
 *     * Task 'download'
 *       + Call stack:
 *       |   at fetchPage (/srv/crawler.ts:12:24)
 *       |   at download (/srv/crawler.ts:7:16)
 *       + Waits for: sockRecv on <Socket fd=21 …>
 *       + Awaited by:
 *         * Task 'main'
 *           …
 *
 * @param future default: the current task
 * @param options as for {@link captureCallGraph}; `fd`: where to, by default 1, stdout
 */
export function printCallGraph(
  future?: Future<unknown> | null,
  options: CallGraphOptions & { readonly fd?: number | undefined } = {},
): void {
  const text = formatCallGraph(future, options);
  const loop = future?.loop ?? runningLoopOrNull();
  if (text !== '' && loop !== null) outputLine(loop.kernel, loop.isGuest, options.fd ?? 1, text);
}

function currentTaskFor(call: string): Task<unknown> | null {
  if (runningLoopOrNull() === null) {
    throw new RuntimeError(`${call}: no event loop is running. Name the task or future: ${call}(task).`);
  }
  return currentTask();
}

/** One capture. Each future has one node, so that a circle ends. */
class Capture {
  private readonly options: CallGraphOptions;
  private readonly nodes = new Map<Future<unknown>, FutureCallGraph>();
  private readonly awaiters = new Map<Future<unknown>, Task<unknown>[]>();

  constructor(loop: LoopCore, options: CallGraphOptions) {
    this.options = options;
    for (const task of allTasks(loop)) {
      const awaited = new Set<Future<unknown>>(awaitedTasks(task.waitingOn));
      // A future that is no task can be asked about, too.
      if (task.waitingOn !== null) awaited.add(task.waitingOn);
      for (const future of awaited) {
        const known = this.awaiters.get(future);
        if (known === undefined) this.awaiters.set(future, [task]);
        else known.push(task);
      }
    }
  }

  graphOf(future: Future<unknown>): FutureCallGraph {
    const known = this.nodes.get(future);
    if (known !== undefined) return known;
    const awaitedBy: FutureCallGraph[] = [];
    const node = new FutureCallGraph(future, this.stackOf(future), awaitedBy);
    this.nodes.set(future, node);
    for (const task of this.awaiters.get(future) ?? []) awaitedBy.push(this.graphOf(task));
    return node;
  }

  private stackOf(future: Future<unknown>): readonly FrameCallGraphEntry[] {
    const { limit = null, depth = 0 } = this.options;
    if (limit === 0 || !(future instanceof Task)) return [];
    let frames = userFrames(future);
    if (future.loop.currentTask === future && depth > 0) frames = frames.slice(0, -depth);
    if (limit !== null) frames = limit > 0 ? frames.slice(0, limit) : frames.slice(limit);
    return frames.reverse().map((frame) => new FrameCallGraphEntry(frame));
  }
}

function addLines(
  graph: FutureCallGraph,
  indent: string,
  shown: Set<FutureCallGraph>,
  lines: string[],
): void {
  const { future, callStack, awaitedBy } = graph;
  const label = future instanceof Task ? future.label() : `<${future.describe()}>`;
  lines.push(`${indent}* ${label}${shown.has(graph) ? ' (shown above)' : ''}`);
  if (shown.has(graph)) return;
  shown.add(graph);
  if (callStack.length > 0) lines.push(`${indent}  + Call stack:`);
  for (const { frame } of callStack) lines.push(`${indent}  |   at ${placeOfFrame(frame)}`);
  const awaited = future instanceof Task ? waitOf(future) : null;
  if (awaited !== null) lines.push(`${indent}  + Waits for: ${awaited}`);
  if (awaitedBy.length > 0) lines.push(`${indent}  + Awaited by:`);
  for (const each of awaitedBy) addLines(each, `${indent}    `, shown, lines);
}

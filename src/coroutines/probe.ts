/**
 * Where a suspended coroutine stands, at no cost until asked.
 *
 * `yield*` hands whatever is sent into a coroutine to the innermost one, so a {@link PROBE} sent into a
 * suspended task arrives at the leaf operation it waits in, on a stack that has a frame of every level in
 * between; no user code runs. The leaf notes that stack and suspends again. Sound only while the coroutine is
 * suspended in a leaf of ours: the task knows.
 */

import { isOurFile } from '../base/package-files.ts';
import { PROBE } from './coroutine.ts';

/** One level of a suspended coroutine. */
export interface StackFrame {
  readonly functionName: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Deep enough for most coroutines. What lies below them costs as much again, and tells nothing. */
const USUAL_DEPTH = 16;

let recorded: string | null = null;
let recordedDepth = Number.POSITIVE_INFINITY;
/** Of many tasks in a row that do the same, one is parsed. */
let lastStack = '';
let lastFrames: readonly StackFrame[] = [];

/** Called by a leaf operation that has been probed. */
export function recordProbe(): void {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = recordedDepth;
  // Text, not call sites: Node maps the places in the text back to TypeScript where source maps are on.
  recorded = new Error('probe').stack ?? null;
  Error.stackTraceLimit = limit;
}

/**
 * The frames of a suspended coroutine, outermost first; none if it is not suspended in one of our leaf
 * operations.
 */
export function probeFrames(coroutine: Iterator<unknown, unknown, unknown>): StackFrame[] {
  return framesOfProbe(coroutine, USUAL_DEPTH) ?? framesOfProbe(coroutine, Number.POSITIVE_INFINITY) ?? [];
}

/** @returns `null` if `depth` frames do not reach down to the coroutine's outermost one */
function framesOfProbe(coroutine: Iterator<unknown, unknown, unknown>, depth: number): StackFrame[] | null {
  recorded = null;
  recordedDepth = depth;
  coroutine.next(PROBE);
  const stack = recorded ?? '';
  recorded = null;
  recordedDepth = Number.POSITIVE_INFINITY;
  if (stack !== lastStack) {
    const frames = parseStack(stack);
    const end = frames.findIndex((frame) => frame.functionName === framesOfProbe.name);
    if (end < 0 && stack !== '') return null;
    const start = frames.findIndex((frame) => !isLeaf(frame));
    lastFrames = frames.slice(start, end).reverse();
    lastStack = stack;
  }
  return [...lastFrames];
}

/**
 * The frames of the coroutine that is on the stack, outermost first: from the caller of this package down to
 * the innermost `driver`.
 * @param driver the name of the method of ours that resumes coroutines
 */
export function runningFrames(driver: string): StackFrame[] {
  recorded = null;
  recordProbe();
  const frames = parseStack(recorded ?? '');
  recorded = null;
  const end = frames.findIndex((frame) => isOurFile(frame.file) && frame.functionName.endsWith(`.${driver}`));
  const start = frames.findIndex((frame) => !isOurFile(frame.file));
  return frames.slice(start, end).reverse();
}

/**
 * The frames in the text of an error's stack, innermost first. Native frames, which have no place, are left
 * out.
 */
export function parseStack(stack: string): StackFrame[] {
  const frames: StackFrame[] = [];
  for (const line of stack.split('\n')) {
    const match = /^ +at (?:(.+) \()?(.+?):(\d+):(\d+)\)?$/.exec(line);
    if (match === null) continue;
    const [, functionName = '(anonymous)', file = '', lineText, columnText] = match;
    frames.push({ functionName, file, line: Number(lineText), column: Number(columnText) });
  }
  return frames;
}

/** A frame as a line of a stack trace. */
export function formatFrame(frame: StackFrame): string {
  return `    at ${frame.functionName} (${frame.file}:${frame.line}:${frame.column})`;
}

/** `recordProbe`, and the methods of the leaf that it was called from. */
function isLeaf({ file, functionName }: StackFrame): boolean {
  return isOurFile(file) && (functionName === recordProbe.name || /\.(?:next|resume)$/.test(functionName));
}

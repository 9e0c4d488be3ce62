/**
 * Where a suspended coroutine stands, at no cost until asked.
 *
 * `yield*` hands whatever is sent into a coroutine to the innermost one, so a {@link PROBE} sent into a suspended task arrives at
 * the leaf operation it waits in, on a stack that has a frame of every level in between; no user code runs. The leaf notes that
 * stack and suspends again. Sound only while the coroutine is suspended in a leaf of ours: the task knows.
 */

import { PROBE } from './coroutine.ts';

/** One level of a suspended coroutine. */
export interface StackFrame {
  readonly functionName: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

let recorded: StackFrame[] | null = null;

/** Called by a leaf operation that has been probed. */
export function recordProbe(): void {
  recorded = captureFrames(recordProbe).slice(1);
}

/** The frames of a suspended coroutine, outermost first; none if it is not suspended in one of our leaf operations. */
export function probeFrames(coroutine: Iterator<unknown, unknown, unknown>): StackFrame[] {
  recorded = null;
  coroutine.next(PROBE);
  const frames = (recorded ?? []) as StackFrame[];
  recorded = null;
  const own = frames.findIndex((frame) => frame.functionName === probeFrames.name);
  return (own < 0 ? frames : frames.slice(0, own)).reverse();
}

/** The frames of the present stack, innermost first, from the caller of `above` on. */
export function captureFrames(above: (...args: never[]) => unknown): StackFrame[] {
  const limit = Error.stackTraceLimit;
  const prepare = Error.prepareStackTrace;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = Number.POSITIVE_INFINITY;
    Error.prepareStackTrace = (_error, sites) => sites.map(frameOf);
    Error.captureStackTrace(holder, above);
    return holder.stack as StackFrame[];
  } finally {
    Error.stackTraceLimit = limit;
    Error.prepareStackTrace = prepare;
  }
}

function frameOf(site: NodeJS.CallSite): StackFrame {
  return {
    functionName: site.getFunctionName() ?? '(anonymous)',
    file: site.getFileName() ?? '(unknown)',
    line: site.getLineNumber() ?? 0,
    column: site.getColumnNumber() ?? 0,
  };
}

/** A frame as a line of a stack trace. */
export function formatFrame(frame: StackFrame): string {
  return `    at ${frame.functionName} (${frame.file}:${frame.line}:${frame.column})`;
}

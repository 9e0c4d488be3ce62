/** Small programs in which tasks wait for each other, run in this process, and what is said of them. */

import {
  type Coroutine,
  currentTask,
  DeadlockError,
  EventLoop,
  sleep,
  type Task,
} from '../../../src/index.ts';
import { cancelAllTasks } from '../../../src/runtime/shutdown.ts';

/** Whether the tests' loops are guests of Node's own. */
export const isGuestMode = process.env.SELECTLOOP_TEST_DRIVER === 'guest';

/**
 * A program, and the verdict: a line for each task and, below it, for each level of its stack, the outermost
 * first.
 */
export interface HangingProgram {
  readonly name: string;
  readonly main: () => Coroutine<unknown>;
  /** `stalled`: in main. `circle`: in the task that closes it; then the lines are the edges. */
  readonly kind: 'stalled' | 'circle';
  readonly verdict: readonly string[];
}

export interface LookAlike {
  readonly name: string;
  readonly main: () => Coroutine<unknown>;
  readonly result: unknown;
}

/**
 * Runs a program to its end, bounded in time, with what it leaves cancelled. Errors that nobody took are in
 * `reports`.
 */
export function runProgram(main: () => Coroutine<unknown>): { value: unknown; reports: unknown[] } {
  const loop = new EventLoop();
  const reports: unknown[] = [];
  loop.setExceptionHandler((_loop, { exception }) => reports.push(exception));
  try {
    const task = loop.createTask(main(), { name: 'main' });
    return { value: loop.runUntilComplete(task), reports };
  } finally {
    cancelAllTasks(loop);
    loop.close();
  }
}

/** The deadlock that a program ends with, wherever it is wrapped. */
export function deadlockOf(main: () => Coroutine<unknown>): DeadlockError {
  let error: unknown;
  try {
    runProgram(main);
  } catch (thrown) {
    error = thrown;
  }
  while (error instanceof AggregateError) error = error.errors[0];
  if (error instanceof DeadlockError) return error;
  throw new Error(`no deadlock was told, but: ${error}`);
}

/** The lines of a message after the first, without files. */
export function linesOf({ message }: DeadlockError): string[] {
  return message
    .split('\n')
    .slice(1)
    .map((line) => line.replace(/ \([^()]*\.[jt]s:\d+:\d+\)/, '').replaceAll('    at ', '  at '));
}

export function self(): Task<unknown> {
  return currentTask() as Task<unknown>;
}

/** Lets all others take their next steps. */
export function* others(): Coroutine<void> {
  yield* sleep(0);
  yield* sleep(0);
}

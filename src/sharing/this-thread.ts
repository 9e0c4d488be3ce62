/** Threads and tasks as numbers, since shared memory holds nothing else. */

import { nodeModules } from '../base/node-modules.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import { runningLoopOrNull } from '../loop/current-loop.ts';

let threadNumber = 0;

/**
 * This thread's number, never 0 and never another thread's. From the first call on, others can see it end.
 */
export function thisThread(): number {
  if (threadNumber === 0) {
    const number = nodeModules.workerThreads.threadId + 1;
    defaultKernel().groups.enterThread(number);
    threadNumber = number;
  }
  return threadNumber;
}

/** A thread, for messages. */
export function nameOfThread(number: number): string {
  return number === 1 ? 'the main thread' : `the thread with threadId ${number - 1}`;
}

const taskNumbers = new WeakMap<object, number>();
let lastTaskNumber = 0;

/** The number of the running task, among those of this thread; 0 outside of a task. */
export function thisTask(): number {
  const task = runningLoopOrNull()?.currentTask ?? null;
  if (task === null) return 0;
  let number = taskNumbers.get(task);
  if (number === undefined) {
    number = ++lastTaskNumber;
    taskNumbers.set(task, number);
  }
  return number;
}

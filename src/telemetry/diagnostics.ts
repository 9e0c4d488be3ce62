/** What a loop does, on Node's diagnostics channels. */

import { channel } from 'node:diagnostics_channel';
import { runningLoop } from '../loop/current-loop.ts';
import type { IoCall } from '../loop/instrument.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Instrument } from '../tasks/instrument.ts';
import type { Task } from '../tasks/task.ts';

const taskCreated = channel('selectloop:task:created');
const taskWoken = channel('selectloop:task:woken');
const taskStepBegan = channel('selectloop:task:step');
const taskSuspended = channel('selectloop:task:suspended');
const taskDone = channel('selectloop:task:done');
const ioCalled = channel('selectloop:io:call');

/**
 * Publishes what a loop does on channels of `node:diagnostics_channel`, to whoever has subscribed; a channel
 * without subscribers costs the look whether it has some. Messages are objects:
 *
 * | channel                                                     | message                         |
 * |-------------------------------------------------------------|---------------------------------|
 * | `selectloop:task:created`, `:woken`, `:step`, `:done`       | `{ loop, task }`                |
 * | `selectloop:task:suspended`                                 | `{ loop, task, awaited }`       |
 * | `selectloop:io:call`                                        | `{ loop, call, fd, result }`    |
 *
 *     publishDiagnostics();
 *     subscribe('selectloop:task:done', ({ task }) => console.error(String(task)));
 *
 * @param loop default: the running one
 * @returns a function that ends this
 * @throws RuntimeError outside of a running loop, without one
 */
export function publishDiagnostics(loop: LoopCore = runningLoop('publishDiagnostics')): () => void {
  const told = (task: Task<unknown>) => ({ loop, task });
  const instrument: Instrument = {
    taskCreated(task) {
      if (taskCreated.hasSubscribers) taskCreated.publish(told(task));
    },
    taskWoken(task) {
      if (taskWoken.hasSubscribers) taskWoken.publish(told(task));
    },
    taskStepBegan(task) {
      if (taskStepBegan.hasSubscribers) taskStepBegan.publish(told(task));
    },
    taskSuspended(task, awaited) {
      if (taskSuspended.hasSubscribers) taskSuspended.publish({ loop, task, awaited });
    },
    taskDone(task) {
      if (taskDone.hasSubscribers) taskDone.publish(told(task));
    },
    ioCall(call: IoCall, fd: number, result: number) {
      if (ioCalled.hasSubscribers) ioCalled.publish({ loop, call, fd, result });
    },
  };
  loop.addInstrument(instrument);
  return () => void loop.removeInstrument(instrument);
}

/**
 * The inside of a loop's thread: a loop that calls the functions of a module when its starter asks for them.
 *
 * This file runs in the copy of this package that the user's module imports, so that both mean the same
 * running loop.
 */

import { nodeModules } from '../base/node-modules.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { FAILURE, REPORT, RESULT, STARTED } from '../executors/messages.ts';
import { postError, takeMoved, type WorkerChannel } from '../executors/worker-program.ts';
import type { ExceptionContext } from '../loop/exception-context.ts';
import { type EventLoop, getRunningLoop } from '../runtime/event-loop.ts';
import { run } from '../runtime/runner.ts';
import { Event } from '../sync/event.ts';
import { type AnyFunction, toCoroutine } from '../tasks/to-coroutine.ts';
import type { LoopThreadData, ThreadMeeting } from './loop-thread-program.ts';
import { threadServices } from './thread-services.ts';

/** A call from the starter; `null` stops the loop. Names that begin with `#` are services of this package. */
type ThreadCall = readonly [id: number, name: string, args: readonly unknown[]] | null;

/**
 * Serves calls until the starter says stop; then everything that still runs is cancelled, and the loop
 * closes.
 */
function serveThread(data: LoopThreadData, channel: WorkerChannel, module: Record<string, unknown>): void {
  const { receiveMessageOnPort } = nodeModules.workerThreads;
  run(function* (): Coroutine<void> {
    const loop = getRunningLoop();
    const stopped = new Event();
    loop.setExceptionHandler((_loop, context) => report(loop, channel, context));
    const takeCalls = (): void => {
      for (;;) {
        const received = receiveMessageOnPort(data.port);
        if (received === undefined) return;
        const call = received.message as ThreadCall;
        if (call === null) stopped.set();
        else answer(loop, channel, module, call);
      }
    };
    loop.onWake(takeCalls);
    channel.post([STARTED, loop.wakeHandle()], []);
    takeCalls();
    yield* stopped.wait();
  });
}

/** Runs one call as a task, and sends what came of it. */
function answer(
  loop: EventLoop,
  channel: WorkerChannel,
  module: Record<string, unknown>,
  [id, name, args]: NonNullable<ThreadCall>,
): void {
  const task = loop.createTask(callOf(module, name, args), { name: `call of ${name} from another thread` });
  const refuse = (error: unknown): void => postError(error, (sent) => channel.post([FAILURE, id, sent], []));
  task.addDoneCallback(() => {
    if (task.cancelled() || task.failed()) {
      refuse(task.cancelled() ? task.failure() : task.exception());
      return;
    }
    try {
      postResult(channel, id, task.result(), name);
    } catch (error) {
      // Whatever it is: a getter of the result may have thrown it.
      refuse(error);
    }
  });
}

function postResult(channel: WorkerChannel, id: number, result: unknown, name: string): void {
  try {
    channel.post([RESULT, id, result], takeMoved(result));
  } catch (error) {
    const { message } = error as Error;
    throw new TypeError(`${name}: its result cannot be sent to another thread: ${message}.`, {
      cause: error,
    });
  }
}

function* callOf(
  module: Record<string, unknown>,
  name: string,
  args: readonly unknown[],
): Coroutine<unknown> {
  const service = name.startsWith('#') ? threadServices[name] : undefined;
  if (service !== undefined) return yield* service(module, ...(args as never[]));
  const call = module[name];
  if (typeof call !== 'function')
    throw new TypeError(`${name}(): the thread's module has no function of that name`);
  return yield* toCoroutine(call as AnyFunction<unknown[], unknown>)(...args);
}

/** What no task and no caller can receive is the starter's to hear, besides being printed here. */
function report(loop: EventLoop, channel: WorkerChannel, context: ExceptionContext): void {
  if (context.exception === undefined) loop.defaultExceptionHandler(context);
  else postError(context.exception, (sent) => channel.post([REPORT, context.message, sent], []));
}

/**
 * Puts it where the program of a loop's thread finds it. In other threads there is no such place, and nothing
 * happens.
 */
export function meetProgram(): void {
  const meeting = (globalThis as Record<symbol, unknown>)[Symbol.for('selectloop.thread')] as
    | ThreadMeeting
    | undefined;
  if (meeting !== undefined) meeting.serve = serveThread;
}

/**
 * Calls in the other direction: a worker calls a coroutine function of its parent's loop by name, and waits
 * for the result. `asyncio.run_coroutine_threadsafe`, with a table in place of the coroutine, since functions
 * do not cross threads.
 */

import { KeyError } from '../base/errors.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { spawn } from '../tasks/create-task.ts';
import { type AnyFunction, toCoroutine } from '../tasks/to-coroutine.ts';
import type { SentError } from './messages.ts';
import { postError } from './worker-program.ts';

/** Functions that workers may call, by name: coroutine functions, or plain ones. */
export type LoopCalls = Readonly<Record<string, (...args: never[]) => unknown>>;

const tables = new WeakMap<LoopCore, Map<string, AnyFunction<unknown[], unknown>>>();

/** The implementation of `loop.offerCalls`. */
export function offerCalls(loop: LoopCore, calls: LoopCalls): () => void {
  const table = tables.get(loop) ?? new Map<string, AnyFunction<unknown[], unknown>>();
  tables.set(loop, table);
  const added = Object.entries(calls) as [string, AnyFunction<unknown[], unknown>][];
  for (const [name, call] of added) {
    if (typeof call !== 'function') throw new TypeError(`offerCalls: ${name} is not a function`);
    if (table.has(name)) throw new KeyError(`offerCalls: there is a function called ${name} already`);
  }
  for (const [name, call] of added) table.set(name, call);
  return () => {
    for (const [name, call] of added) if (table.get(name) === call) table.delete(name);
  };
}

/**
 * Whether there is a function that workers may call: what their functions left running may do so when they
 * have returned.
 */
export function offersCalls(loop: LoopCore): boolean {
  return (tables.get(loop)?.size ?? 0) > 0;
}

/**
 * Runs what a worker asked for as a task of the loop, and answers. A failure is the worker's, not the loop's.
 */
export function answerLoopCall(
  loop: LoopCore,
  name: string,
  args: readonly unknown[],
  answer: (error: SentError | null, value: unknown) => void,
): void {
  const refuse = (error: unknown): void => postError(error, (sent) => answer(sent, undefined));
  const call = tables.get(loop)?.get(name);
  if (call === undefined) {
    const known = [...(tables.get(loop)?.keys() ?? [])].join(', ') || 'none';
    refuse(
      new KeyError(
        `runCoroutineThreadsafe: the loop offers no function called ${name}. Offered by loop.offerCalls(): ${known}.`,
      ),
    );
    return;
  }
  // In a callback: this is told while events are dispatched, where user code must not run.
  loop.callSoon(() => {
    const task = spawn(loop, callOf(call, args), { name: `call of ${name} from a worker` });
    task.addDoneCallback(() => {
      if (task.cancelled() || task.failed()) {
        refuse(task.cancelled() ? task.failure() : task.exception());
        return;
      }
      try {
        answer(null, task.result());
      } catch (error) {
        refuse(error);
      }
    });
  });
}

function* callOf(call: AnyFunction<unknown[], unknown>, args: readonly unknown[]): Coroutine<unknown> {
  return yield* toCoroutine(call)(...args);
}

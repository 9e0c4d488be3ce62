/**
 * The main function of a thread with a loop of its own. Sent as source text: the rule of
 * `executors/worker-program.ts` holds here too.
 */

import { namesOf } from '../base/function-text.ts';
import type { ThreadData } from '../executors/thread-program.ts';
import { threadFunctions } from '../executors/thread-program.ts';
import type { WorkerChannel, WorkerParts, WorkerTools } from '../executors/worker-program.ts';
import { workerSource } from '../executors/worker-program.ts';

/** What a loop's thread is given besides what every thread is. */
export interface LoopThreadData extends ThreadData {
  /** The user's module. */
  readonly url: string;
  /** This package, for a module that does not import it. */
  readonly packageUrl: string;
}

/** What the program and this package, loaded by the user's module, exchange under a well-known symbol. */
export interface ThreadMeeting {
  /** Runs a loop that serves the module, until it is stopped. Put here by this package. */
  serve: ((data: LoopThreadData, channel: WorkerChannel, module: Record<string, unknown>) => void) | null;
}

/**
 * Names that stand beside this function where it runs: those of `executors/thread-program.ts`, whatever a
 * bundler calls them.
 */
interface ThreadFunctions {
  claimEnd(data: ThreadData, addon: unknown): boolean;
  openThreadChannel(data: ThreadData, addon: unknown): WorkerChannel;
}

/** Imports the module, and has the copy of this package that it uses run a loop for it. */
function loopThreadMain(
  data: LoopThreadData,
  addon: unknown,
  functions: ThreadFunctions,
  parts: WorkerParts,
  tools: WorkerTools,
): void {
  if (!functions.claimEnd(data, addon)) return;
  const channel = functions.openThreadChannel(data, addon);
  parts.writeOutputDirectly();
  parts.reportEnd(channel);
  const meeting: ThreadMeeting = { serve: null };
  (globalThis as Record<symbol, unknown>)[Symbol.for('selectloop.thread')] = meeting;
  const serve = async (): Promise<void> => {
    const module = await parts.loadModule(data.url, tools);
    if (meeting.serve === null) await tools.importModule(data.packageUrl);
    meeting.serve?.(data, channel, module);
  };
  void serve().then(
    () => process.exit(0),
    (error: unknown) => {
      parts.postError(error, (sent) => channel.post([3, 0, sent], []));
      process.exit(1);
    },
  );
}

/** The program. @param addonExpression see `addonExpression()` of kernel/addon.ts */
export function loopThreadSource(addonExpression: string): string {
  const data = "process.getBuiltinModule('node:worker_threads').workerData";
  const [openThreadChannel, claimEnd] = threadFunctions;
  return workerSource(
    threadFunctions,
    loopThreadMain,
    `${data}, ${addonExpression}, ${namesOf({ openThreadChannel, claimEnd })}`,
    `${data}.typescriptApi`,
  );
}

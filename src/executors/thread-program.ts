/**
 * The main function of a pool's thread. Sent as source text: the rule of `worker-program.ts` holds here too.
 */

import type { MessagePort } from 'node:worker_threads';
import type { WakeHandle } from '../kernel/kernel.ts';
import type { CallMessage } from './messages.ts';
import { type WorkerChannel, type WorkerParts, type WorkerTools, workerSource } from './worker-program.ts';

/** What a thread is given when it starts. */
export interface ThreadData {
  /** Calls come here, and answers go. */
  readonly port: MessagePort;
  /** What the parent's loop answered to calls from here. */
  readonly replyPort: MessagePort;
  /** See {@link CALLS}, {@link REPLIES}, {@link CLAIM}. */
  readonly words: Int32Array;
  readonly wake: WakeHandle;
  /** The write end of the pipe that tells the parent of this thread's end. */
  readonly endFd: number;
  readonly typescriptApi: string | null;
}

/** Shared word: counts messages to the thread; it sleeps on this. */
export const CALLS = 0;
/** Shared word: counts answers to its calls into the loop. */
export const REPLIES = 1;
/** Shared word: 0 until the thread takes `endFd` (1) or its parent gives up waiting for it (2). */
export const CLAIM = 2;
/** How many shared words there are. */
export const WORD_COUNT = 3;

interface ThreadAddon {
  wakeupWake(state: Int32Array, writeFd: number): number;
  closeAtThreadEnd(fd: number): number;
}

/** The channel of a thread: message ports, shared words to sleep on, and the parent's wake-up. */
function openThreadChannel(data: ThreadData, addon: ThreadAddon): WorkerChannel {
  const { receiveMessageOnPort } = process.getBuiltinModule('node:worker_threads');
  const { port, replyPort, words, wake } = data;
  const wakeWords = new Int32Array(wake.state);
  const next = (from: MessagePort, word: number, timeoutMs: number | null): unknown => {
    for (;;) {
      const seen = Atomics.load(words, word);
      const received = receiveMessageOnPort(from);
      if (received !== undefined) return received.message;
      if (timeoutMs === null) Atomics.wait(words, word, seen);
      else if (Atomics.wait(words, word, seen, timeoutMs) === 'timed-out') return undefined;
    }
  };
  return {
    receive: () => next(port, 0, null) as CallMessage | null,
    receiveReply: (timeoutMs) => next(replyPort, 1, timeoutMs),
    post(message, transfer) {
      port.postMessage(message, transfer as ArrayBuffer[]);
      // As in native-wakeup.ts: whoever finds the wake-up pending has nothing to do.
      if (Atomics.or(wakeWords, 0, 0) === 0) addon.wakeupWake(wakeWords, wake.writeFd);
    },
  };
}

/** Takes what tells the parent of this thread's end. False if the parent has given up on it. */
function claimEnd(data: ThreadData, addon: ThreadAddon): boolean {
  if (Atomics.compareExchange(data.words, 2, 0, 1) !== 0) return false;
  addon.closeAtThreadEnd(data.endFd);
  return true;
}

/** Serves a pool until it asks for the end. */
function threadMain(data: ThreadData, addon: ThreadAddon, parts: WorkerParts, tools: WorkerTools): void {
  if (!claimEnd(data, addon)) return;
  const channel = openThreadChannel(data, addon);
  parts.writeOutputDirectly();
  parts.reportEnd(channel);
  channel.post([2], []);
  void parts.serveCalls(channel, tools).then(() => process.exit(0));
}

/** The functions that every thread's program needs, for {@link workerSource}. */
export const threadFunctions = [openThreadChannel, claimEnd] as const;

/** The program of a pool's thread. @param addonExpression see `addonExpression()` of kernel/addon.ts */
export function threadSource(addonExpression: string): string {
  const data = "process.getBuiltinModule('node:worker_threads').workerData";
  return workerSource(threadFunctions, threadMain, `${data}, ${addonExpression}`, `${data}.typescriptApi`);
}

/** What pools and their workers say to each other: plain data, since nothing else crosses threads. */

import type { WakeHandle } from '../kernel/kernel.ts';

/** A function, as a worker can find it: its source, or its module and name there. */
export interface FunctionMessage {
  readonly source: string | null;
  readonly url: string | null;
  readonly name: string;
}

/**
 * One call: its number, its function's number, the function itself where this worker sees it first,
 * arguments, and whether they are items to apply it to one by one.
 */
export type CallMessage = readonly [
  id: number,
  ref: number,
  definition: FunctionMessage | null,
  args: readonly unknown[],
  isChunk: boolean,
];

/** An error as plain data; `thrown` where it was no Error. */
export type SentError =
  | { readonly thrown: unknown }
  | {
      readonly classes: readonly string[];
      readonly message: string;
      readonly stack: string | undefined;
      /** Its name where that is none of its classes, and its code, where they are not its own properties. */
      readonly inherited: Readonly<Record<string, unknown>>;
      readonly properties: Readonly<Record<string, unknown>>;
      readonly nested: Readonly<Record<string, SentError | SentError[]>>;
    };

/** Kinds of messages from a worker: the first element of each. `worker-program.ts` writes the numbers out. */
export const RESULT = 0;
export const FAILURE = 1;
/** The worker has started. */
export const STARTED = 2;
/** The worker is about to end because of an error that nobody caught. */
export const UNCAUGHT = 3;
/** The worker ends, with an exit code. */
export const EXITING = 4;
/** The worker calls a coroutine function of the parent's loop by name. */
export const LOOP_CALL = 5;

/** A thread's loop reports an error that nobody could catch. */
export const REPORT = 6;

export type WorkerMessage =
  | readonly [kind: typeof RESULT, id: number, value: unknown]
  | readonly [kind: typeof FAILURE, id: number, error: SentError]
  | readonly [kind: typeof STARTED, wake?: WakeHandle]
  | readonly [kind: typeof UNCAUGHT, id: 0, error: SentError]
  | readonly [kind: typeof EXITING, code: number]
  | readonly [kind: typeof LOOP_CALL, id: number, name: string, args: readonly unknown[]]
  | readonly [kind: typeof REPORT, message: string, error: SentError];

/** The parent's answer to a {@link LOOP_CALL}. */
export type LoopReply = readonly [id: number, error: SentError | null, value: unknown];

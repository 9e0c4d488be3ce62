/**
 * Instrument points of a loop. All are optional, none is called unless set, and a loop without hooks pays one comparison
 * per point. A hook observes; what it throws ends the run.
 */

/** Something a log line can name. */
export interface Nameable {
  toString(): string;
}

/** What can be observed of a loop. Set them with `loop.setHooks`. */
export interface LoopHooks {
  /** A socket verb begins: which one of {@link SocketVerb}. */
  readonly socketCall?: (verb: SocketVerb, sock: Nameable) => void;
  /** The selector has reported that `fd` is ready; its waiter is about to be told. */
  readonly selectorEvent?: (fd: number, events: number) => void;
  /** Debug mode: a callback or task step held the thread longer than `loop.slowCallbackDurationMs`. Default: printed to stderr. */
  readonly slowStep?: (what: Nameable, durationMs: number) => void;
}

/** The verbs that {@link LoopHooks.socketCall} names. */
export type SocketVerb =
  | 'accept'
  | 'recv'
  | 'recvInto'
  | 'recvfrom'
  | 'recvfromInto'
  | 'send'
  | 'sendto'
  | 'sendfile'
  | 'connect';

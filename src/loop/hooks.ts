/**
 * Instrument points of a loop. All are optional, none is called unless set, and a loop without hooks pays one comparison
 * per point. A hook observes: what it throws is reported to the loop's exception handler, and changes nothing else.
 */

import { KeyboardInterrupt } from '../base/errors.ts';
import type { ExceptionContext } from './exception-context.ts';

/** Something a log line can name. */
export interface Nameable {
  toString(): string;
}

/** What can be observed of a loop. Set them with `loop.setHooks`. */
export interface LoopHooks {
  /** A socket verb begins: which one of {@link SocketVerb}. */
  readonly socketCall?: ((verb: SocketVerb, sock: Nameable) => void) | undefined;
  /** The selector has reported that `fd` is ready; its waiter is notified next. */
  readonly selectorEvent?: ((fd: number, events: number) => void) | undefined;
  /** Debug mode: a callback or task step held the thread longer than `loop.slowCallbackDurationMs`. Default: printed to stderr. */
  readonly slowStep?: ((what: Nameable, durationMs: number) => void) | undefined;
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

/** The same hooks, of which none throws anything but an interrupt. */
export function guardHooks(hooks: LoopHooks, report: (context: ExceptionContext) => void): LoopHooks {
  const guard = <A extends unknown[]>(name: string, hook: ((...args: A) => void) | undefined) =>
    hook === undefined
      ? undefined
      : (...args: A): void => {
          try {
            hook.apply(hooks, args);
          } catch (error) {
            if (error instanceof KeyboardInterrupt) throw error;
            report({ message: `Exception in the hook ${name}()`, exception: error });
          }
        };
  return {
    socketCall: guard('socketCall', hooks.socketCall),
    selectorEvent: guard('selectorEvent', hooks.selectorEvent),
    slowStep: guard('slowStep', hooks.slowStep),
  };
}

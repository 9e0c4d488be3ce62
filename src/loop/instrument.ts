/** What can be observed of a loop: the interface of instruments. Who tells them: `instruments.ts`. */

import type { StackFrame } from '../coroutines/probe.ts';

/** Something a log line can name. */
export interface Nameable {
  toString(): string;
}

/** A task, as the loop sees it. */
export interface InstrumentedTask extends Nameable {
  /** Its name. */
  getName(): string;
  /** Whether it has ended. */
  done(): boolean;
  /** Whether it ended by being cancelled. */
  cancelled(): boolean;
  /** @internal Whether it ended with an error. */
  failed(): boolean;
  /** @internal What it waits for. */
  readonly waitingOn: Nameable | null;
}

/** The verbs that {@link LoopInstrument.socketCall} names. */
export type VerbName =
  | 'accept'
  | 'recv'
  | 'recvInto'
  | 'recvfrom'
  | 'recvfromInto'
  | 'send'
  | 'sendto'
  | 'sendfile'
  | 'connect';

/** The system calls that {@link LoopInstrument.ioCall} names. */
export type IoCall = 'accept' | 'connect' | 'read' | 'recv' | 'recvfrom' | 'send' | 'sendto' | 'write';

/**
 * Observes a loop: an object with those of these methods that it needs, set with `loop.addInstrument`.
 * Several can be set at once; each is called in the order in which they were set. trio's `Instrument`.
 *
 *     loop.addInstrument({ taskDone: (task) => console.error(`${task.getName()} has ended`) });
 *
 * The life of a task, as calls:
 *
 *     taskCreated                                    taskWoken                               taskWoken
 *         |                                              |                                       |
 *         +--> taskStepBegan … taskSuspended(future) ----+--> taskStepBegan … taskSuspended … ---+--> taskStepBegan … taskDone
 *
 * A step that gives way without waiting (`sleep(0)`) ends with `taskSuspended(task, null)`, and nobody has to
 * wake it. Steps nest where a task starts another one eagerly.
 *
 * An instrument observes. It is called in the middle of the loop's work, so it must return soon and must not
 * await, close, or cancel anything. If it throws, that is reported to the loop's exception handler, and the
 * instrument is removed; the run goes on. An interrupt (KeyboardInterrupt) passes through. A loop without
 * instruments pays one comparison at each of these points.
 */
export interface LoopInstrument<T = InstrumentedTask, F = Nameable> {
  /**
   * A task was made. Who made it: `currentTask(loop)`, or `null` for a callback or code outside of the loop.
   */
  taskCreated?(task: T): void;
  /**
   * What the task waited for is done: it is ready to go on. Who woke it: `currentTask(loop)`, or `null` for
   * an event or a callback.
   */
  taskWoken?(task: T): void;
  /** The task's coroutine is resumed, or started. */
  taskStepBegan?(task: T): void;
  /**
   * The step has ended at a `yield*` that waits for `awaited`; for `null`, the task goes on in the next pass.
   */
  taskSuspended?(task: T, awaited: F | null): void;
  /** The step has ended, and the task with it: its result, error or cancellation is there. */
  taskDone?(task: T): void;
  /** A callback, a timer's callback, or a transport's turn begins. */
  callbackBegan?(callback: Nameable): void;
  /** It has ended. */
  callbackEnded?(callback: Nameable): void;
  /** A socket verb begins. */
  socketCall?(verb: VerbName, sock: Nameable): void;
  /** The selector has reported that `fd`, a socket's, is ready; its waiter is called next. */
  selectorEvent?(fd: number, events: number): void;
  /**
   * A system call on a descriptor has returned.
   * @param result bytes, or a descriptor, or 0; `-errno` where the system refused
   */
  ioCall?(call: IoCall, fd: number, result: number): void;
  /**
   * A pass begins: the loop will wait for at most `timeoutMs`, 0 for not at all, -1 for as long as it takes.
   */
  passBegan?(timeoutMs: number): void;
  /** The wait has ended, with so many ready descriptors. */
  waitEnded?(readyCount: number): void;
  /** The pass has ended: the callbacks that were ready have run. */
  passEnded?(): void;
  /**
   * Debug mode: a callback or a step held the thread longer than `loop.slowCallbackDurationMs`. With an
   * instrument that has this, it is not printed.
   * @param place where it was, innermost frame first, when a watchdog runs (see `inspect` in
   *   {@link LoopOptions}); else `null`
   */
  slowStep?(what: Nameable, durationMs: number, place: readonly StackFrame[] | null): void;
}

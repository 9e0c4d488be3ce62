/** The loop's methods for signals, and the two that asyncio's programs call before they close a loop. */

import { Future } from '../futures/future.ts';
import type { CallbackArguments } from '../loop/call-options.ts';
import type { Callback } from '../loop/handle.ts';
import { LoopCore } from '../loop/loop-core.ts';
import { addSignalHandler, removeSignalHandler, type SignalInput } from '../signals/signal-handlers.ts';

export class LoopWithSignals extends LoopCore {
  /**
   * Calls `callback(...args)` in the loop whenever the process gets `signal`, until {@link removeSignalHandler} or the end of the
   * loop; then whatever handled the signal before does so again. Replaces the callback that was there.
   * `asyncio.loop.add_signal_handler` of CPython 3.13. A handler for SIGINT takes Ctrl-C from `run()`: main is then not cancelled.
   *
   *     loop.addSignalHandler('SIGTERM', () => server.close());
   *
   * @param signal a number, or a name such as `'SIGTERM'`
   * @throws TypeError for no signal, or a coroutine function; RangeError for a number that is none; RuntimeError for one that cannot be
   *   caught (SIGKILL, SIGSTOP, the faults), in a worker thread, or when the loop is closed; BusyResourceError when another loop has it
   */
  addSignalHandler<A extends unknown[]>(
    signal: SignalInput,
    callback: (...args: A) => unknown,
    ...args: CallbackArguments<A>
  ): void {
    addSignalHandler(this, signal, callback as Callback, args);
  }

  /** Ends {@link addSignalHandler}. Returns whether there was a handler. @throws TypeError, RangeError for what is no signal */
  removeSignalHandler(signal: SignalInput): boolean {
    return removeSignalHandler(this, signal);
  }

  /**
   * Done at once. asyncio finalizes here what is left of its asynchronous generators; a coroutine of ours that iterates is itself a
   * generator, whose `finally` blocks run when its task ends. `run()` and `Runner.close` call it, so a subclass may use it for its own
   * cleaning up.
   */
  shutdownAsyncgens(): Future<void> {
    return this.finished();
  }

  /**
   * Done at once. asyncio waits here for the threads of its default executor; this loop has none: the threads that resolve names end by
   * themselves and hold nothing. `run()` and `Runner.close` call it, after {@link shutdownAsyncgens}.
   */
  shutdownDefaultExecutor(_timeoutMs: number | null = null): Future<void> {
    return this.finished();
  }

  private finished(): Future<void> {
    const future = new Future<void>({ loop: this });
    future.setResult();
    return future;
  }
}

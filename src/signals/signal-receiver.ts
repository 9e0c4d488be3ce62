/** Signals as something to iterate over. */

import { constants } from 'node:os';
import { RuntimeError } from '../base/errors.ts';
import { Future } from '../futures/future.ts';
import { PENDING } from '../futures/future-state.ts';
import { addWaiter } from '../futures/waiter-list.ts';
import { runningLoop } from '../loop/current-loop.ts';
import { NO_ARGUMENTS } from '../loop/handle.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { handleSignal, type SignalInput, withdrawHandle } from './signal-handlers.ts';
import { PromptHandle } from './signal-source.ts';

/**
 * The signals that come, made by {@link openSignalReceiver}. A signal that comes again before it was taken
 * counts once, as the system itself counts.
 *
 * | state  | entered by           | a signal                          | next                          | close                             |
 * |--------|----------------------|-----------------------------------|-------------------------------|-----------------------------------|
 * | open   | openSignalReceiver   | is kept, or given to a waiter     | a signal, kept or to come     | signals not taken go back to the process |
 * | closed | close, `using`, the loop's end | is the process's again  | RuntimeError                  | nothing                           |
 */
export class SignalReceiver {
  private readonly loop: LoopCore;
  private readonly handles = new Map<SignalInput, PromptHandle>();
  private readonly kept = new Set<SignalInput>();
  private readonly waiters: Future<SignalInput>[] = [];
  private isOpen = true;

  /** @internal */
  constructor(loop: LoopCore, signals: readonly SignalInput[]) {
    this.loop = loop;
    try {
      for (const signal of signals) {
        const deliver = (): void => this.deliver(signal);
        const handle = new PromptHandle(deliver, NO_ARGUMENTS, loop);
        handleSignal(loop, signal, handle);
        this.handles.set(signal, handle);
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * The next signal, as it was written in `openSignalReceiver(…)`.
   * @throws RuntimeError when it is closed
   */
  next(): Future<SignalInput> {
    if (!this.isOpen) throw new RuntimeError('SignalReceiver.next: it is closed');
    const future = new Future<SignalInput>({ loop: this.loop });
    const [first] = this.kept;
    if (first === undefined) addWaiter(this.waiters, future);
    else {
      this.kept.delete(first);
      future.setResult(first);
    }
    return future;
  }

  /** `for (const next of receiver) { const signal = yield* next; … }`: for ever, until it is closed. */
  *[Symbol.iterator](): Generator<Future<SignalInput>, void, undefined> {
    while (this.isOpen) yield* [this.next()];
  }

  /**
   * Ends it. Those signals that came, were not taken, and that nobody else has heard of, are sent to the
   * process again: they do what they do by default.
   */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    // What has come and was not read yet is delivered.
    for (const [signal, handle] of this.handles) withdrawHandle(this.loop, signal, handle);
    for (const waiter of this.waiters.splice(0)) waiter.cancel('the signal receiver was closed');
    for (const signal of this.kept) if (!isHeard(signal)) process.kill(process.pid, signal);
    this.kept.clear();
  }

  /** `using signals = openSignalReceiver(…)`. */
  [Symbol.dispose](): void {
    this.close();
  }

  private deliver(signal: SignalInput): void {
    for (let waiter = this.waiters.shift(); waiter !== undefined; waiter = this.waiters.shift()) {
      if (waiter.state !== PENDING) continue;
      waiter.setResult(signal);
      return;
    }
    this.kept.add(signal);
  }
}

/** Whether a listener of `process.on` has heard of it: our handlers call those that were there before. */
function isHeard(signal: SignalInput): boolean {
  const name = typeof signal === 'string' ? signal : signalName(signal);
  return name !== undefined && process.listenerCount(name) > 0;
}

function signalName(signum: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === signum)?.[0];
}

/**
 * Takes signals, to be iterated over: beside `addSignalHandler`, for a task whose work they are. trio's
 * `open_signal_receiver`.
 *
 *     using signals = openSignalReceiver('SIGTERM', 'SIGHUP');
 *     for (const next of signals) {
 *       if ((yield* next) === 'SIGTERM') break;
 *       yield* reloadConfiguration();
 *     }
 *
 * Of several receivers of a signal the last one that was opened gets it, until it is closed.
 *
 * @param signals names such as `'SIGTERM'`, or numbers
 * @throws as `loop.addSignalHandler`; TypeError without a signal; RuntimeError outside of a running loop
 */
export function openSignalReceiver(...signals: readonly SignalInput[]): SignalReceiver {
  if (signals.length === 0) throw new TypeError('openSignalReceiver: at least one signal is needed');
  return new SignalReceiver(runningLoop('openSignalReceiver'), [...new Set(signals)]);
}

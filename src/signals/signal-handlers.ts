/**
 * `addSignalHandler` and `removeSignalHandler`: callbacks in the loop for what the system signals to the
 * process.
 */

import { constants } from 'node:os';
import { BusyResourceError, RuntimeError } from '../base/errors.ts';
import { nodeModules } from '../base/node-modules.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { EBUSY, EINVAL } from '../kernel/errno.ts';
import { check } from '../kernel/os-error.ts';
import { checkCallback, takeContext } from '../loop/call-options.ts';
import { type Callback, Handle } from '../loop/handle.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { knownSignalsOf, type PromptHandle, signalsOf } from './signal-source.ts';

/** The number of a signal, or its name: `SIGTERM`. */
export type SignalInput = number | NodeJS.Signals;

/** The highest real-time signal of Linux. Others have fewer, and their kernels refuse the rest. */
const HIGHEST_SIGNAL = 64;

/** The implementation of `loop.addSignalHandler`. */
export function addSignalHandler(
  loop: LoopCore,
  signal: SignalInput,
  callback: Callback,
  args: unknown[],
): void {
  checkCallback(callback, 'addSignalHandler', loop);
  const context = takeContext(args);
  handleSignal(loop, signal, new Handle(callback, args, loop, context));
}

/** Has a handle run at each `signal`. */
export function handleSignal(loop: LoopCore, signal: SignalInput, handle: Handle): void {
  const signum = signalNumber(signal, 'addSignalHandler');
  loop.checkUsable('addSignalHandler');
  if (!nodeModules.workerThreads.isMainThread) {
    throw new RuntimeError(
      'addSignalHandler: only the main thread may handle signals. Handle them there, and tell this worker.',
    );
  }
  const result = signalsOf(loop).handle(signum, handle);
  if (result === -EINVAL) throw new RuntimeError(`addSignalHandler: ${signal} cannot be caught`);
  if (result === -EBUSY) {
    throw new BusyResourceError(`addSignalHandler: ${signal} is handled by another loop of this process`);
  }
  check(result, 'sigaction', String(signal));
}

/** The implementation of `loop.removeSignalHandler`: whether there was one. */
export function removeSignalHandler(loop: LoopCore, signal: SignalInput): boolean {
  const signum = signalNumber(signal, 'removeSignalHandler');
  return knownSignalsOf(loop)?.remove(signum) ?? false;
}

/** Ends what {@link handleSignal} has begun for a receiver. */
export function withdrawHandle(loop: LoopCore, signal: SignalInput, handle: PromptHandle): void {
  knownSignalsOf(loop)?.withdraw(signalNumber(signal, 'SignalReceiver.close'), handle);
}

/**
 * The number of a signal, given as one or by its name.
 * @throws TypeError, RangeError if it is not a signal
 */
export function signalNumber(signal: unknown, call: string): number {
  const known: Partial<Record<string, number>> = constants.signals;
  const signum = typeof signal === 'string' ? known[signal] : signal;
  if (typeof signum !== 'number' || !Number.isInteger(signum)) {
    throw new TypeError(
      `${call}: a signal is needed, its number or its name such as 'SIGTERM', got ${describeValue(signal)}`,
    );
  }
  if (signum >= 1 && signum <= HIGHEST_SIGNAL) return signum;
  throw new RangeError(`${call}: invalid signal number ${signum}`);
}

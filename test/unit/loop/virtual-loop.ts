/**
 * A loop on virtual time whose teardown is a test: errors that nobody looked at and tasks left alive fail it.
 */
import { EventLoop, type ExceptionContext } from '../../../src/index.ts';
import { FakeKernel } from '../../support/fake-kernel.ts';
import { onTeardown } from '../../support/teardown.ts';

export interface VirtualLoop {
  readonly loop: EventLoop;
  readonly kernel: FakeKernel;
  /** What the exception handler was given and the test has not yet asked for. */
  readonly takeReports: () => ExceptionContext[];
}

/** A new loop, closed after the test. */
export function virtualLoop(options: { readonly debug?: boolean } = {}): VirtualLoop {
  const kernel = new FakeKernel();
  const loop = new EventLoop({ kernel, debug: options.debug ?? false });
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_loop, context) => reports.push(context));
  onTeardown(() => {
    const live = loop.liveTasks.size;
    loop.close();
    const left = reports.map((context) => `${context.message}: ${String(context.exception)}`);
    if (live > 0) left.push(`${live} live tasks`);
    if (left.length > 0) throw new Error(`the test left behind:\n  ${left.join('\n  ')}`);
  });
  return { loop, kernel, takeReports: () => reports.splice(0) };
}

/** Runs one pass: what is ready now, what is due now, what the selector knows now. */
export function onePass(loop: EventLoop): void {
  loop.stop();
  loop.runForever();
}

/** The error that `act` throws. */
export function caught(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

/** Running a coroutine as a user's test would: run() on the real kernel, with a clock that jumps. */
import {
  type Coroutine,
  type EventLoop,
  type ExceptionContext,
  getRunningLoop,
  run,
} from '../../src/index.ts';
import { VirtualClock } from '../../src/testing.ts';

/**
 * Runs `main` with `run()` on virtual time; fails on errors that nobody looked at. Tasks that are left are
 * cancelled.
 */
export function virtually<T>(main: (loop: EventLoop) => Coroutine<T>): T {
  const reports: ExceptionContext[] = [];
  const result = run(
    function* (): Coroutine<T> {
      const loop = getRunningLoop();
      loop.setExceptionHandler((_loop, context) => reports.push(context));
      return yield* main(loop);
    },
    { clock: new VirtualClock() },
  );
  if (reports.length > 0) {
    throw new Error(reports.map(({ message, exception }) => `${message}: ${String(exception)}`).join('\n'));
  }
  return result;
}

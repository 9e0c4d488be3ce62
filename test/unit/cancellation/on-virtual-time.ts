/** Short words for tests of coroutines: run one on virtual time, look at what an await ended with. */
import { type Coroutine, currentTask, type EventLoop, type Task } from '../../../src/index.ts';
import { virtualLoop } from '../loop/virtual-loop.ts';

/** Runs `body` as a task on virtual time, and returns its value. */
export function run<T>(body: (loop: EventLoop) => Coroutine<T>): T {
  const { loop } = virtualLoop();
  countPasses(loop);
  return loop.run(() => body(loop));
}

/** The error that awaiting what `start` makes ends with. */
export function* failure(start: () => Iterable<unknown>): Coroutine<Error> {
  try {
    yield* start() as Coroutine<unknown>;
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

/** The task that runs. */
export function self(): Task<unknown> {
  return currentTask() as Task<unknown>;
}

export function* throwing(error: unknown): Coroutine<never> {
  throw error;
}

/** Computes for so long that timers become overdue. */
export function compute(loop: EventLoop, durationMs: number): void {
  loop.kernel.openPoller().wait(new Int32Array(2), durationMs);
}

/** More passes than any test here takes: where time is virtual, a loop that spins never ends by itself. */
const MAX_PASSES = 50_000;

/** Counts the passes of the loop from now on, and ends a loop that spins. */
export function countPasses(loop: EventLoop): () => number {
  let passes = 0;
  const { ready } = loop;
  const runBatch = ready.runBatch.bind(ready);
  ready.runBatch = () => {
    if (++passes > MAX_PASSES) throw new Error(`the loop spins: ${MAX_PASSES} passes`);
    runBatch();
  };
  return () => passes;
}

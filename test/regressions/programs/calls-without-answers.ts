/** Workers call the loop and do not wait for its answers; prints what their pool's other calls give. */
import {
  type Coroutine,
  Event,
  getRunningLoop,
  ProcessPoolExecutor,
  run,
  ThreadPoolExecutor,
} from 'selectloop';

run(function* (): Coroutine<void> {
  const isAnswering = new Event();
  getRunningLoop().offerCalls({
    *note(n: number): Coroutine<number> {
      yield* isAnswering.wait();
      return n;
    },
  });
  const kind = process.argv[2] === 'processes' ? ProcessPoolExecutor : ThreadPoolExecutor;
  const pool = new kind({ maxWorkers: 1 });
  const work = pool.module<typeof import('./tells-the-loop.ts')>(
    new URL('./tells-the-loop.ts', import.meta.url),
  );
  yield* work.tells(50);
  // The answers come while the worker is busy: it finds them before its next call.
  const first = work.block(200);
  isAnswering.set();
  console.log(yield* first);
  for (let i = 1; i <= 9; i++) console.log(yield* work.block(i));
  console.log(yield* work.asks(10));
  yield* pool.shutdown();
});

/** Workers call the loop: prints one line for each kind of call. */
import { type Coroutine, getRunningLoop, ProcessPoolExecutor, run, ThreadPoolExecutor } from 'selectloop';
import { calls } from './loop-calls.ts';

run(function* (): Coroutine<void> {
  const withdraw = getRunningLoop().offerCalls(calls);
  const kind = process.argv[2] === 'processes' ? ProcessPoolExecutor : ThreadPoolExecutor;
  const pool = new kind({ maxWorkers: 1 });
  const work = pool.module<typeof import('./typed-work.ts')>(new URL('./typed-work.ts', import.meta.url));
  console.log(yield* work.norm({ x: 3, y: 4 }));
  console.log(yield* work.greeting(1));
  console.log(yield* work.typedGreeting(2));
  console.log((yield* work.both()).join(', '));
  if (kind === ThreadPoolExecutor) console.log(yield* work.impatient());
  for (const call of [work.unknownCall, work.failingCall, work.wrongLimit]) {
    try {
      yield* call();
    } catch (error) {
      console.log(String(error));
    }
  }
  withdraw();
  try {
    yield* work.greeting(3);
  } catch (error) {
    console.log((error as Error).name);
  }
  yield* pool.shutdown();
});

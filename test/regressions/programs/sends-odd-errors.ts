/** Prints what arrives of errors that cannot be sent as they are, from workers, and from the loop to them. */
import {
  type Coroutine,
  getRunningLoop,
  LoopThread,
  ProcessPoolExecutor,
  run,
  ThreadPoolExecutor,
  timeout,
} from 'selectloop';
import { errors, fails } from './odd-errors.ts';

const url = new URL('./odd-errors.ts', import.meta.url);
const LIMIT_MS = 20_000;

function* tell(name: string, call: () => Coroutine<unknown>): Coroutine<void> {
  try {
    console.log(`${name}: returned`, yield* timeout(LIMIT_MS, call));
  } catch (error) {
    const { code, memory, cause } = error as { code?: unknown; memory?: unknown; cause?: { code: unknown } };
    console.log([`${name}: ${error}`, code, memory, cause?.code].filter(Boolean).join(', '));
  }
}

function* awaited(result: Iterable<unknown>): Coroutine<unknown> {
  return yield* result as Coroutine<unknown>;
}

function* onThread(): Coroutine<void> {
  const thread = new LoopThread<typeof import('./odd-errors.ts')>(url);
  for (const name of Object.keys(errors)) yield* tell(name, () => awaited(thread.call('fails', name)));
  yield* tell('result', () => awaited(thread.call('result')));
  yield* thread.stop();
}

function* inPool(kind: typeof ThreadPoolExecutor | typeof ProcessPoolExecutor): Coroutine<void> {
  getRunningLoop().offerCalls({ fails });
  const pool = new kind({ maxWorkers: 1 });
  const work = pool.module<typeof import('./odd-errors.ts')>(url);
  for (const name of Object.keys(errors)) {
    yield* tell(name, () => awaited(work.fails(name)));
    yield* tell(`${name} in the loop`, () => awaited(work.failsInLoop(name)));
  }
  yield* tell('result', () => awaited(work.result()));
  yield* pool.shutdown();
}

run(function* (): Coroutine<void> {
  if (process.argv[2] === 'loop') yield* onThread();
  else yield* inPool(process.argv[2] === 'processes' ? ProcessPoolExecutor : ThreadPoolExecutor);
});

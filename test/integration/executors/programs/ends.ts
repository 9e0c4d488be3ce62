/** Ends while its workers compute: `exit`, `ctrl-c` (waits for it), `return`. */
import {
  type Coroutine,
  createTask,
  gather,
  ProcessPoolExecutor,
  run,
  sleep,
  ThreadPoolExecutor,
} from 'selectloop';

const url = new URL('./typed-work.ts', import.meta.url);
const [how, kind] = process.argv.slice(2);

run(function* (): Coroutine<void> {
  const pool = new (kind === 'processes' ? ProcessPoolExecutor : ThreadPoolExecutor)({ maxWorkers: 2 });
  const work = pool.module<typeof import('./typed-work.ts')>(url);
  yield* work.say('a worker says this while the main thread is blocked');
  // Both workers have work, so both are there.
  const pids = yield* gather([work.processId(50), work.processId(50)]);
  console.log('workers', ...pids.filter((pid) => pid !== process.pid));
  const endless = createTask(
    (function* (): Coroutine<void> {
      yield* work.spin();
    })(),
  );
  yield* sleep(50);
  console.log('computing');
  if (how === 'exit') process.exit(7);
  if (how === 'ctrl-c') yield* endless;
});
console.log('after run()');

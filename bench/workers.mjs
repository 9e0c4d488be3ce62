// What threads and processes of the built package cost:
//
//   node bench/workers.mjs [--chunks] NAME COUNT      prints the microseconds of each, a line each
//
//   thread-call    a call of a function that does nothing, on a thread, and back
//   process-call   the same in a process
//   map-calls      10,000 calls on two threads, each
//                  with --chunks a hundred in a message
//   stop           LoopThread.stop(), while the thread's loop sleeps in its select()

import { loadSelectloop } from './package-under-test.mjs';

const { LoopThread, ProcessPoolExecutor, run, ThreadPoolExecutor } = await loadSelectloop();
const WARM_UP = 500;
const MAP_CALLS = 10_000;
const inChunks = process.argv[2] === '--chunks';

const nothing = (value) => value;

function* callTimes(pool, count) {
  const times = [];
  for (let i = -WARM_UP; i < count; i++) {
    const began = process.hrtime.bigint();
    yield* pool.submit(nothing, i);
    if (i >= 0) times.push(Number(process.hrtime.bigint() - began) / 1000);
  }
  yield* pool.shutdown();
  return times;
}

/** Microseconds of one call, for each of `count` maps. */
function* mapTimes(count, chunkSize) {
  const pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const items = Array.from({ length: MAP_CALLS }, (_, i) => i);
  const times = [];
  for (let i = -2; i < count; i++) {
    const began = process.hrtime.bigint();
    yield* pool.map(nothing, items, { chunkSize });
    if (i >= 0) times.push(Number(process.hrtime.bigint() - began) / 1000 / MAP_CALLS);
  }
  yield* pool.shutdown();
  return times;
}

function* stopTimes(count) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const thread = new LoopThread(new URL('./workers-idle.mjs', import.meta.url));
    yield* thread.call('ready');
    const began = process.hrtime.bigint();
    yield* thread.stop();
    times.push(Number(process.hrtime.bigint() - began) / 1000);
  }
  return times;
}

const benchmarks = {
  'thread-call': (count) => callTimes(new ThreadPoolExecutor({ maxWorkers: 1 }), count),
  'process-call': (count) => callTimes(new ProcessPoolExecutor({ maxWorkers: 1 }), count),
  'map-calls': (count) => mapTimes(count, inChunks ? 100 : 1),
  stop: stopTimes,
};

const [name, count] = process.argv.slice(inChunks ? 3 : 2);
if (!(name in benchmarks)) {
  process.stderr.write(`usage: node bench/workers.mjs ${Object.keys(benchmarks).join('|')} COUNT\n`);
  process.exit(2);
}
const times = run(() => benchmarks[name](Number(count)));
process.stdout.write(`${times.join('\n')}\n`);

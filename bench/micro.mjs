// One micro-benchmark of the built package, in a process of its own:
//
//   node bench/micro.mjs [--eager] NAME       --eager: tasks take their first step when they are made
//
// prints `NAME ns_per_op native_await_ns_per_op`: CPU time of one operation, and of one `await` of a settled
// value in the same process.

import { loadSelectloop } from './package-under-test.mjs';
import { leastNsPerOp, onceNs } from './rounds.mjs';

let selectloop;
const importNs = await onceNs(async () => {
  selectloop = await loadSelectloop();
});
const {
  CancelScope,
  createTask,
  eagerTaskFactory,
  gather,
  getRunningLoop,
  Lock,
  Queue,
  run,
  sleep,
  taskGroup,
} = selectloop;
const isEager = process.argv[2] === '--eager';

/** name → [operations in a round, coroutine function that performs them] */
const BENCHMARKS = {
  sleep0: [
    300_000,
    function* (count) {
      for (let i = 0; i < count; i++) yield* sleep(0);
    },
  ],
  spawn: [
    100_000,
    function* (count) {
      for (let i = 0; i < count; i++) yield* createTask(nothing());
    },
  ],
  // A task that has begun, and waits: whoever awaits it looks whether it waits for him.
  'join-waiting': [
    100_000,
    function* (count) {
      const loop = getRunningLoop();
      for (let i = 0; i < count; i++) {
        const gate = loop.createFuture();
        const task = createTask(awaitGate(gate));
        yield* sleep(0);
        loop.callSoon(setResult, gate);
        yield* task;
      }
    },
  ],
  gather: [
    100_000,
    function* (count) {
      for (let i = 0; i < count; i += 10_000) yield* gather(Array.from({ length: 10_000 }, nothing));
    },
  ],
  queue: [
    100_000,
    function* (count) {
      const ping = new Queue();
      const pong = new Queue();
      const echo = createTask(
        (function* () {
          for (let i = 0; i < count; i++) yield* pong.put(yield* ping.get());
        })(),
      );
      for (let i = 0; i < count; i++) {
        yield* ping.put(i);
        yield* pong.get();
      }
      yield* echo;
    },
  ],
  lock: [
    100_000,
    function* (count) {
      const lock = new Lock();
      const worker = function* () {
        for (let i = 0; i < count / 10; i++) {
          yield* lock.acquire();
          yield* sleep(0);
          lock.release();
        }
      };
      yield* gather(Array.from({ length: 10 }, worker));
    },
  ],
  'cancel-tree': [
    50_000,
    function* (count) {
      for (let i = 0; i < count; i += 10_000) {
        const scope = new CancelScope();
        yield* scope.run(function* () {
          yield* taskGroup(function* (group) {
            for (let k = 0; k < 10_000; k++) group.createTask(sleep(1e9));
            yield* sleep(0);
            scope.cancel();
          });
        });
      }
    },
  ],
  'call-soon': [
    500_000,
    function* (count) {
      const loop = getRunningLoop();
      const done = loop.createFuture();
      let left = count;
      const callback = () => {
        if (--left === 0) done.setResult();
      };
      for (let i = 0; i < count; i++) loop.callSoon(callback);
      yield* done;
    },
  ],
  // Less than a millisecond apart: Node's setTimeout, which counts in whole ones, makes one list of them all.
  'timers-fired': [1_000_000, (count) => timersFired(count, (i) => 1 + (i % 1000) / 1000)],
  // The same in whole milliseconds, over a second.
  'timers-spread': [1_000_000, (count) => timersFired(count, (i) => 1 + (i % 1000))],
  'timers-cancelled': [
    1_000_000,
    function* (count) {
      const loop = getRunningLoop();
      for (let i = 0; i < count; i++) loop.callLater(1000 + (i % 1000), noop).cancel();
      yield* sleep(0);
    },
  ],
};

function* timersFired(count, delayMs) {
  const loop = getRunningLoop();
  const done = loop.createFuture();
  let left = count;
  const callback = () => {
    if (--left === 0) done.setResult();
  };
  for (let i = 0; i < count; i++) loop.callLater(delayMs(i), callback);
  yield* done;
}

function* nothing() {}

function* awaitGate(gate) {
  yield* gate;
}

function setResult(future) {
  future.setResult();
}

function noop() {}

async function awaits(count) {
  for (let i = 0; i < count; i++) await null;
}

async function nsPerOp(name) {
  if (name === 'import') return importNs;
  if (name === 'first-run') return onceNs(() => run(nothing));
  const [count, body] = BENCHMARKS[name];
  return leastNsPerOp(count, () => {
    run(() => {
      if (isEager) getRunningLoop().setTaskFactory(eagerTaskFactory);
      return body(count);
    });
  });
}

const name = process.argv.at(-1);
const names = [...Object.keys(BENCHMARKS), 'import', 'first-run'];
if (!names.includes(name)) {
  process.stderr.write(`usage: node bench/micro.mjs [--eager] ${names.join('|')}\n`);
  process.exit(2);
}
const ns = await nsPerOp(name);
process.stdout.write(`${name} ${ns.toFixed(1)} ${(await leastNsPerOp(500_000, awaits)).toFixed(1)}\n`);

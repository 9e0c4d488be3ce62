// Task benchmarks on Effection. It has no callbacks, timers or locks of its own: those are left out. Its
// sleep(0) is a timer of Node, which waits 1 ms; only the CPU time counts.
//
//   node tasks-effection.mjs NAME        prints `NAME ns_per_op`

import { main as benchmark, onceNs } from '../rounds.mjs';

let effection;
const importNs = await onceNs(async () => {
  effection = await import('effection');
});
const { all, createQueue, run, sleep, spawn, suspend } = effection;

function* nothing() {}

function* sleep0(count) {
  for (let i = 0; i < count; i++) yield* sleep(0);
}

function* spawnAndJoin(count) {
  for (let i = 0; i < count; i++) {
    const task = yield* spawn(nothing);
    yield* task;
  }
}

function* gather(count) {
  for (let i = 0; i < count; i += 10_000) yield* all(Array.from({ length: 10_000 }, nothing));
}

function* queue(count) {
  const ping = createQueue();
  const pong = createQueue();
  const echo = yield* spawn(function* () {
    for (let i = 0; i < count; i++) pong.add((yield* ping.next()).value);
  });
  for (let i = 0; i < count; i++) {
    ping.add(i);
    yield* pong.next();
  }
  yield* echo;
}

function* cancelTree(count) {
  for (let i = 0; i < count; i += 10_000) {
    const parent = yield* spawn(function* () {
      for (let k = 0; k < 10_000; k++) yield* spawn(suspend);
      yield* suspend();
    });
    yield* sleep(0);
    yield* parent.halt();
  }
}

const rounds = {
  sleep0: [300, sleep0],
  spawn: [5_000, spawnAndJoin],
  gather: [10_000, gather],
  queue: [20_000, queue],
  'cancel-tree': [10_000, cancelTree],
};
await benchmark(
  Object.fromEntries(
    Object.entries(rounds).map(([name, [count, body]]) => [name, [count, () => run(() => body(count))]]),
  ),
  { import: () => importNs, 'first-run': () => onceNs(() => run(nothing)) },
);

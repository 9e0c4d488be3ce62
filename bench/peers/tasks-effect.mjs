// Task benchmarks on Effect. It has no plain callbacks to schedule: `call-soon` and the timers are left out.
//
//   node tasks-effect.mjs NAME        prints `NAME ns_per_op`

import { main as benchmark, onceNs } from '../rounds.mjs';

let Effect;
let Fiber;
let Queue;
let Semaphore;
const importNs = await onceNs(async () => {
  Effect = await import('effect/Effect');
  Fiber = await import('effect/Fiber');
  Queue = await import('effect/Queue');
  Semaphore = await import('effect/Semaphore');
});

// A body of its own: Effect skips those that are finished from the start.
const nothing = Effect.gen(function* () {});

function* sleep0(count) {
  for (let i = 0; i < count; i++) yield* Effect.yieldNow;
}

function* spawn(count) {
  for (let i = 0; i < count; i++) yield* Fiber.join(yield* Effect.forkChild(nothing));
}

function* gather(count) {
  const many = Array.from({ length: 10_000 }, () => nothing);
  for (let i = 0; i < count; i += 10_000) yield* Effect.all(many, { concurrency: 'unbounded' });
}

function* queue(count) {
  const ping = yield* Queue.unbounded();
  const pong = yield* Queue.unbounded();
  const echo = yield* Effect.forkChild(
    Effect.gen(function* () {
      for (let i = 0; i < count; i++) yield* Queue.offer(pong, yield* Queue.take(ping));
    }),
  );
  for (let i = 0; i < count; i++) {
    yield* Queue.offer(ping, i);
    yield* Queue.take(pong);
  }
  yield* Fiber.join(echo);
}

function* lock(count) {
  const shared = yield* Semaphore.make(1);
  const worker = Effect.gen(function* () {
    for (let i = 0; i < count / 10; i++) yield* Semaphore.withPermit(shared, Effect.yieldNow);
  });
  yield* Effect.all(
    Array.from({ length: 10 }, () => worker),
    { concurrency: 'unbounded' },
  );
}

function* cancelTree(count) {
  const many = Array.from({ length: 10_000 }, () => Effect.never);
  for (let i = 0; i < count; i += 10_000) {
    const parent = yield* Effect.forkChild(Effect.all(many, { concurrency: 'unbounded' }));
    yield* Effect.yieldNow;
    yield* Fiber.interrupt(parent);
  }
}

const rounds = {
  sleep0: [50_000, sleep0],
  spawn: [50_000, spawn],
  gather: [50_000, gather],
  queue: [50_000, queue],
  lock: [50_000, lock],
  'cancel-tree': [20_000, cancelTree],
};
await benchmark(
  Object.fromEntries(
    Object.entries(rounds).map(([name, [count, body]]) => [
      name,
      [count, () => Effect.runPromise(Effect.gen(() => body(count)))],
    ]),
  ),
  { import: () => importNs, 'first-run': () => onceNs(() => Effect.runPromise(nothing)) },
);

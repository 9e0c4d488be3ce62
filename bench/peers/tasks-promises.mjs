// Task benchmarks on what JavaScript itself offers: promises, microtasks, timers, AbortController.
//
//   node tasks-promises.mjs NAME        prints `NAME ns_per_op`

import { main, onceNs } from '../rounds.mjs';

async function nothing() {}

function idle() {}

class PromiseQueue {
  #items = [];
  #getters = [];

  put(item) {
    const getter = this.#getters.shift();
    if (getter === undefined) this.#items.push(item);
    else getter(item);
  }

  get() {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift());
    return new Promise((resolve) => this.#getters.push(resolve));
  }
}

class PromiseLock {
  #held = false;
  #waiters = [];

  acquire() {
    if (this.#held) return new Promise((resolve) => this.#waiters.push(resolve));
    this.#held = true;
    return Promise.resolve();
  }

  release() {
    const next = this.#waiters.shift();
    if (next === undefined) this.#held = false;
    else next();
  }
}

async function sleep0(count) {
  for (let i = 0; i < count; i++) await null;
}

async function spawn(count) {
  for (let i = 0; i < count; i++) await nothing();
}

async function gather(count) {
  for (let i = 0; i < count; i += 10_000) await Promise.all(Array.from({ length: 10_000 }, nothing));
}

async function queue(count) {
  const ping = new PromiseQueue();
  const pong = new PromiseQueue();
  const echo = (async () => {
    for (let i = 0; i < count; i++) pong.put(await ping.get());
  })();
  for (let i = 0; i < count; i++) {
    ping.put(i);
    await pong.get();
  }
  await echo;
}

async function lock(count) {
  const shared = new PromiseLock();
  const worker = async () => {
    for (let i = 0; i < count / 10; i++) {
      await shared.acquire();
      await null;
      shared.release();
    }
  };
  await Promise.all(Array.from({ length: 10 }, worker));
}

function untilAborted(signal) {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  );
}

async function cancelTree(count) {
  for (let i = 0; i < count; i += 10_000) {
    const controller = new AbortController();
    const children = Array.from({ length: 10_000 }, () => untilAborted(controller.signal));
    await null;
    controller.abort();
    await Promise.allSettled(children);
  }
}

function callAll(count, schedule) {
  return new Promise((resolve) => {
    let left = count;
    const callback = () => {
      if (--left === 0) resolve();
    };
    for (let i = 0; i < count; i++) schedule(callback, i);
  });
}

async function timersCancelled(count) {
  for (let i = 0; i < count; i++) clearTimeout(setTimeout(idle, 1000 + (i % 1000)));
}

await main(
  {
    sleep0: [300_000, sleep0],
    spawn: [300_000, spawn],
    gather: [100_000, gather],
    queue: [100_000, queue],
    lock: [100_000, lock],
    'cancel-tree': [50_000, cancelTree],
    'call-soon': [500_000, (count) => callAll(count, queueMicrotask)],
    'timers-fired': [
      1_000_000,
      (count) => callAll(count, (callback, i) => setTimeout(callback, 1 + (i % 1000) / 1000)),
    ],
    'timers-spread': [
      1_000_000,
      (count) => callAll(count, (callback, i) => setTimeout(callback, 1 + (i % 1000))),
    ],
    'timers-cancelled': [1_000_000, timersCancelled],
  },
  {
    import: () => onceNs(() => import('node:net')),
    'first-run': () => onceNs(nothing),
  },
);

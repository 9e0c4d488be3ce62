/**
 * What exists and is not active: its memory, and what it costs those that are.
 *
 *   node bench/scale.mjs [--count N] [memory|tasks|timers|descriptors …]
 *
 * `memory`: bytes on the heap of each of N (100,000) things that wait, after a garbage collection: of ours,
 * and of the language itself, which has no loop. `tasks`, `timers`, `descriptors`: CPU time of one operation
 * beside 100 to 100,000 others that wait; descriptors as many as a process may have open. A cost that is flat
 * depends on what is active alone.
 */

import { allowDescriptors } from './descriptors.mjs';
import { heapReport } from './heap-report.mjs';
import { positive, readOptions, refuse } from './options.mjs';
import { loadSelectloop, loadSocket } from './package-under-test.mjs';
import { duration } from './report.mjs';

const { createTask, getRunningLoop, run, sleep } = await loadSelectloop();
const { socketpair } = await loadSocket();

const COUNTS = [100, 1_000, 10_000, 100_000];
const HOUR_MS = 3_600_000;
const ENOUGH_MS = 300;
/** Two for each pair, and those of the program. */
const OTHER_DESCRIPTORS = 200;

const never = new Promise(() => {});
async function awaitNever() {
  await never;
}
/** Who settles a promise keeps it. */
const settlers = [];
async function awaitOwn() {
  await new Promise((resolve) => settlers.push(resolve));
}
function* suspended() {
  yield 1;
}
function* awaitFuture(future) {
  yield* future;
}
function* sleepLong() {
  yield* sleep(HOUR_MS);
}
function* calling() {
  yield* awaitFuture(getRunningLoop().createFuture());
}

/** What waits → makes one of it, inside a running loop. */
const WAITING = {
  'a bare async function, all awaiting one promise': awaitNever,
  'a bare async function, each awaiting a promise of its own': awaitOwn,
  'a suspended generator, without a task': () => {
    const generator = suspended();
    generator.next();
    return generator;
  },
  'a task that awaits a future of its own': () => createTask(awaitFuture(getRunningLoop().createFuture())),
  'a task that awaits through another coroutine': () => createTask(calling()),
  'a task in sleep()': () => createTask(sleepLong()),
  'a timer of the loop': () => getRunningLoop().callLater(HOUR_MS, Date.now),
  'a timer of setTimeout': () => setTimeout(Date.now, HOUR_MS),
};

const heapBytes = () => JSON.parse(heapReport()).heapBytes;

function* bytesOfEach(make, count) {
  const kept = new Array(count).fill(null);
  const before = heapBytes();
  for (let i = 0; i < count; i++) kept[i] = make();
  // Tasks begin in the next turn.
  yield* sleep(0);
  yield* sleep(0);
  const bytes = (heapBytes() - before) / count;
  release(kept);
  yield* sleep(0);
  return bytes;
}

function release(kept) {
  for (const each of kept) {
    if (typeof each.cancel === 'function') each.cancel();
    else clearTimeout(each);
  }
  settlers.length = 0;
}

function* memory(count) {
  write(`Heap of each of ${count.toLocaleString('en')}, in bytes\n`);
  for (const [name, make] of Object.entries(WAITING)) {
    // The first few compile the code.
    yield* bytesOfEach(make, 1_000);
    write(`  ${(yield* bytesOfEach(make, count)).toFixed(0).padStart(6)}  ${name}\n`);
  }
}

/** The least CPU time of one of `count` operations of `body`, over rounds. */
function* leastNs(count, body) {
  let least = Number.POSITIVE_INFINITY;
  const startMs = performance.now();
  for (let round = 0; round < 5 || performance.now() - startMs < ENOUGH_MS; round++) {
    const before = process.cpuUsage();
    yield* body(count);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, ((user + system) * 1e3) / count);
  }
  return least;
}

function* beside(title, counts, populate, operation) {
  write(`${title}\n`);
  for (const count of counts) {
    const { kept, done } = populate(count);
    yield* sleep(1);
    const ns = yield* leastNs(20_000, operation);
    write(`  ${duration(ns).padStart(8)}  beside ${count.toLocaleString('en')}\n`);
    release(kept);
    yield* sleep(0);
    done?.();
  }
}

function* switches(count) {
  for (let i = 0; i < count; i++) yield* sleep(0);
}

function* firedTimers(count) {
  const loop = getRunningLoop();
  let left = count;
  const fired = loop.createFuture();
  const fire = () => {
    if (--left === 0) fired.setResult(null);
  };
  for (let i = 0; i < count; i++) loop.callLater(0.5, fire);
  yield* fired;
}

function* tasks() {
  const loop = getRunningLoop();
  const populate = (count) => ({
    kept: Array.from({ length: count }, () => createTask(awaitFuture(loop.createFuture()))),
  });
  yield* beside('A switch of tasks beside tasks that wait', COUNTS, populate, switches);
  const started = function* (count) {
    for (let i = 0; i < count; i++) yield* createTask(switches(0));
  };
  yield* beside('A task started and joined beside tasks that wait', COUNTS, populate, started);
}

function* timers() {
  const loop = getRunningLoop();
  const populate = (count) => ({
    // Of many deadlines, as those of connections are.
    kept: Array.from({ length: count }, (_, i) => loop.callLater(HOUR_MS + i, Date.now)),
  });
  yield* beside('A timer set and fired beside timers that are not due', COUNTS, populate, firedTimers);
}

function* descriptors() {
  const loop = getRunningLoop();
  const most = Math.floor((allowDescriptors(2 * COUNTS.at(-1) + OTHER_DESCRIPTORS) - OTHER_DESCRIPTORS) / 2);
  const counts = [...COUNTS.filter((count) => count <= most), ...(most < COUNTS.at(-1) ? [most] : [])];
  if (most < COUNTS.at(-1))
    write(`(no more than ${most.toLocaleString('en')} pairs of sockets may be open here)\n`);
  const [near, far] = socketpair();
  near.setblocking(false);
  const message = Buffer.from('x');
  const exchanges = function* (count) {
    for (let i = 0; i < count; i++) {
      far.send(message);
      yield* loop.sockRecv(near, 1);
    }
  };
  const populate = (count) => {
    const pairs = Array.from({ length: count - 1 }, () => socketpair());
    for (const [idle] of pairs) {
      idle.setblocking(false);
      loop.addReader(idle, Date.now);
    }
    const done = () => {
      for (const [idle, other] of pairs) {
        loop.removeReader(idle);
        idle.close();
        other.close();
      }
    };
    return { kept: [], done };
  };
  yield* beside('A byte sent and received beside descriptors that are silent', counts, populate, exchanges);
  near.close();
  far.close();
}

function write(text) {
  process.stdout.write(text);
}

const parts = { memory, tasks, timers, descriptors };
const USAGE = `usage: scale.mjs [--count N] [${Object.keys(parts).join('|')} …]`;
const { values, positionals } = readOptions(
  { allowPositionals: true, options: { count: { type: 'string', default: '100000' } } },
  USAGE,
);
const count = positive('count', values.count);
const unknown = positionals.find((name) => !(name in parts));
if (unknown !== undefined) refuse(`there is no part ${unknown}\n\n${USAGE}`);
run(function* () {
  for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) yield* parts[name](count);
});
process.exit(0);

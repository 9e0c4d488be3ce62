/**
 * One run of the fuzzer, in a process of its own: `run.mjs SEED SECONDS STATE-FILE`. Before each call it
 * writes what it is about to do to the start of the state file, so that its parent can tell what a crash was
 * in. Prints, as JSON, how often each function was called and how often it succeeded.
 */
import { openSync, rmSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { calls } from './calls.mjs';
import { randomFrom, Values } from './values.mjs';
import { World } from './world.mjs';

const [seed, seconds, statePath] = process.argv.slice(2);
const addon = createRequire(import.meta.url)(process.env.SELECTLOOP_ADDON);
/** It closes any descriptor it is given, Node's own too, when this thread is over: Node then aborts. */
const LEFT_OUT = ['closeAtThreadEnd'];
const names = Object.keys(addon).filter(
  (name) => typeof addon[name] === 'function' && !LEFT_OUT.includes(name),
);
const state = openSync(statePath, 'w');
// Descriptors that were passed to us arrive as they were sent; SIGPIPE is for programs that ask for it.
process.on('SIGPIPE', () => {});

/** Another thread that keeps changing the memory of some arguments: sizes, flags, descriptors. */
const shared = new SharedArrayBuffer(4096);
const racer = new Worker(
  `const words = new Int32Array(require('node:worker_threads').workerData);
   const values = [12, 16, 3996, 0, -1, 2147483647, 264, 1];
   const pause = new Int32Array(new SharedArrayBuffer(4));
   for (;;) {
     for (let i = 0; i < 200_000; i++) words[i % words.length] = values[i % 7 + (i & 1)];
     Atomics.wait(pause, 0, 0, 1);
   }`,
  { eval: true, workerData: shared },
);
racer.unref();

const values = new Values(randomFrom(Number(seed)), shared);
const world = new World(addon, values);
const counts = Object.fromEntries(names.map((name) => [name, { calls: 0, successes: 0 }]));

/** Which argument of a call is how long it waits, in milliseconds; a negative one means for ever. */
const WAITS = { pollerWait: 2, waitReady: 2 };

/** A wait that the fuzzer would not see the end of is no fault: it is made short. */
function boundWait(name, args) {
  const index = WAITS[name];
  const limitMs = index === undefined ? undefined : args[index];
  if (typeof limitMs === 'number' && (limitMs < 0 || limitMs > 20)) args[index] = 1;
}

/** Arguments for one call: right ones, or right ones with some replaced, or any at all. */
function argumentsOf(name) {
  const known = calls[name];
  if (known === undefined) return Array.from({ length: values.int(8) }, () => hostile());
  const args = known.args(world);
  if (values.chance(0.1)) args[values.int(args.length + 1)] = hostile();
  if (values.chance(0.02)) args.length = values.int(args.length + 1);
  return args;
}

/** Never a number that could be a descriptor, a process or a signal. */
function hostile() {
  return values.chance(0.7) ? values.anything() : values.bytes();
}

function describe(name, args) {
  return `seed ${seed}: ${name}(${args.map((each) => inspect(each, { depth: 0, breakLength: Infinity, maxArrayLength: 6 }).slice(0, 60)).join(', ')})`;
}

function callOnce(count) {
  const name = values.pick(names);
  const args = argumentsOf(name);
  boundWait(name, args);
  calls[name]?.before?.(world, args);
  writeSync(state, `${describe(name, args).padEnd(600).slice(0, 600)}\n`, 0);
  counts[name].calls += 1;
  let result;
  try {
    result = addon[name](...args);
  } catch {
    // A TypeError or RangeError for what does not fit: what the addon is to do.
    return;
  }
  if (typeof result === 'number' ? result < 0 : result === undefined) return;
  counts[name].successes += 1;
  calls[name]?.took?.(world, result, args);
  if (count % 50 === 0) world.replenish();
}

const until = Date.now() + 1000 * Number(seconds);
for (let count = 0; Date.now() < until; count++) callOnce(count);
writeSync(state, 'closing'.padEnd(600), 0);
world.close();
rmSync(world.folder, { recursive: true, force: true });
writeSync(1, `${JSON.stringify(counts)}\n`);
process.exit(0);

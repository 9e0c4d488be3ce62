// The least that threads and processes of Node cost, with nothing between the program and what Node itself
// offers:
//
//   node workers-node.mjs NAME COUNT       prints the microseconds of each, a line each
//
//   thread-call    a number to a thread and back through shared memory: Atomics.wait and Atomics.notify, nothing else
//   map-calls      the same; one such round is what each of many calls is compared with
//   process-call   a message to a forked process and back
//   stop           the end of a thread: worker.terminate()

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const WARM_UP = 500;
const file = new URL(import.meta.url);
const ASKED = 0;
const ANSWERED = 1;

function answerInMemory(words) {
  for (let seen = 0; ; ) {
    Atomics.wait(words, ASKED, seen);
    seen = Atomics.load(words, ASKED);
    if (seen < 0) return;
    Atomics.store(words, ANSWERED, seen);
    Atomics.notify(words, ANSWERED);
  }
}

function roundInMemory(words, number) {
  Atomics.store(words, ASKED, number);
  Atomics.notify(words, ASKED);
  while (Atomics.load(words, ANSWERED) !== number) Atomics.wait(words, ANSWERED, number - 1);
}

async function timesOf(count, body, warmUp = WARM_UP) {
  const times = [];
  for (let i = -warmUp; i < count; i++) {
    const began = process.hrtime.bigint();
    await body(i + warmUp + 1);
    if (i >= 0) times.push(Number(process.hrtime.bigint() - began) / 1000);
  }
  return times;
}

async function threadCall(count) {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(file, { workerData: words });
  const times = [];
  for (let i = 1; i <= count + WARM_UP; i++) {
    const began = process.hrtime.bigint();
    roundInMemory(words, i);
    if (i > WARM_UP) times.push(Number(process.hrtime.bigint() - began) / 1000);
  }
  Atomics.store(words, ASKED, -1);
  Atomics.notify(words, ASKED);
  await once(worker, 'exit');
  return times;
}

/** As many rounds for one sample as the others make calls, to be as steady. */
async function mapCalls(count) {
  const times = await threadCall(count * 1000);
  return Array.from({ length: count }, (_, i) => {
    const part = times.slice(i * 1000, (i + 1) * 1000);
    return part.reduce((sum, time) => sum + time, 0) / part.length;
  });
}

async function processCall(count) {
  const child = fork(file, ['child'], { serialization: 'advanced' });
  const times = await timesOf(count, async (i) => {
    child.send(i);
    await once(child, 'message');
  });
  child.disconnect();
  return times;
}

async function stop(count) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const worker = new Worker("require('node:worker_threads').parentPort.on('message', () => {})", {
      eval: true,
    });
    await once(worker, 'online');
    times.push(...(await timesOf(1, () => worker.terminate(), 0)));
  }
  return times;
}

const benchmarks = { 'thread-call': threadCall, 'map-calls': mapCalls, 'process-call': processCall, stop };

if (!isMainThread) {
  answerInMemory(workerData);
} else if (process.argv[2] === 'child') {
  process.on('message', (value) => process.send(value));
} else {
  const [name, count] = process.argv.slice(2);
  process.stdout.write(`${(await benchmarks[name](Number(count))).join('\n')}\n`);
}

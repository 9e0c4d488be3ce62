/**
 * Signals as bytes in a pipe. Dispositions are the process's, so most of this happens in processes made for
 * it. Each program has `fds` (a pipe) and `numbers()`, which reads what the handler wrote.
 */
import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { nativeSignals } from '../../src/kernel/native-kernel.ts';
import { failOnFdLeaks } from '../support/fd-leaks.ts';
import { sized } from '../support/size.ts';
import { onTeardown } from '../support/teardown.ts';
import {
  addon,
  nextMessage,
  openPair,
  outputOf,
  runProgram,
  signalsAreDeferred,
  startWorker,
} from './addon-programs.ts';

failOnFdLeaks();

const { EBADF, EBUSY, EINVAL, ENOENT } = constants.errno;
const { SIGUSR2, SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGWINCH } = constants.signals;

/** How often a signal is watched and let go of while it falls. */
const WATCH_ROUNDS = sized(600, 3000);

const PREAMBLE = `
  const { SIGUSR2, SIGINT, SIGTERM, SIGHUP } = require('node:os').constants.signals;
  const { Worker } = require('node:worker_threads');
  const fds = new Int32Array(2);
  addon.pipe(fds);
  const numbers = () => {
    const bytes = Buffer.alloc(70000);
    const count = addon.read(fds[0], bytes, 0, bytes.length);
    return count > 0 ? [...bytes.subarray(0, count)] : [];
  };
  const must = (result) => { if (result !== 0) throw new Error('answered ' + result); };
  const kill = (signal) => process.kill(process.pid, signal);
`;

function openPipe(): [number, number] {
  const ends = openPair((out) => addon.pipe(out));
  onTeardown(() => {
    for (const end of ends) addon.close(end);
  });
  return ends;
}

test('each signal is one byte, its number', () => {
  const output = outputOf(`${PREAMBLE}
    for (const signal of [SIGUSR2, SIGINT, SIGTERM, SIGHUP]) must(addon.signalWatch(signal, fds[1], false));
    for (const signal of ['SIGUSR2', 'SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) kill(signal);
    console.log(JSON.stringify(numbers()) === JSON.stringify([SIGUSR2, SIGINT, SIGTERM, SIGHUP, SIGUSR2]));`);
  expect(output).toBe('true');
});

test('restore puts back what was there: the default, an ignored signal, a handler of Node', () => {
  const output = outputOf(`${PREAMBLE}
    process.on('SIGHUP', () => console.log('node'));
    must(addon.signalWatch(SIGHUP, fds[1], false));
    kill('SIGHUP');
    must(addon.signalRestore(SIGHUP));
    console.log(numbers().length);
    kill('SIGHUP');
    setTimeout(() => {
      console.log(numbers().length);
      must(addon.signalWatch(SIGUSR2, fds[1], false));
      must(addon.signalRestore(SIGUSR2));
      const child = require('node:child_process').spawnSync(process.execPath, ['-e', \`
        const addon = require(process.argv[1]);
        const fds = new Int32Array(2);
        addon.pipe(fds);
        addon.signalWatch(\${SIGUSR2}, fds[1], false);
        addon.signalRestore(\${SIGUSR2});
        process.kill(process.pid, 'SIGUSR2');
        setTimeout(() => {}, 3000);\`, process.argv[1]]);
      console.log(child.signal);
      process.exit();
    }, 100);`);
  // The handler of Node is called for both, once its loop turns: ours passes signals on.
  expect(output.split('\n')).toEqual(['1', 'node', 'node', '0', 'SIGUSR2']);
});

test.runIf(process.platform === 'linux' && !signalsAreDeferred)(
  'restore leaves no trace in what the kernel knows',
  () => {
    const output = outputOf(`${PREAMBLE}
    const masks = () => require('node:fs').readFileSync('/proc/self/status', 'utf8').match(/Sig(Ign|Cgt).*/g).join();
    const before = masks();
    const signals = [SIGUSR2, SIGINT, SIGTERM, SIGHUP];
    for (const signal of signals) must(addon.signalWatch(signal, fds[1], signal === SIGINT));
    console.log(masks() === before);
    kill('SIGINT');
    // Until no echo of it can come any more.
    const end = performance.now() + 400;
    while (performance.now() < end);
    for (const signal of signals) must(addon.signalRestore(signal));
    console.log(masks() === before);`);
    expect(output.split('\n')).toEqual(['false', 'true']);
  },
);

const INTERRUPTED_TWICE = (pauseMs: number): string => `${PREAMBLE}
  must(addon.signalWatch(SIGINT, fds[1], true));
  kill('SIGINT');
  const end = performance.now() + ${pauseMs};
  while (performance.now() < end);
  kill('SIGINT');
  require('node:fs').writeSync(1, JSON.stringify(numbers()));
`;

test('an interrupt: the first is a byte, another one after a moment ends even a process that is stuck', () => {
  const { signal, stdout, stderr } = runProgram(`${INTERRUPTED_TWICE(400)} for (;;);`);
  expect([signal, stdout]).toEqual(['SIGINT', '']);
  expect(stderr).toContain('second Ctrl-C');
});

test('an interrupt that follows at once is the same one, and says so', () => {
  const { signal, stdout, stderr } = runProgram(INTERRUPTED_TWICE(20));
  expect([signal, stdout]).toEqual([null, '[2]']);
  expect(stderr).toContain('Ctrl-C twice within 300 ms counts as one');
});

test('a handler of Node that replaces ours is noticed, and called after it', () => {
  const output = outputOf(`${PREAMBLE}
    must(addon.signalWatch(SIGUSR2, fds[1], false));
    process.on('SIGUSR2', () => console.log('node'));
    console.log(addon.signalReassert(SIGUSR2), addon.signalReassert(SIGUSR2));
    kill('SIGUSR2');
    console.log(numbers().length);
    setTimeout(() => {
      process.removeAllListeners('SIGUSR2');
      console.log(addon.signalReassert(SIGUSR2), addon.signalReassert(SIGUSR2));
      kill('SIGUSR2');
      console.log(numbers().length);
      console.log(addon.signalReassert(SIGHUP) < 0);
    }, 100);`);
  expect(output.split('\n')).toEqual(['1 0', '1', 'node', '1 0', '1', 'true']);
});

test('a handler that was put there after us stays', () => {
  const output = outputOf(`${PREAMBLE}
    must(addon.signalWatch(SIGUSR2, fds[1], false));
    process.on('SIGUSR2', () => { console.log('node'); process.exit(); });
    must(addon.signalRestore(SIGUSR2));
    kill('SIGUSR2');
    setTimeout(() => console.log('lost'), 1000);`);
  expect(output).toBe('node');
});

test('a full pipe drops signals and does not block', () => {
  const output = outputOf(`${PREAMBLE}
    must(addon.signalWatch(SIGUSR2, fds[1], false));
    const chunk = Buffer.alloc(4096);
    while (addon.write(fds[1], chunk, 0, chunk.length) > 0);
    kill('SIGUSR2');
    must(addon.signalRestore(SIGUSR2));
    console.log('alive');`);
  expect(output).toBe('alive');
});

test('one watch at a time, in all threads together', async () => {
  const [, writeEnd] = openPipe();
  const [, otherEnd] = openPipe();
  expect(nativeSignals.watch(SIGWINCH, writeEnd, false)).toBe(0);
  expect(nativeSignals.watch(SIGWINCH, otherEnd, false)).toBe(-EBUSY);
  // Who has it may change what it is.
  expect(nativeSignals.watch(SIGWINCH, writeEnd, true)).toBe(0);
  const worker = startWorker(
    `parentPort.postMessage([addon.signalWatch(data.signum, data.fd, false), addon.signalRestore(data.signum)]);`,
    { signum: SIGWINCH, fd: writeEnd },
  );
  // Another thread can neither take it over nor take it away.
  expect(await nextMessage(worker)).toEqual([-EBUSY, -ENOENT]);
  expect(nativeSignals.restore(SIGWINCH)).toBe(0);
  expect(nativeSignals.restore(SIGWINCH)).toBe(-ENOENT);
});

test('a thread that ends lets go of its signals', async () => {
  const [, writeEnd] = openPipe();
  const worker = startWorker(
    `parentPort.postMessage(addon.signalWatch(data.signum, data.fd, false));
     setInterval(() => {}, 1000);`,
    { signum: SIGWINCH, fd: writeEnd },
  );
  expect(await nextMessage(worker)).toBe(0);
  expect(nativeSignals.watch(SIGWINCH, writeEnd, false)).toBe(-EBUSY);
  await worker.terminate();
  expect(nativeSignals.watch(SIGWINCH, writeEnd, false)).toBe(0);
  expect(nativeSignals.restore(SIGWINCH)).toBe(0);
});

test('what cannot be watched is refused with a number', () => {
  const [, writeEnd] = openPipe();
  for (const signum of [0, -1, 65, 1000, SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL]) {
    expect(nativeSignals.watch(signum, writeEnd, false)).toBe(-EINVAL);
  }
  expect(nativeSignals.watch(SIGUSR2, 19_999, false)).toBe(-EBADF);
  expect(nativeSignals.watch(SIGUSR2, -1, false)).toBe(-EBADF);
  addon.setNonblocking(writeEnd, false);
  expect(nativeSignals.watch(SIGUSR2, writeEnd, false)).toBe(-EINVAL);
  expect(nativeSignals.restore(0)).toBe(-EINVAL);
  expect(nativeSignals.restore(SIGUSR2)).toBe(-ENOENT);
});

test.skipIf(signalsAreDeferred)('after restore nothing is written, however thick the signals fall', () => {
  const output = outputOf(`${PREAMBLE}
    // The signals hit the main thread, while a worker watches and restores: its restore must wait for
    // handlers there.
    process.on('SIGUSR2', () => {});
    const sender = require('node:child_process').spawn('sh', ['-c', 'while kill -USR2 ' + process.pid + '; do :; done'],
      { stdio: 'ignore' });
    const worker = new Worker(\`
      const { parentPort, workerData } = require('node:worker_threads');
      const addon = require(workerData.path);
      const [readEnd, writeEnd] = workerData.fds;
      const bytes = Buffer.alloc(70000);
      const count = () => Math.max(0, addon.read(readEnd, bytes, 0, bytes.length));
      let written = 0;
      let late = 0;
      const end = performance.now() + 4000;
      for (let round = 0; (round < ${WATCH_ROUNDS} || written < ${WATCH_ROUNDS / 3}) && performance.now() < end; round++) {
        if (addon.signalWatch(workerData.signum, writeEnd, false) !== 0) throw new Error('not watched');
        addon.waitReady(readEnd, 1, 5);
        if (addon.signalRestore(workerData.signum) !== 0) throw new Error('not restored');
        written += count();
        for (let i = 0; i < 20; i++) late += count();
      }
      parentPort.postMessage([written > 0, late]);
    \`, { eval: true, workerData: { path: process.argv[1], fds: [...fds], signum: SIGUSR2 } });
    worker.on('message', (message) => {
      sender.kill();
      console.log(message.join(' '));
      process.exit();
    });`);
  expect(output).toBe('true 0');
});

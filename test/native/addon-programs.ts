/**
 * Programs that use the addon without the rest of selectloop, in a process or worker of their own: what a
 * test of exits, signals and environments needs. A program is plain CommonJS; it finds the addon in `addon`.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { type Addon, loadAddon } from '../../src/kernel/addon.ts';
import { addonPath } from '../support/addon-path.ts';
import { onTeardown } from '../support/teardown.ts';

export const addon: Addon = loadAddon();

/**
 * ThreadSanitizer runs handlers not when the signal comes but at the thread's next call into libc that it
 * knows, and keeps its own handler in the kernel's table: tests of just that have nothing to observe.
 */
export const signalsAreDeferred: boolean = process.env.TSAN_OPTIONS !== undefined;

/**
 * A kqueue on Linux is libkqueue's: it keeps descriptors of its own, reports 512 events at most, and its
 * queues cannot watch each other. What depends on that is tested on the systems that have the real one.
 */
export function isEmulated(kind: string): boolean {
  return kind === 'kqueue' && process.platform === 'linux';
}

/** Runs `program` in a process to its end, a minute at most: sanitizers are slow. */
export function runProgram(
  program: string,
  env: Readonly<Record<string, string>> = {},
): SpawnSyncReturns<string> {
  const source = `const addon = require(process.argv[1]);\n${program}`;
  return spawnSync(process.execPath, ['-e', source, addonPath()], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, ...env },
  });
}

/** What `program` printed; an error with all it said unless it ended well. */
export function outputOf(program: string, env?: Readonly<Record<string, string>>): string {
  const { status, signal, stdout, stderr } = runProgram(program, env);
  if (status !== 0) throw new Error(`exit code ${status}, signal ${signal}:\n${stdout}${stderr}`);
  return stdout.trim();
}

/**
 * Starts `program` in a worker, which finds `data` and `parentPort`. Terminated after the test, if still
 * there.
 */
export function startWorker(program: string, data: unknown = null): Worker {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    const addon = require(workerData.addonPath);
    const data = workerData.data;
    ${program}`;
  const worker = new Worker(source, { eval: true, workerData: { addonPath: addonPath(), data } });
  onTeardown(async () => {
    await worker.terminate();
  });
  return worker;
}

/** The next message of a worker. Rejects with its error, or when it ends without one. */
export function nextMessage(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error) => settle(() => reject(error));
    const onExit = () => settle(() => reject(new Error('the worker ended without a message')));
    const onMessage = (message: unknown) => settle(() => resolve(message));
    const settle = (answer: () => void) => {
      worker.off('error', onError).off('exit', onExit).off('message', onMessage);
      answer();
    };
    worker.on('error', onError).on('exit', onExit).on('message', onMessage);
  });
}

/** Resolves when a worker has ended by itself; rejects with its error. */
export function ended(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject).once('exit', () => resolve());
  });
}

/** Two descriptors from a call that writes them to `out`; closed after the test, unless the test did. */
export function openPair(open: (out: Int32Array) => number): [number, number] {
  const out = new Int32Array(2);
  const result = open(out);
  if (result !== 0) throw new Error(`opening a pair answered ${result}`);
  const [first = -1, second = -1] = out;
  return [first, second];
}

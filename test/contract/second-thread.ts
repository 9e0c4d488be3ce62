/** A thread that does something while the test's own thread is blocked. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll } from 'vitest';

const PROGRAM = `
const { parentPort } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const words = new Int32Array(new SharedArrayBuffer(4));
parentPort.on('message', ({ delayMs, writeFd, signal, count }) => {
  for (let i = 0; i < count; i += 1) {
    Atomics.wait(words, 0, 0, delayMs);
    if (signal === undefined) writeSync(writeFd, 'x');
    else process.kill(process.pid, signal);
  }
});
parentPort.postMessage('ready');
`;

export interface SecondThread {
  /** Writes a byte to `fd` after the delay. */
  writeLater(fd: number, delayMs: number): void;
  /** Sends a signal to this process after the delay, and again after each further one. */
  signalLater(signal: NodeJS.Signals, delayMs: number, count?: number): void;
}

/**
 * One thread for all tests of a file. Call it before `failOnFdLeaks()`: starting a thread opens descriptors.
 */
export function startSecondThread(): SecondThread {
  let worker: Worker | null = null;
  beforeAll(async () => {
    // libuv opens its signal pipe at the first handler, for good.
    const ignore = (): void => {};
    process.on('SIGUSR2', ignore);
    process.off('SIGUSR2', ignore);
    worker = new Worker(PROGRAM, { eval: true });
    await once(worker, 'message');
  });
  afterAll(async () => {
    await worker?.terminate();
  });
  // The empty list is the transfer list; with it nobody mistakes this for a window's postMessage.
  return {
    writeLater: (writeFd, delayMs) => worker?.postMessage({ writeFd, delayMs, count: 1 }, []),
    signalLater: (signal, delayMs, count = 1) => worker?.postMessage({ signal, delayMs, count }, []),
  };
}

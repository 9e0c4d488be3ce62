/** A worker whose loop runs a program while the main thread blocks; then the main thread's own does. */

import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { print, run, runProcess } from 'selectloop';

// Shells crash with the library of a sanitizer.
delete process.env.LD_PRELOAD;

function runOne(code: number, name: string): string {
  return run(function* () {
    const command = `cat; exit ${code}`;
    const { returncode, stdout } = yield* runProcess(command, {
      input: `from ${name}`,
      capture: true,
      check: false,
    });
    return `${returncode} ${stdout}`;
  });
}

if (isMainThread) {
  const done = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL(import.meta.url), { workerData: done });
  print('main blocks');
  // Nothing of Node turns here: neither its loop nor its handler of SIGCHLD.
  if (Atomics.wait(done, 0, 0, 20_000) === 'timed-out') process.exit(1);
  print(`main: ${runOne(8, 'main')}`);
  worker.unref();
} else {
  const done = workerData as Int32Array;
  print(`worker: ${runOne(7, 'the worker')}`);
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
}

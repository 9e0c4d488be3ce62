/**
 * For the tests of Ctrl-C: tasks with something to clean up. STUBBORN=1 makes the main one's cleanup hang.
 */
import { type Coroutine, createTask, KeyboardInterrupt, print, run, sleep } from 'selectloop';

function* worker(name: string): Coroutine<void> {
  try {
    print(`${name} works`);
    yield* sleep(60_000);
  } finally {
    yield* sleep(1);
    print(`${name} has cleaned up`);
  }
}

function* main(): Coroutine<void> {
  createTask(worker('task 1'));
  createTask(worker('task 2'));
  try {
    yield* worker('main');
  } finally {
    print('finally');
    if (process.env.STUBBORN === '1') yield* sleep(60_000);
  }
}

try {
  run(main);
} catch (error) {
  if (!(error instanceof KeyboardInterrupt)) throw error;
  print('interrupted');
  process.exit(error.exitCode);
}

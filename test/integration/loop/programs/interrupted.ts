/** Runs until Ctrl-C, in one of several ways; says what happens. */
import {
  CancelledError,
  type Coroutine,
  KeyboardInterrupt,
  print,
  run,
  sleep,
} from '../../../../src/index.ts';

const [way] = process.argv.slice(2);
process.on('SIGINT', () => {
  print('previous listener called');
  process.exit(0);
});

function* main(): Coroutine<string> {
  print('ready');
  try {
    yield* sleep(60_000);
  } catch (error) {
    print(`cancelled: ${error instanceof CancelledError}`);
    if (way === 'refuses') return 'refused';
    throw error;
  } finally {
    print('cleaning up');
    if (way === 'stuck in a computation') for (;;);
    if (way === 'stuck in a wait') for (;;) yield* sleep(10);
    yield* sleep(20);
    print('cleaned up');
  }
  return 'slept well';
}

function* busy(): Coroutine<void> {
  print('ready');
  try {
    for (;;) yield* sleep(0);
  } finally {
    print('cleaned up');
  }
}

try {
  if (way === 'busy') run(busy);
  else print(`run returned ${run(main)}`);
} catch (error) {
  print(`run threw ${(error as Error).name}`);
  if (error instanceof KeyboardInterrupt) print(`exit code ${error.exitCode}`);
}
// What was there before is there again: this one goes to Node's own loop, as it would without run().
process.kill(process.pid, 'SIGINT');
setTimeout(() => print('no listener was called'), 2000);

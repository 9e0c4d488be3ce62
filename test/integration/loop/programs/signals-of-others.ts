/** Signals that others want, too: launchers, libraries, Node and its children. Says what happens. */
import { spawn } from 'node:child_process';
import {
  type Coroutine,
  createTask,
  getRunningLoop,
  print,
  run,
  runMain,
  sleep,
} from '../../../../src/index.ts';

const [way] = process.argv.slice(2);
const send = (signal: NodeJS.Signals): void => void process.kill(process.pid, signal);

/** Waits, and takes `cleanUpMs` to end. */
function* slowToEnd(cleanUpMs: number): Coroutine<void> {
  try {
    print('up');
    yield* sleep(60_000);
  } finally {
    print('cleaning');
    yield* sleep(cleanUpMs);
    print('cleaned');
  }
}

/** Starts a child of Node's; says when Node has noticed its end. */
function startChild(): void {
  spawn('sleep', ['0.05']).on('exit', (code) => print(`exit event: ${code}`));
}

/** How often a handler for `signal` is called while `body` runs. */
function* counting(signal: NodeJS.Signals, body: () => Coroutine<void>): Coroutine<void> {
  const loop = getRunningLoop();
  let count = 0;
  loop.addSignalHandler(signal, () => {
    count++;
  });
  yield* body();
  yield* sleep(150);
  loop.removeSignalHandler(signal);
  print(`handler called: ${count > 0}`);
}

const ways: Record<string, () => void> = {
  main: () => runMain(() => slowToEnd(200)),
  stuck: () => runMain(() => slowToEnd(60_000)),
  'left over': () =>
    runMain(function* () {
      createTask(slowToEnd(400));
      yield* sleep(10);
    }),
  'child before': () => {
    startChild();
    run(() => counting('SIGCHLD', () => sleep(1)));
  },
  'child inside': () => {
    run(() =>
      counting('SIGCHLD', function* () {
        yield* sleep(1);
        startChild();
      }),
    );
  },
  'listener before': () => {
    process.once('SIGTERM', () => print('listener of Node'));
    run(() =>
      counting('SIGTERM', function* () {
        send('SIGTERM');
        yield* sleep(0);
      }),
    );
    setTimeout(() => {}, 50);
  },
  'listener inside': () => {
    run(() =>
      counting('SIGTERM', function* () {
        process.once('SIGTERM', () => print('listener of Node'));
        send('SIGTERM');
        yield* sleep(0);
      }),
    );
    setTimeout(() => {}, 50);
  },
  'listener removed inside': () => {
    const listener = (): void => print('listener of Node');
    process.on('SIGTERM', listener);
    run(() =>
      counting('SIGTERM', function* () {
        process.removeListener('SIGTERM', listener);
        send('SIGTERM');
        yield* sleep(0);
      }),
    );
  },
};

(ways[way as string] as () => void)();

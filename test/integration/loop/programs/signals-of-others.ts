/** Signals that others want, too: launchers, libraries, Node and its children. Says what happens. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  type Coroutine,
  createTask,
  Event,
  getRunningLoop,
  moveOnAfter,
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
function startChild(): ChildProcess {
  return spawn('sleep', ['60']).on('exit', (_code, signal) => print(`exit event: ${signal}`));
}

/** Whether a handler for `signal` is called for what `body` does, however long that takes. */
function* counting(signal: NodeJS.Signals, body: () => Coroutine<void>): Coroutine<void> {
  const loop = getRunningLoop();
  const called = new Event();
  loop.addSignalHandler(signal, () => called.set());
  yield* body();
  yield* moveOnAfter(8_000, () => called.wait());
  loop.removeSignalHandler(signal);
  print(`handler called: ${called.isSet()}`);
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
    const child = startChild();
    run(() =>
      counting('SIGCHLD', function* () {
        yield* sleep(1);
        child.kill('SIGKILL');
      }),
    );
  },
  'child inside': () => {
    run(() =>
      counting('SIGCHLD', function* () {
        yield* sleep(1);
        startChild().kill('SIGKILL');
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

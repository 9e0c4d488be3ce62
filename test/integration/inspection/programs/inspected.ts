/** A program to be looked at. Its argument says what it does. */
import {
  type Coroutine,
  createTask,
  Event,
  getRunningLoop,
  Lock,
  LoopThread,
  openSignalReceiver,
  print,
  run,
  sleep,
  startServer,
} from 'selectloop';

function* waitForever(event: Event): Coroutine<void> {
  yield* event.wait();
}

function* work(): Coroutine<void> {
  for (;;) {
    yield* sleep(1);
  }
}

/** Tasks that wait for each other and for nothing that comes: a server, a lock, an event, a worker. */
function* busy(): Coroutine<void> {
  const lock = new Lock();
  const event = new Event();
  using server = yield* startServer(
    function* (reader, writer) {
      for (let line = yield* reader.readLine(); line.length > 0; line = yield* reader.readLine())
        writer.write(line);
      writer.close();
    },
    { host: '127.0.0.1', port: 0 },
  );
  createTask(waitForever(event), { name: 'waits for an event' });
  createTask(
    function* holder() {
      yield* lock.acquire();
      yield* event.wait();
    },
    { name: 'holds the lock' },
  );
  createTask(
    function* wants() {
      yield* sleep(5);
      yield* lock.acquire();
    },
    { name: 'wants the lock' },
  );
  createTask(work(), { name: 'worker' });
  print(`ready ${String(server.sockets[0]?.getsockname()).split(',').at(-1)}`);
  yield* event.wait();
}

/** A step that never ends: only a watchdog can tell. */
function* stuck(): Coroutine<void> {
  print('ready');
  yield* sleep(300);
  spinForever();
}

function spinForever(): void {
  for (let i = 0; ; i++) if (i < 0) print('never');
}

/** Blocks in select() with nothing but a signal to wait for. */
function* idle(): Coroutine<void> {
  using terminations = openSignalReceiver('SIGTERM');
  print('ready');
  yield* terminations.next();
}

/** A loop of its own on another thread, which blocks, too. */
function* threaded(): Coroutine<void> {
  using terminations = openSignalReceiver('SIGTERM');
  const thread = new LoopThread<typeof import('./on-thread.ts')>(new URL('./on-thread.ts', import.meta.url));
  const call = thread.call('serveSlowly');
  yield* thread.call('begun');
  print('ready');
  yield* terminations.next();
  call.cancel();
  yield* thread.stop();
}

/** Ends by itself. */
function* ends(): Coroutine<void> {
  print('ready');
  yield* sleep(10);
}

/** Nobody will ever set the event. */
function* deadlocked(): Coroutine<void> {
  print('ready');
  yield* new Event().wait();
}

/** A step of which the watchdog of debug mode can tell where it is slow. */
function* slow(): Coroutine<void> {
  print('ready');
  // The watchdog's thread is starting.
  yield* sleep(500);
  compute(200);
  yield* sleep(1);
  let found = false;
  getRunningLoop().addInstrument({
    slowStep(_what, _durationMs, place) {
      found ||= place !== null;
      for (const { functionName, file, line } of place ?? []) print(`${functionName} ${file}:${line}`);
    },
  });
  // On a busy machine it takes the watchdog long to look.
  for (let durationMs = 500; !found && durationMs < 40_000; durationMs *= 2) {
    compute(durationMs);
    yield* sleep(1);
  }
}

function compute(durationMs: number): void {
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs);
}

const mains: Readonly<Record<string, () => Coroutine<unknown>>> = {
  busy,
  stuck,
  idle,
  threaded,
  ends,
  deadlocked,
  slow,
};
const main = mains[process.argv[2] ?? ''] ?? busy;
run(main);

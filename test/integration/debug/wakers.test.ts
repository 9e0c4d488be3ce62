/**
 * Each row of the table of docs/deadlocks.md: what prevents a deadlock from being told for as long as it is
 * there, and what does not. That of loops on threads is what all tests of those threads rest on.
 */
import { isMainThread } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  type Coroutine,
  createSubprocessExec,
  createTask,
  DeadlockError,
  Event,
  type EventLoop,
  isFuture,
  openSignalReceiver,
  ProcessPoolExecutor,
  Protocol,
  Runner,
  SharedLock,
  sleep,
  startServer,
  ThreadPoolExecutor,
} from '../../../src/index.ts';
import { type Socket, socketpair } from '../../../src/socket.ts';
import { isGuestMode } from './programs.ts';

/** What takes a waker back: at once, or with what is to be awaited for it. */
type Release = () => unknown;

/** Opens something on the running loop. */
type Opening = (loop: EventLoop) => Coroutine<Release>;

const workUrl = new URL('../executors/work.mjs', import.meta.url);

interface Work {
  later(delayMs: number, result: number): Promise<number>;
}

/**
 * Whether anything is left that could wake the loop: before it is opened, with it, and when it has been taken
 * back.
 */
function heldAndReleased(open: Opening): [before: boolean, held: boolean, after: boolean] {
  using runner = new Runner();
  const loop = runner.getLoop();
  const isLeft = (): boolean => loop.wakers.areLeft(-1, null);
  return runner.run(function* (): Coroutine<[boolean, boolean, boolean]> {
    const before = isLeft();
    const release = yield* open(loop);
    const held = isLeft();
    const end = release();
    if (isFuture(end)) yield* end;
    for (let i = 0; i < 3; i++) yield* sleep(0);
    return [before, held, isLeft()];
  });
}

class Silent extends Protocol {}

/** Something done to one end of a socket pair, which is undone before both are closed. */
function withPair(use: (loop: EventLoop, sock: Socket) => () => unknown): Opening {
  return function* (loop) {
    const [a, b] = socketpair();
    const undo = use(loop, a);
    yield* sleep(0);
    return () => {
      undo();
      a.close();
      b.close();
    };
  };
}

const counting: readonly (readonly [string, Opening])[] = [
  [
    'a callback for a descriptor, until it is removed',
    withPair((loop, sock) => {
      loop.addReader(sock, () => {});
      return () => loop.removeReader(sock);
    }),
  ],
  [
    'a callback for a descriptor, until its handle is cancelled',
    withPair((loop, sock) => {
      const handle = loop.addReader(sock, () => {});
      return () => handle.cancel();
    }),
  ],
  [
    'a socket call, until it is cancelled',
    withPair((loop, sock) => {
      const reply = loop.sockRecv(sock, 1);
      return () => reply.cancel();
    }),
  ],
  [
    'a server, until it is closed',
    function* () {
      const server = yield* startServer(() => {}, { host: '127.0.0.1', port: 0 });
      return () => server.close();
    },
  ],
  [
    'an open connection',
    function* (loop) {
      const [a, b] = socketpair();
      const [transport] = yield* loop.createConnection(() => new Silent(), { sock: a });
      return () => {
        transport.abort();
        b.close();
      };
    },
  ],
  [
    'a child, until its end',
    function* () {
      const child = yield* createSubprocessExec('sleep', ['60']);
      return () => {
        child.kill();
        return createTask(child.wait());
      };
    },
  ],
  [
    'a call on a thread, until it has returned; not the idle thread',
    function* () {
      const call = new ThreadPoolExecutor({ maxWorkers: 1 }).module<Work>(workUrl).later(50, 1);
      yield* sleep(0);
      return () => call;
    },
  ],
  [
    'a call in a process, until it has returned; not the idle process',
    function* () {
      const call = new ProcessPoolExecutor({ maxWorkers: 1 }).module<Work>(workUrl).later(50, 1);
      yield* sleep(0);
      return () => call;
    },
  ],
  [
    'an idle thread, while the loop offers calls to it',
    function* (loop) {
      yield* new ThreadPoolExecutor({ maxWorkers: 1 }).module<Work>(workUrl).later(0, 1);
      const withdraw = loop.offerCalls({ answer: () => 42 });
      return () => withdraw();
    },
  ],
  [
    'a name that is looked up, until there is an answer',
    function* (loop) {
      const answer = loop.getnameinfo(['127.0.0.1', 80]);
      // It is asked now, and answered in the next pass at the earliest.
      yield* sleep(0);
      return () => answer;
    },
  ],
  [
    'a wake handle that was given out, while somebody listens',
    function* (loop) {
      loop.wakeHandle();
      yield* sleep(0);
      const stop = loop.onWake(() => {});
      return () => stop();
    },
  ],
];

const signals: readonly (readonly [string, Opening])[] = [
  [
    'a handler of a signal, until it is removed',
    function* (loop) {
      loop.addSignalHandler('SIGUSR2', () => {});
      yield* sleep(0);
      return () => loop.removeSignalHandler('SIGUSR2');
    },
  ],
  [
    'a receiver of signals, until it is closed; of SIGINT too',
    function* () {
      const receiver = openSignalReceiver('SIGINT');
      yield* sleep(0);
      return () => receiver.close();
    },
  ],
];

describe.skipIf(isGuestMode)('counts', () => {
  it.each(counting)('%s', (_name, open) => {
    expect(heldAndReleased(open)).toEqual([false, true, false]);
  });

  it.runIf(isMainThread).each(signals)('%s', (_name, open) => {
    expect(heldAndReleased(open)).toEqual([false, true, false]);
  });
});

describe.skipIf(isGuestMode)('does not count', () => {
  const opened: readonly (readonly [string, Opening])[] = [
    [
      'Ctrl-C, which the runner has caught',
      function* () {
        yield* sleep(0);
        return () => undefined;
      },
    ],
    [
      'a wake handle for which nobody listens',
      function* (loop) {
        loop.wakeHandle();
        yield* sleep(0);
        return () => undefined;
      },
    ],
    [
      'a listener, where no handle was given out',
      function* (loop) {
        const stop = loop.onWake(() => {});
        loop.callSoonThreadsafe(() => {});
        yield* sleep(0);
        return () => stop();
      },
    ],
    [
      'a wait for a shared lock that a task of this thread holds',
      function* () {
        const lock = new SharedLock();
        yield* lock.acquire();
        const waiting = createTask(lock.acquire());
        yield* sleep(0);
        return () => {
          lock.release();
          return waiting;
        };
      },
    ],
    [
      'a timer of Node’s',
      function* () {
        const timer = setTimeout(() => {}, 60_000);
        yield* sleep(0);
        return () => clearTimeout(timer);
      },
    ],
  ];

  it.each(opened)('%s', (_name, open) => {
    expect(heldAndReleased(open)).toEqual([false, false, false]);
  });
});

describe.skipIf(isGuestMode)('daemons', () => {
  /** Runs a daemon beside a main that waits for ever; how main ends. */
  function endBeside(daemon: (loop: EventLoop) => Coroutine<void>): unknown {
    using runner = new Runner();
    try {
      return runner.run(function* () {
        createTask(daemon(runner.getLoop()), { daemon: true });
        yield* new Event().wait();
      });
    } catch (error) {
      return (error as Error).constructor;
    }
  }

  it.each<[string, (loop: EventLoop) => Coroutine<void>]>([
    ['that sleeps', () => sleep(60_000) as Coroutine<void>],
    [
      'that waits for a socket',
      function* (loop) {
        const [a, b] = socketpair();
        try {
          yield* loop.sockRecv(a, 1);
        } finally {
          a.close();
          b.close();
        }
      },
    ],
    [
      'whose own task sleeps',
      function* () {
        yield* createTask(sleep(60_000));
      },
    ],
  ])('one %s holds nobody', (_name, daemon) => {
    expect(endBeside(daemon)).toBe(DeadlockError);
  });

  it('one whose task is no daemon, holds', () => {
    using runner = new Runner();
    const event = new Event();
    const value = runner.run(function* () {
      createTask(
        function* () {
          createTask(
            function* () {
              yield* sleep(20);
              event.set();
            },
            { daemon: false },
          );
          yield* sleep(60_000);
        },
        { daemon: true },
      );
      return yield* event.wait();
    });
    expect(value).toBe(true);
  });
});

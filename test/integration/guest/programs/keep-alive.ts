/** Attaches a loop with one thing to wait for, and tells when the process ends. What: the first argument. */
import {
  createTask,
  EventLoop,
  ProcessPoolExecutor,
  sleep,
  startServer,
  toThread,
} from '../../../../src/index.ts';
import { socketpair } from '../../../../src/socket.ts';

const loop = new EventLoop();
const attachment = loop.attach();
/** Whether what Node was to stay for has come. What it is not to stay for would take a minute. */
let hasCome = false;
const come = (): void => {
  hasCome = true;
};
process.on('exit', () => console.log(`${process.argv[2]}: ${hasCome ? 'stayed' : 'left'}`));

function* fail(): Generator<never, never, unknown> {
  throw new RangeError('nobody looks at this');
}

const cases: Record<string, () => unknown> = {
  'a timer': () => loop.callLater(120, come),
  'an unref timer': () => loop.callLater(60_000, () => {}).unref(),
  'a cancelled timer': () => {
    const timer = loop.callLater(60_000, () => {});
    setImmediate(() => setImmediate(() => timer.cancel()));
  },
  'a task that sleeps': () => createTask(sleep(120)).addDoneCallback(come),
  'a lookup of a name': () => loop.getnameinfo(['127.0.0.1', 80]).addDoneCallback(come),
  'a call on a thread': () => toThread(() => 1).addDoneCallback(come),
  'a call in a process': () => {
    const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    pool
      .submit(() => 1)
      .addDoneCallback(() => {
        come();
        pool.shutdown();
      });
  },
  'a reader': () => {
    const [left, right] = socketpair();
    loop.addReader(left, () => {
      come();
      loop.removeReader(left);
    });
    setTimeout(() => right.send(Buffer.from('x')), 120).unref();
  },
  'an unref reader': () => {
    const [left] = socketpair();
    loop.addReader(left, () => {}).unref();
  },
  'a server that is closed by Node': () => {
    const server = createTask(startServer(() => {}, { host: '127.0.0.1', port: 0 }));
    setTimeout(() => {
      come();
      server.result().close();
    }, 120).unref();
  },
  'an unref server': () => {
    createTask(startServer(() => {}, { host: '127.0.0.1', port: 0 })).addDoneCallback((task) =>
      task.result().unref(),
    );
  },
  'an unref attachment': () => {
    loop.callLater(60_000, () => {});
    attachment.unref();
  },
  'a wake handle': () => loop.wakeHandle(),
  'a failed task': () => createTask(fail()),
  'a future that nobody completes': () =>
    createTask(
      (function* () {
        yield* loop.createFuture<void>();
      })(),
    ),
  'a detached loop': () => {
    loop.callLater(60_000, () => {});
    setImmediate(() => attachment.detach());
  },
};
(cases[process.argv[2] ?? ''] ?? (() => process.exit(3)))();

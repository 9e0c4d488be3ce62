/**
 * Programs that look as if they hang, and are woken from outside: by a timer, a descriptor, a thread, a
 * child.
 */

import { spawn } from 'node:child_process';
import {
  BoundedSemaphore,
  type Coroutine,
  createSubprocessExec,
  createTask,
  Event,
  getRunningLoop,
  Lock,
  moveOnAfter,
  openConnection,
  sleep,
  startServer,
  toThread,
} from '../../../src/index.ts';
import { type Socket, socketpair } from '../../../src/socket.ts';
import { type LookAlike, others } from './programs.ts';

const loop = getRunningLoop;

function* returning<T>(delayMs: number, value: T): Coroutine<T> {
  yield* sleep(delayMs);
  return value;
}

export const wokenFromOutside: readonly LookAlike[] = [
  {
    name: 'an event that a timer sets',
    *main() {
      const event = new Event();
      loop().callLater(20, () => event.set());
      return yield* event.wait();
    },
    result: true,
  },
  {
    name: 'an event that a callback sets in the next pass',
    *main() {
      const event = new Event();
      loop().callSoon(() => loop().callSoon(() => event.set()));
      return yield* event.wait();
    },
    result: true,
  },
  {
    name: 'an event that the end of a task sets',
    *main() {
      const event = new Event();
      createTask(returning(10, null)).addDoneCallback(() => event.set());
      return yield* event.wait();
    },
    result: true,
  },
  {
    name: 'a future that a thread completes',
    *main() {
      return yield* toThread(() => 42);
    },
    result: 42,
  },
  {
    name: 'a child that ends by itself',
    *main() {
      const child = yield* createSubprocessExec('sleep', ['0.05']);
      return yield* child.wait();
    },
    result: 0,
  },
  {
    name: 'a name that is looked up',
    *main() {
      const [first] = yield* loop().getaddrinfo('localhost', 80);
      return first !== undefined;
    },
    result: true,
  },
  {
    name: 'a signal that is handled, sent by a process that is not the loop’s',
    *main() {
      const event = new Event();
      loop().addSignalHandler('SIGUSR2', () => event.set());
      spawn('sh', ['-c', `sleep 0.05; kill -USR2 ${process.pid}`], { stdio: 'ignore' }).unref();
      yield* event.wait();
      return loop().removeSignalHandler('SIGUSR2');
    },
    result: true,
  },
  {
    name: 'a socket pair whose ends talk to each other',
    *main() {
      const [a, b] = socketpair();
      const answer = createTask(function* () {
        yield* loop().sockSendall(b, yield* loop().sockRecv(b, 10));
      });
      yield* loop().sockSendall(a, Buffer.from('ping'));
      const text = String(yield* loop().sockRecv(a, 10));
      yield* answer;
      a.close();
      b.close();
      return text;
    },
    result: 'ping',
  },
  {
    name: 'a descriptor with a callback of the user’s',
    *main() {
      const [a, b] = socketpair();
      const event = new Event();
      loop().addReader(a, () => event.set());
      createTask(function* () {
        b.send(Buffer.from('x'));
      });
      yield* event.wait();
      loop().removeReader(a);
      a.close();
      b.close();
      return 'called';
    },
    result: 'called',
  },
  {
    name: 'a server and its client in one program',
    *main() {
      using server = yield* startServer(
        function* (reader, writer) {
          writer.write(yield* reader.readLine());
          yield* writer.drain();
          writer.close();
        },
        { host: '127.0.0.1', port: 0 },
      );
      const [host, port] = (server.sockets[0] as Socket).getsockname() as [string, number];
      const [reader, writer] = yield* openConnection({ host, port });
      writer.write(Buffer.from('hello\n'));
      const line = String(yield* reader.readLine());
      writer.close();
      return line;
    },
    result: 'hello\n',
  },
  {
    name: 'a lock that a timer releases',
    *main() {
      const lock = new Lock();
      yield* lock.acquire();
      loop().callLater(5, () => lock.release());
      return yield* lock.acquire();
    },
    result: true,
  },
  {
    name: 'a semaphore given back by a callback',
    *main() {
      const semaphore = new BoundedSemaphore(1);
      yield* semaphore.acquire();
      loop().callLater(5, () => semaphore.release());
      return yield* semaphore.acquire();
    },
    result: true,
  },
  {
    name: 'a wait that a scope ends',
    *main() {
      return (yield* moveOnAfter(5, () => new Event().wait())) === undefined;
    },
    result: true,
  },
  {
    name: 'main ends, and leaves a task that never will',
    *main() {
      createTask(() => new Event().wait() as Coroutine<boolean>);
      yield* others();
      return 'left';
    },
    result: 'left',
  },
  {
    name: 'main ends beside a daemon that would go on for ever',
    *main() {
      const beats: number[] = [];
      createTask(
        function* () {
          for (;;) {
            yield* sleep(1);
            beats.push(1);
          }
        },
        { daemon: true },
      );
      yield* sleep(20);
      return beats.length > 0;
    },
    result: true,
  },
];

/**
 * Step 5: the loop. It owns the selector and the list of tasks.
 *
 *     node --import tsx examples/book/5-event-loop.ts
 *     nc 127.0.0.1 PORT               # the port that it prints; type a line
 *
 * One round: step every task, the main one first; drop those that have finished; sleep until a socket has something; call
 * what each ready socket was registered with. Until the main task ends.
 *
 * Knowingly missing, as in the chapter; docs/book.md says what each leads to and where selectloop has the answer:
 * - a socket stays registered when nobody awaits it, so what arrives then goes into a future that is already done and is
 *   lost, and an end of stream there makes the loop spin (src/loop/io-waiters.ts);
 * - a task that another task wakes goes on only after the next event of some socket (src/loop/ready-queue.ts, src/loop/step.ts);
 * - one callback a future, and it runs inside setResult (src/futures/future.ts);
 * - no way to fail: whatever throws ends the loop (src/futures/future.ts, src/tasks/task.ts);
 * - no cancellation, no timers, no wake-up from other threads (src/tasks/task.ts, src/loop/timers/timers.ts, src/loop/timers/entry-queue.ts);
 * - closing a socket leaves whoever awaits it waiting for ever (src/verbs/socket-verb.ts);
 * - reading only, 1024 bytes at a time; no connecting, no sending that waits (src/streams/);
 * - no answer to EAGAIN, ECONNRESET, EMFILE (src/verbs/accept.ts, src/verbs/receive.ts);
 * - each round looks at every task (src/tasks/task.ts: a future that is done queues its task).
 */

import { fileURLToPath } from 'node:url';
import { print } from 'selectloop';
import { DefaultSelector, EVENT_READ } from 'selectloop/selectors';
import type { Socket } from 'selectloop/socket';
import { type Coroutine, Future } from './2-awaitable-future.ts';
import { listen, type OnReady } from './3-socket-future.ts';
import { Task, type TaskRunner } from './4-task.ts';

const RECEIVE_BYTES = 1024;

/** Runs coroutines that wait for sockets. */
export class EventLoop implements TaskRunner {
  private readonly selector = new DefaultSelector<OnReady>();
  private tasks: Task<unknown>[] = [];

  /** From now on this task takes part. Tasks call it when they are made. */
  registerTask(task: Task<unknown>): void {
    this.tasks.push(task);
  }

  /** The next connection to a listening socket. */
  sockAccept(server: Socket): Future<Socket> {
    print('Registering socket to accept connections...');
    const future = new Future<Socket>();
    this.whenReadable(server, () => future.setResult(accept(server)));
    return future;
  }

  /** What the peer sends next; nothing at all when it has closed. */
  sockRecv(connection: Socket): Future<Buffer> {
    print('Registering socket to listen for data...');
    const future = new Future<Buffer>();
    this.whenReadable(connection, () => future.setResult(connection.recv(RECEIVE_BYTES)));
    return future;
  }

  /** Forgets a socket and closes it. */
  sockClose(sock: Socket): void {
    if (this.selector.getMap().has(sock)) this.selector.unregister(sock);
    sock.close();
  }

  /** Runs this coroutine, and every task beside it, until it has ended; its return value. */
  run<T>(coroutine: Coroutine<T>): T {
    const mainTask = new Task(coroutine, this);
    for (;;) {
      // A task made by another one during this round is stepped in it, too.
      for (const task of this.tasks) task.step();
      if (mainTask.isFinished()) return mainTask.result() as T;
      this.tasks = this.tasks.filter((task) => !task.isFinished());
      for (const [key] of this.selector.select()) {
        print('Selector has an event, processing...');
        key.data();
      }
    }
  }

  /** A second registration of a socket replaces the first one's function. */
  private whenReadable(sock: Socket, onReady: OnReady): void {
    if (this.selector.getMap().has(sock)) this.selector.modify(sock, EVENT_READ, onReady);
    else this.selector.register(sock, EVENT_READ, onReady);
  }
}

function accept(server: Socket): Socket {
  const [connection] = server.accept();
  connection.setblocking(false);
  return connection;
}

/** Hears one client out and returns what it said. */
function* listenToOne(loop: EventLoop, server: Socket): Coroutine<string> {
  const connection = yield* loop.sockAccept(server);
  const said: Buffer[] = [];
  for (;;) {
    const data = yield* loop.sockRecv(connection);
    if (data.length === 0) break;
    said.push(data);
  }
  loop.sockClose(connection);
  return Buffer.concat(said).toString();
}

function main(): void {
  const loop = new EventLoop();
  const server = listen(Number(process.env.PORT || 0));
  print(`Connect to port ${server.getsockname()[1]}, please.`);
  const said = loop.run(listenToOne(loop, server));
  print(`The main coroutine has returned ${JSON.stringify(said)}.`);
  loop.sockClose(server);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();

/**
 * Step 3: a future that a socket fulfils.
 *
 *     node --import tsx examples/book/3-socket-future.ts
 *     nc 127.0.0.1 PORT               # the port that it prints
 *
 * A selector knows which sockets have something for us. Each socket is registered with a function to call then; that function
 * accepts the connection and puts it into the future. While nothing happens, this thread sleeps in one system call.
 */

import { fileURLToPath } from 'node:url';
import { print } from 'selectloop';
import { type BaseSelector, DefaultSelector, EVENT_READ } from 'selectloop/selectors';
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, Socket } from 'selectloop/socket';
import { type Coroutine, Future } from './2-awaitable-future.ts';

/** What to do when a socket is ready. */
export type OnReady = () => void;

/** A socket that listens on 127.0.0.1 and never makes a call wait. Port 0 lets the system choose one. */
export function listen(port: number): Socket {
  const server = new Socket(AF_INET, SOCK_STREAM);
  server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  server.setblocking(false);
  server.bind(['127.0.0.1', port]);
  server.listen();
  return server;
}

/** The next connection, some day. */
function accept(selector: BaseSelector<OnReady>, server: Socket): Future<Socket> {
  const future = new Future<Socket>();
  selector.register(server, EVENT_READ, () => {
    selector.unregister(server);
    const [connection] = server.accept();
    future.setResult(connection);
  });
  return future;
}

function* greetOne(selector: BaseSelector<OnReady>, server: Socket): Coroutine<string> {
  using connection = yield* accept(selector, server);
  connection.sendall(Buffer.from('hello, and goodbye\n'));
  return connection.toString();
}

function main(): void {
  using selector = new DefaultSelector<OnReady>();
  using server = listen(Number(process.env.PORT || 0));
  print(`Connect to port ${server.getsockname()[1]}, please.`);
  const coroutine = greetOne(selector, server);
  let step = coroutine.next();
  while (step.done !== true) {
    for (const [key] of selector.select()) key.data();
    print('Something happened: let us see how far the coroutine gets.');
    step = coroutine.next();
  }
  print(`It greeted ${step.value}.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();

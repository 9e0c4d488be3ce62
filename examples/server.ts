/**
 * The main job: a server that logs what its clients send.
 *
 *     npm start                       # listens on 127.0.0.1:8000; HOST and PORT in the environment change that
 *     telnet 127.0.0.1 8000           # from one or many other terminals
 *
 * One coroutine accepts for ever and starts a task per connection; each task logs what it reads until its client closes.
 */

import {
  type Coroutine,
  createTask,
  getRunningLoop,
  KeyboardInterrupt,
  type LoopHooks,
  OSError,
  print,
  run,
} from 'selectloop';
import { AF_INET, AF_INET6, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, Socket } from 'selectloop/socket';

/** The loop's own lines of the log. Hooks are off unless a program sets them. */
const logHooks: LoopHooks = {
  socketCall(verb) {
    if (verb === 'accept') print('Registering socket to accept connections...');
    if (verb === 'recv') print('Registering socket to listen for data...');
  },
  selectorEvent() {
    print('Selector has an event, processing...');
  },
};

function* serve(host: string, port: number): Coroutine<void> {
  const loop = getRunningLoop();
  loop.setHooks(logHooks);
  using server = new Socket(host.includes(':') ? AF_INET6 : AF_INET, SOCK_STREAM);
  server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  server.setblocking(false);
  server.bind([host, port]);
  server.listen();
  const [boundHost, boundPort] = server.getsockname() as [string, number];
  print(`Serving on ${boundHost} port ${boundPort}. Ctrl-C ends.`, { fd: 2 });
  for (;;) {
    print('Waiting for connection...');
    const [client] = yield* loop.sockAccept(server);
    print(`I got a new connection from ${client}!`);
    createTask(readFromClient(client));
  }
}

function* readFromClient(client: Socket): Coroutine<void> {
  const loop = getRunningLoop();
  print(`Reading data from client ${client}`);
  try {
    for (;;) {
      const data = yield* loop.sockRecv(client);
      if (data.length === 0) break;
      print(`Got ${literal(data)} from client!`);
    }
    print(`Client ${client} has closed`);
  } catch (error) {
    if (!(error instanceof OSError)) throw error;
    print(`Lost client ${client}: ${error.message}`);
  } finally {
    loop.sockClose(client);
  }
}

/** Bytes on one line of ASCII, as Python writes them. */
function literal(data: Buffer): string {
  const text = JSON.stringify(data.toString('latin1'))
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll("'", "\\'");
  const ascii = text.replace(/[\x7f-\xff]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`);
  return `b'${ascii.replace(/\\u00(..)/g, '\\x$1')}'`;
}

function portFromEnvironment(): number {
  const text = process.env.PORT ?? '8000';
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new RangeError(`PORT must be a whole number from 0 to 65535, got '${text}'`);
}

/** Ends the program with one line for what a user can cause, and with the whole story for a bug. */
function fail(error: unknown): never {
  if (error instanceof KeyboardInterrupt) process.exit(error.exitCode);
  if (error instanceof OSError || error instanceof RangeError || error instanceof TypeError) {
    print(`Cannot serve: ${error.message}`, { fd: 2 });
    process.exit(1);
  }
  throw error;
}

try {
  const host = process.env.HOST ?? '127.0.0.1';
  const port = portFromEnvironment();
  run(() => serve(host, port));
} catch (error) {
  fail(error);
}

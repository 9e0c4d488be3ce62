/**
 * The main job: a server that logs what its clients send.
 *
 *     npm start                       # listens on 127.0.0.1:8000; HOST and PORT in the environment change that, or:
 *     npm run example -- server --host ::1 --port 8001
 *     telnet 127.0.0.1 8000           # from one or many other terminals
 *
 * One coroutine accepts for ever and starts a task per connection; each task logs what it reads until its client closes.
 * The log is standard output; what the operator must know goes to standard error. Ctrl-C ends with exit code 130, a log that
 * nobody reads any more (`| head`) with 141, as a shell reports SIGINT and SIGPIPE; what prevents serving with 1,
 * bad arguments with 2.
 */

import {
  type Coroutine,
  createTask,
  getRunningLoop,
  type Instrument,
  isDisconnect,
  OSError,
  print,
  runMain,
} from 'selectloop';
import { AF_INET, AF_INET6, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, Socket } from 'selectloop/socket';
import { anyText, commandLine, portNumber } from '../command-line.ts';

const { host, port } = commandLine('server', {
  host: anyText('127.0.0.1', 'the address it listens on', 'HOST'),
  port: portNumber(8000),
});

/** How many connections may wait to be accepted: room for a burst. The system cuts it to what it allows. */
const BACKLOG = 1024;

/** The loop's own lines of the log. An instrument costs nothing unless a program sets one. */
const logLines: Instrument = {
  socketCall(verb) {
    if (verb === 'accept') log('Registering socket to accept connections...');
    if (verb === 'recv') log('Registering socket to listen for data...');
  },
  selectorEvent() {
    log('Selector has an event, processing...');
  },
};

function* serve(server: Socket): Coroutine<never> {
  const loop = getRunningLoop();
  loop.addInstrument(logLines);
  try {
    for (;;) {
      log('Waiting for connection...');
      const [client] = yield* loop.sockAccept(server);
      log(`I got a new connection from ${client}!`);
      createTask(readFromClient(client));
    }
  } finally {
    loop.sockClose(server);
  }
}

function* readFromClient(client: Socket): Coroutine<void> {
  const loop = getRunningLoop();
  try {
    log(`Reading data from client ${client}`);
    for (;;) {
      const data = yield* loop.sockRecv(client);
      if (data.length === 0) break;
      log(`Got ${literal(data)} from client!`);
    }
    log(`Client ${client} has closed`);
  } catch (error) {
    // A client that vanishes is everyday business; anything else is a bug, which the loop reports.
    if (!isDisconnect(error)) throw error;
    log(`Lost client: ${error.message}`);
  } finally {
    loop.sockClose(client);
  }
}

/** Bytes on one line of ASCII, as Python writes them. */
function literal(data: Buffer): string {
  const names: Readonly<Record<string, string>> = { '\t': 't', '\n': 'n', '\r': 'r', "'": "'", '\\': '\\' };
  const hex = (char: string): string => `x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  const text = data.toString('latin1').replace(/[^ -~]|['\\]/g, (char) => `\\${names[char] ?? hex(char)}`);
  return `b'${text}'`;
}

/** Writes a line of the log. A server whose log is lost is of no use: it ends here, without a word when the reader left. */
function log(line: string): void {
  try {
    print(line);
  } catch (error) {
    if (error instanceof OSError && error.code === 'EPIPE') process.exit(141);
    fail('Cannot write the log', error);
  }
}

/** A listening socket. */
function listen(): Socket {
  const server = new Socket(host.includes(':') ? AF_INET6 : AF_INET, SOCK_STREAM);
  server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  server.setblocking(false);
  server.bind([host, port]);
  server.listen(BACKLOG);
  return server;
}

/** One line for what an operator can put right. */
function fail(what: string, error: unknown): never {
  if (!(error instanceof OSError)) throw error;
  print(`${what}: ${error.message}`, { fd: 2 });
  process.exit(1);
}

function main(): void {
  let server: Socket;
  try {
    server = listen();
  } catch (error) {
    fail('Cannot serve', error);
  }
  const [address, boundPort] = server.getsockname();
  print(`Serving on ${address} port ${boundPort}. Ctrl-C ends.`, { fd: 2 });
  runMain(() => serve(server));
}

main();

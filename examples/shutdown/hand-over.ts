/**
 * Replaces a running server by a new process, and no client notices. The new process asks the old one for its listening socket,
 * which travels over a unix socket as a descriptor (`SCM_RIGHTS`). The listening socket is one object of the kernel, with one
 * queue of connections, whoever holds it: there is no moment at which it is closed.
 *
 *     npm run example -- hand-over                    # 127.0.0.1:8020; --port changes that
 *     while curl -sS http://127.0.0.1:8020/; do sleep .1; done   # in a second terminal: who answers
 *     npm run example -- hand-over                    # in a third one: takes over, and the first ends
 */

import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Coroutine,
  getRunningLoop,
  isDisconnect,
  OSError,
  print,
  runMain,
  type StreamReader,
  type StreamWriter,
  startServer,
  TimeoutError,
  waitFor,
} from 'selectloop';
import { AF_UNIX, createServer, recvFds, SOCK_STREAM, Socket, sendFds } from 'selectloop/socket';
import { anyText, commandLine, portNumber } from '../command-line.ts';

const { port, control: controlPath } = commandLine('hand-over', {
  port: portNumber(8020),
  // Only its user may connect to it.
  control: anyText(
    join(process.env.XDG_RUNTIME_DIR || tmpdir(), 'selectloop-hand-over'),
    'a unix socket: where the process that serves can be asked for its listener',
    'PATH',
  ),
});

/** How long the other process may take for its part. */
const HAND_OVER_MS = 5000;

function* answer(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  using _ = writer;
  try {
    yield* reader.readUntil(Buffer.from('\r\n\r\n'));
    const text = `Process ${process.pid} at your service\n`;
    yield* writer.write(Buffer.from(`HTTP/1.0 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`));
  } catch (error) {
    if (!isDisconnect(error)) throw error;
  }
}

/** A connection to the process that serves now, `null` when there is none. */
function findPredecessor(): Socket | null {
  const sock = new Socket(AF_UNIX, SOCK_STREAM);
  sock.settimeout(HAND_OVER_MS);
  try {
    sock.connect(controlPath);
    return sock;
  } catch (error) {
    sock.close();
    if (error instanceof OSError && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')) return null;
    throw error;
  }
}

/** The listener that comes over a connection to its holder. */
function receiveListener(predecessor: Socket): Socket {
  const [, [fileno]] = recvFds(predecessor, 1, 1);
  if (fileno === undefined) throw new Error('the process that serves has ended instead of handing over');
  return Socket.fromFd(fileno);
}

function* serve(listener: Socket, predecessor: Socket | null): Coroutine<void> {
  using server = yield* startServer(answer, { sock: listener });
  rmSync(controlPath, { force: true });
  using control = createServer(controlPath, { family: AF_UNIX });
  control.setblocking(false);
  // Both accept now. One byte says so, and the other one stops.
  predecessor?.sendall(Buffer.from('!'));
  predecessor?.close();
  print(`Process ${process.pid} serves port ${listener.getsockname()[1]}`);
  while (!(yield* handOver(control, listener)));
  control.close();
  yield* server.shutdown();
  print(`Process ${process.pid} has handed over`);
}

/** Gives the listener to the next process that asks. Returns whether that one serves now: it may have failed. */
function* handOver(control: Socket, listener: Socket): Coroutine<boolean> {
  const loop = getRunningLoop();
  const [successor] = yield* loop.sockAccept(control);
  using _ = successor;
  try {
    sendFds(successor, [Buffer.from('!')], [listener.fileno()]);
    const reply = yield* waitFor(loop.sockRecv(successor, 1), HAND_OVER_MS);
    return reply.length > 0;
  } catch (error) {
    if (!(error instanceof OSError || error instanceof TimeoutError)) throw error;
    return false;
  }
}

const predecessor = findPredecessor();
const listener = predecessor === null ? createServer(['127.0.0.1', port]) : receiveListener(predecessor);
runMain(() => serve(listener, predecessor));

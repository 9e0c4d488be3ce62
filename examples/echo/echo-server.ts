/**
 * A TCP echo server on plain sockets: every byte goes back to its sender, as fast as the sender reads.
 *
 *     npm run example -- echo-server        # 127.0.0.1:8007; --port changes that
 *     nc 127.0.0.1 8007
 *
 * Once a connection is busy each message costs one `recv` and one `send`: interest stays registered between awaits, and a
 * short read is known to have drained the socket. `strace -f -c -p PID` shows it.
 */

import { type Coroutine, createTask, getRunningLoop, isDisconnect, print, runMain } from 'selectloop';
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, Socket } from 'selectloop/socket';
import { commandLine, portNumber } from '../command-line.ts';

const { port } = commandLine('echo-server', { port: portNumber(8007) });

function* echo(client: Socket): Coroutine<void> {
  const loop = getRunningLoop();
  using _ = client;
  try {
    for (;;) {
      const data = yield* loop.sockRecv(client, 65_536);
      if (data.length === 0) return;
      yield* loop.sockSendall(client, data);
    }
  } catch (error) {
    // The client has gone, and its echo with it.
    if (!isDisconnect(error)) throw error;
  }
}

function* serve(): Coroutine<never> {
  const loop = getRunningLoop();
  using server = new Socket(AF_INET, SOCK_STREAM);
  server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  server.bind(['127.0.0.1', port]);
  server.listen();
  print(`Echoing on port ${server.getsockname()[1]}`);
  for (;;) {
    const [client] = yield* loop.sockAccept(server);
    createTask(echo(client));
  }
}

runMain(serve);

/**
 * The TCP echo server again, with streams: a coroutine for each connection, which reads and writes. `startServer` accepts,
 * `yield* writer.write` waits for a client that reads slowly, so nothing piles up in memory.
 *
 *     npm run example -- echo-streams       # 127.0.0.1:8007; --port changes that
 *     nc 127.0.0.1 8007
 */

import {
  type Coroutine,
  isDisconnect,
  print,
  runMain,
  type StreamReader,
  type StreamWriter,
  startServer,
} from 'selectloop';
import { commandLine, portNumber } from '../command-line.ts';

const { port } = commandLine('echo-streams', { port: portNumber(8007) });

function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  using _ = writer;
  try {
    for (;;) {
      const data = yield* reader.read(65_536);
      if (data.length === 0) return;
      yield* writer.write(data);
    }
  } catch (error) {
    // The client has gone, and its echo with it.
    if (!isDisconnect(error)) throw error;
  }
}

function* serve(): Coroutine<never> {
  using server = yield* startServer(echo, '127.0.0.1', port);
  print(`Echoing on port ${server.port}`);
  return yield* server.serveForever();
}

runMain(serve);

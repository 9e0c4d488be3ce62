/** A connection of ours to a server of ours, for the tests of bridges. */
import {
  type Coroutine,
  openConnection,
  type Server,
  type StreamReader,
  type StreamWriter,
  startServer,
} from '../../src/index.ts';

export type Handler = (reader: StreamReader, writer: StreamWriter) => Coroutine<void>;

/** The port of a server of ours. */
export function portOf(server: Server): number {
  return (server.sockets[0]?.getsockname() as [string, number] | undefined)?.[1] ?? 0;
}

export const local = { host: '127.0.0.1', port: 0 };

/** A connection of ours to a server of ours. */
export function* connected(handler: Handler): Coroutine<[StreamReader, StreamWriter, Server]> {
  const server = yield* startServer(handler, local);
  const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: portOf(server) });
  return [reader, writer, server];
}

/** Sends back what it receives, to the end. */
export function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  for (let data = yield* reader.read(65536); data.length > 0; data = yield* reader.read(65536))
    yield* writer.write(data);
  writer.writeEof();
  yield* writer.drain();
  writer.close();
}

/** More than the system holds. */
export const bytes = Buffer.alloc(3_000_000, 'abcdefg');

/** Connections for coroutines. */

import type { Coroutine } from '../coroutines/coroutine.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { ConnectingLoop } from '../transports/connect-socket.ts';
import {
  type ConnectionOptions,
  connect,
  connectToPath,
  type UnixConnectionOptions,
} from '../transports/create-connection.ts';
import { type HostPlace, hostOptions, type PathPlace, pathOptions } from '../transports/place-arguments.ts';
import { StreamReaderProtocol } from './stream-protocol.ts';
import { StreamReader } from './stream-reader.ts';
import { StreamWriter } from './stream-writer.ts';

/** What the ends of a stream may be told. */
export interface StreamOptions {
  /** The reader's limit: the longest line, in bytes. Default: 64 KiB. */
  readonly limit?: number | undefined;
}

/** The two ends of a new connection. */
type Streams = Coroutine<[reader: StreamReader, writer: StreamWriter]>;

/**
 * Connects to a host and a port. `asyncio.open_connection` of CPython 3.13.
 *
 *     const [reader, writer] = yield* openConnection('localhost', 8000);
 *     yield* writer.write(Buffer.from('hello\n'));
 *     const answer = yield* reader.readLine();
 *     writer.close();
 *
 * @param place host, port and perhaps options; or one object with all options:
 *   `openConnection({ host: 'localhost', port: 8000, ssl: true })`
 * @throws OSError such as ECONNREFUSED; RuntimeError outside of a running loop
 */
export function* openConnection(...place: HostPlace<ConnectionOptions & StreamOptions>): Streams {
  const loop = runningLoop('openConnection') as ConnectingLoop;
  const options: ConnectionOptions & StreamOptions = hostOptions('openConnection', '', place);
  const { reader, protocol } = newReader(loop, options);
  const [transport] = yield* connect(loop, 'openConnection', () => protocol, options);
  return [reader, new StreamWriter(transport, protocol, reader, loop)];
}

/**
 * Connects to a unix socket. `asyncio.open_unix_connection` of CPython 3.13.
 *
 *     const [reader, writer] = yield* openUnixConnection('/run/my.sock');
 *
 * @param place the path and perhaps options; or one object with all options
 * @throws OSError such as ENOENT, ECONNREFUSED
 */
export function* openUnixConnection(...place: PathPlace<UnixConnectionOptions & StreamOptions>): Streams {
  const loop = runningLoop('openUnixConnection') as ConnectingLoop;
  const options: UnixConnectionOptions & StreamOptions = pathOptions('openUnixConnection', '', place);
  const { reader, protocol } = newReader(loop, options);
  const [transport] = yield* connectToPath(loop, 'openUnixConnection', () => protocol, options);
  return [reader, new StreamWriter(transport, protocol, reader, loop)];
}

function newReader(
  loop: ConnectingLoop,
  options: StreamOptions,
): { reader: StreamReader; protocol: StreamReaderProtocol } {
  const reader = new StreamReader({ limit: options.limit, loop });
  return { reader, protocol: new StreamReaderProtocol(reader, { loop }) };
}

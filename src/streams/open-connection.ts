/** Connections for coroutines. */

import type { Coroutine } from '../coroutines/coroutine.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { ConnectingLoop } from '../transports/connect-socket.ts';
import {
  type ConnectionOptions,
  createConnection,
  createUnixConnection,
  type UnixConnectionOptions,
} from '../transports/create-connection.ts';
import { StreamReaderProtocol } from './stream-protocol.ts';
import { StreamReader } from './stream-reader.ts';
import { StreamWriter } from './stream-writer.ts';

/** What the ends of a stream may be told. */
export interface StreamOptions {
  /** The reader's limit: the longest line, in bytes. Default: 64 KiB. */
  readonly limit?: number | undefined;
}

/**
 * Connects to a host and a port. `asyncio.open_connection` of CPython 3.13.
 *
 *     const [reader, writer] = yield* openConnection({ host: 'localhost', port: 8000 });
 *     yield* writer.write(Buffer.from('hello\n'));
 *     const answer = yield* reader.readLine();
 *     writer.close();
 *
 * @throws OSError such as ECONNREFUSED; RuntimeError outside of a running loop
 */
export function* openConnection(
  options: ConnectionOptions & StreamOptions,
): Coroutine<[reader: StreamReader, writer: StreamWriter]> {
  const loop = runningLoop('openConnection') as ConnectingLoop;
  const { reader, protocol } = newReader(loop, options);
  const [transport] = yield* createConnection(loop, () => protocol, options);
  return [reader, new StreamWriter(transport, protocol, reader, loop)];
}

/**
 * Connects to a unix socket. `asyncio.open_unix_connection` of CPython 3.13.
 * @throws OSError such as ENOENT, ECONNREFUSED
 */
export function* openUnixConnection(
  options: UnixConnectionOptions & StreamOptions,
): Coroutine<[reader: StreamReader, writer: StreamWriter]> {
  const loop = runningLoop('openUnixConnection') as ConnectingLoop;
  const { reader, protocol } = newReader(loop, options);
  const [transport] = yield* createUnixConnection(loop, () => protocol, options);
  return [reader, new StreamWriter(transport, protocol, reader, loop)];
}

function newReader(
  loop: ConnectingLoop,
  options: StreamOptions,
): { reader: StreamReader; protocol: StreamReaderProtocol } {
  const reader = new StreamReader({ limit: options.limit, loop });
  return { reader, protocol: new StreamReaderProtocol(reader, { loop }) };
}

/** Servers for coroutines. */

import type { Coroutine } from '../coroutines/coroutine.ts';
import { describeValue, isAsyncFunction, PROMISE_REMEDY } from '../coroutines/misuse.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { ResolvingLoop } from '../resolvers/host-addresses.ts';
import type { Task } from '../tasks/task.ts';
import {
  type ServerOptions,
  serve,
  serveAtPath,
  type UnixServerOptions,
} from '../transports/create-server.ts';
import { type HostPlace, hostOptions, type PathPlace, pathOptions } from '../transports/place-arguments.ts';
import type { Server } from '../transports/server.ts';
import type { StreamOptions } from './open-connection.ts';
import { type ClientConnected, StreamReaderProtocol } from './stream-protocol.ts';
import { StreamReader } from './stream-reader.ts';

/**
 * Serves each connection with `clientConnected`. `asyncio.start_server` of CPython 3.13.
 *
 *     const server = yield* startServer(function* (reader, writer) {
 *       yield* reader.lines((line) => writer.write(line));
 *       writer.close();
 *     }, '127.0.0.1', 8000);
 *     yield* server.serveForever();
 *
 * @param clientConnected a coroutine function, which runs as a task for each connection, held until it ends;
 *   or a plain function; in a guest also an async one. An error in it goes to the loop's exception handler,
 *   and the connection is closed
 * @param place host, port and perhaps options; or one object with all options:
 *   `{ host: '127.0.0.1', port: 8000, ssl: context }`
 * @throws OSError such as EADDRINUSE; RuntimeError outside of a running loop; TypeError for an async function
 *   in a blocking run
 */
export function* startServer(
  clientConnected: ClientConnected,
  ...place: HostPlace<ServerOptions & StreamOptions>
): Coroutine<Server> {
  const loop = runningLoop('startServer') as ResolvingLoop;
  const options: ServerOptions & StreamOptions = hostOptions('startServer', 'handler, ', place);
  const handlers = new Set<Task<unknown>>();
  const factory = protocolFactory(loop, 'startServer', clientConnected, options, handlers);
  return yield* serve(loop, 'startServer', factory, { ...options, handlers });
}

/**
 * {@link startServer} on a unix socket. `asyncio.start_unix_server` of CPython 3.13.
 * @param clientConnected called with a reader and a writer for each connection
 * @param place the path and perhaps options; or one object with all options
 * @throws OSError such as EADDRINUSE where a server listens already, EACCES
 */
export function* startUnixServer(
  clientConnected: ClientConnected,
  ...place: PathPlace<UnixServerOptions & StreamOptions>
): Coroutine<Server> {
  const loop = runningLoop('startUnixServer') as ResolvingLoop;
  const options: UnixServerOptions & StreamOptions = pathOptions('startUnixServer', 'handler, ', place);
  const handlers = new Set<Task<unknown>>();
  const factory = protocolFactory(loop, 'startUnixServer', clientConnected, options, handlers);
  return yield* serveAtPath(loop, 'startUnixServer', factory, { ...options, handlers });
}

function protocolFactory(
  loop: ResolvingLoop,
  call: string,
  clientConnected: ClientConnected,
  { limit }: StreamOptions,
  handlers: Set<Task<unknown>>,
): () => StreamReaderProtocol {
  if (typeof clientConnected !== 'function') {
    throw new TypeError(
      `${call}: a function is needed to serve clients, got ${describeValue(clientConnected)}`,
    );
  }
  if (isAsyncFunction(clientConnected) && !loop.isGuest) {
    throw new TypeError(
      `${call}: ${clientConnected.name || 'the handler'} is an async function. Make it a function*. ${PROMISE_REMEDY}`,
    );
  }
  // A wrong limit throws here, rather than being reported with each connection.
  new StreamReader({ limit, loop });
  return () =>
    new StreamReaderProtocol(new StreamReader({ limit, loop }), { clientConnected, handlers, loop });
}

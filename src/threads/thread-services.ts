/**
 * What this package does in a loop's thread besides calling the user's module: listening for
 * `serveOnThreads`.
 */

import type { Coroutine } from '../coroutines/coroutine.ts';
import { createServer } from '../sockets/create-server.ts';
import { fromfd } from '../sockets/open.ts';
import type { Socket } from '../sockets/socket.ts';
import { toCoroutine } from '../tasks/to-coroutine.ts';
import { Server } from '../transports/server.ts';

/**
 * Where a thread listens: at an address, with a socket of its own; or nowhere, and its starter, which accepts
 * at the socket `fd`, sends it connections.
 */
export type ListenPlace =
  | { readonly host: string; readonly port: number; readonly family: number; readonly backlog: number }
  | { readonly fd: number };

/** A function that the starter calls in a thread, under a name that begins with `#`. */
type ThreadService = (module: Record<string, unknown>, ...args: never[]) => Coroutine<unknown>;

const servers: Server[] = [];

function open(place: ListenPlace): Socket {
  if ('fd' in place) return fromfd(place.fd);
  const { host, port, family, backlog } = place;
  return createServer([host, port], { family, backlog, reusePort: true });
}

/** Listens, and gives the socket to the module's `serve`. */
function* serve(module: Record<string, unknown>, place: ListenPlace): Coroutine<void> {
  const start = module.serve;
  if (typeof start !== 'function') {
    throw new TypeError(
      'serveOnThreads: the module must export `function* serve(sock: Socket): Coroutine<Server>`; it has no function of that name',
    );
  }
  const sock = open(place);
  sock.setblocking(false);
  let server: unknown;
  try {
    server = yield* toCoroutine(start as (sock: Socket) => unknown)(sock);
  } catch (error) {
    sock.close();
    throw error;
  }
  if (server instanceof Server) {
    if ('fd' in place) server.stopAccepting();
    servers.push(server);
    return;
  }
  sock.close();
  throw new TypeError(
    'serveOnThreads: serve() must return the Server that startServer() or createServer() made',
  );
}

/** Serves connections that the starter has accepted. It closes its own descriptors when this has returned. */
function* takeConnections(_module: Record<string, unknown>, fds: readonly number[]): Coroutine<void> {
  const [server] = servers;
  // Without one it is shutting down: the connections are closed by the starter.
  if (server === undefined) return;
  for (const fd of fds) server.serveConnection(fromfd(fd));
}

/** Ends the servers in order: see `Server.shutdown`. */
function* shutdown(_module: Record<string, unknown>, graceMs: number): Coroutine<void> {
  for (const server of servers.splice(0)) yield* server.shutdown({ graceMs });
}

export const threadServices: Readonly<Record<string, ThreadService>> = {
  '#serve': serve,
  '#connections': takeConnections,
  '#shutdown': shutdown,
};

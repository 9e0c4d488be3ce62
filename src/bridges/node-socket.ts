/**
 * One connection or listening socket, in other hands: ours to Node's, and back. The descriptor is duplicated,
 * so that each side closes its own, and what was there is closed when the other has it.
 */

import { renameSync } from 'node:fs';
// oxlint-disable-next-line no-restricted-imports -- types: these are the objects that are handed over
import type { Server as NetServer, Socket as NetSocket } from 'node:net';
import { RuntimeError } from '../base/errors.ts';
import { nodeModules } from '../base/node-modules.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { fromfd } from '../sockets/open.ts';
import type { Socket } from '../sockets/socket.ts';
import { requireNodeTurns } from './node-turns.ts';

/** What Node's sockets and servers keep their descriptor in. Not documented, and there since Node 0.10. */
interface WithHandle {
  readonly _handle?: { readonly fd?: number } | null;
}

/**
 * Hands a connected socket to Node: a `net.Socket`, for `node:http` (`server.emit('connection', socket)`),
 * `node:tls` (`new TLSSocket(socket)`) and libraries that take one. Ours is closed.
 *
 *     const [conn] = yield* loop.sockAccept(listener);
 *     httpServer.emit('connection', toNodeSocket(conn));
 *
 * @param sock connected, of TCP or of unix streams. A connection that a transport has is for {@link toDuplex}
 * @throws RuntimeError in a blocking run, and for a socket that a loop uses; TypeError for one that is no
 *   stream
 */
export function toNodeSocket(sock: Socket): NetSocket {
  return handOver('toNodeSocket', sock, (fd) => {
    return new nodeModules.net.Socket({ fd, readable: true, writable: true, allowHalfOpen: false });
  });
}

/**
 * Has a server of Node's listen on a socket of ours, which is bound already: `net.Server`, `http.Server`,
 * `https.Server`. Ours is closed.
 *
 *     listenInNode(httpServer, sock);
 *
 * @returns the server, which says `listening`, or `error`, in Node's next turn
 * @throws as {@link toNodeSocket}
 */
export function listenInNode<S extends NetServer>(server: S, sock: Socket): S {
  return handOver('listenInNode', sock, (fd) => server.listen({ fd }));
}

/**
 * Takes a connection from Node's `net.Socket`, or the listening socket of a `net.Server`: a socket of ours.
 * Node's is closed; the path of a server stays.
 *
 *     server.on('connection', (socket) => createTask(serve(fromNodeSocket(socket))));
 *
 * For a server made with `pauseOnConnect: true`, and for sockets that have not been read from: what Node has
 * received, or has not sent, cannot be taken along. Where that may be, take {@link fromNodeStream}.
 *
 * @throws RuntimeError for a socket with unread or unsent bytes, with TLS, or that is closed or connecting;
 *   TypeError for anything else
 */
export function fromNodeSocket(socket: NetSocket | NetServer): Socket {
  const refusal = refusalOf(socket);
  if (refusal !== null)
    throw new RuntimeError(`fromNodeSocket: ${refusal} fromNodeStream() takes any stream.`);
  // oxlint-disable-next-line no-underscore-dangle -- Node's name for it
  const fd = (socket as WithHandle)._handle?.fd ?? -1;
  if (fd < 0)
    throw new RuntimeError('fromNodeSocket: the socket has no descriptor: it is closed, or not open yet.');
  const sock = fromfd(fd);
  if (isServer(socket)) closeKeepingPath(socket);
  else socket.destroy();
  return sock;
}

/**
 * Closes a server of Node's. libuv removes the path that it listens at (uv__pipe_close), where clients are to
 * find the socket that we keep: so the file is elsewhere meanwhile.
 */
function closeKeepingPath(server: NetServer): void {
  const path = server.address();
  const aside = typeof path === 'string' && !path.startsWith('\0') ? `${path}.${process.pid}` : null;
  const isAside = aside !== null && mayRename(path as string, aside);
  server.close();
  if (isAside) renameSync(aside, path as string);
}

/** Moves a file, where that is possible. Where it is not, libuv cannot remove it either. */
function mayRename(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

/** Gives a duplicate of the descriptor away, then closes the socket. */
function handOver<T>(call: string, sock: Socket, take: (fd: number) => T): T {
  requireNodeTurns(call, null);
  if (sock.watcher !== null) {
    throw new RuntimeError(
      `${call}: ${sock} is in use by a loop. For a connection of a transport, take toDuplex().`,
    );
  }
  const { SOCK_STREAM } = sock.kernel.constants;
  if (sock.type !== SOCK_STREAM) throw new TypeError(`${call}: a stream socket is needed, got ${sock}`);
  const fd = sock.dup().detach();
  let taken: T;
  try {
    taken = take(fd);
  } catch (error) {
    sock.kernel.fds.close(fd);
    throw error;
  }
  sock.close();
  return taken;
}

function refusalOf(socket: NetSocket | NetServer): string | null {
  if (isServer(socket)) return null;
  if (typeof (socket as Partial<NetSocket> | null)?.destroy !== 'function') {
    throw new TypeError(
      `fromNodeSocket: a net.Socket or a net.Server is needed, got ${describeValue(socket)}`,
    );
  }
  if ('encrypted' in socket) return 'a TLSSocket speaks TLS in Node.';
  if (socket.connecting) return 'the socket is not connected yet.';
  if (socket.readableLength > 0 || socket.readableFlowing === true)
    return 'Node has begun to read from the socket.';
  return socket.writableLength > 0 ? 'Node has not sent all of what was written.' : null;
}

function isServer(socket: NetSocket | NetServer): socket is NetServer {
  return typeof (socket as Partial<NetServer> | null)?.listen === 'function';
}

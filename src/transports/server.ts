/**
 * Listening sockets, and the connections that came from them.
 *
 * | state   | entered by                         | isServing() | new connections       | waitClosed() |
 * |---------|------------------------------------|-------------|-----------------------|--------------|
 * | bound   | construction                       | false       | refused by the system | waits        |
 * | serving | startServing, serveForever         | true        | are taken             | waits        |
 * | closing | close() with clients left          | false       | refused               | waits        |
 * | closed  | close(), and the last client's end | false       | refused               | returns      |
 */

import { CancelledError, RuntimeError } from '../base/errors.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { isInterrupt } from '../coroutines/thrown.ts';
import { Future } from '../futures/future.ts';
import { addWaiter, wakeWaiters } from '../futures/waiter-list.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Socket } from '../sockets/socket.ts';
import { spawn } from '../tasks/create-task.ts';
import { currentTask } from '../tasks/current-task.ts';
import { sleep } from '../tasks/sleep.ts';
import type { Task } from '../tasks/task.ts';
import { wait } from '../tasks/wait.ts';
import { Acceptor } from './acceptor.ts';
import { requireProtocol } from './base.ts';
import { ClientCount } from './client-count.ts';
import { graceMsOf } from './grace.ts';
import { forgetOpen, type OpenResource, openResourcesOf, rememberOpen } from './open-resources.ts';
import type { StreamProtocol } from './protocol.ts';
import { type ServerAddress, serverAddress } from './server-address.ts';
import { SocketTransport } from './socket-transport.ts';
import { encryptedTransport, outermostTransport } from './tls/start-tls.ts';
import type { TlsSettings } from './tls/tls-options.ts';

/**
 * How long a cancelled {@link Server.serveForever} lets closed connections send what is left. Arbitrary;
 * Ctrl-C should not take longer.
 */
const FLUSH_MS = 1000;

/** What a server is made from. */
export interface ServerParts {
  readonly sockets: readonly Socket[];
  readonly protocolFactory: () => StreamProtocol;
  readonly backlog: number;
  /** Called once, when the listening sockets have been closed. */
  readonly onClosed?: (() => void) | undefined;
  /** Tasks that serve the connections: a shutdown waits for them, and cancels those that go on. */
  readonly handlers?: ReadonlySet<Task<unknown>> | undefined;
  /** How to encrypt the connections. Default: not at all. */
  readonly tls?: TlsSettings | null;
}

/**
 * A running server, as `createServer` and `startServer` return it. `asyncio.Server` of CPython 3.13.
 *
 *     using server = yield* loop.createServer(() => new Echo(), { host: '127.0.0.1', port: 8000 });
 *     yield* server.serveForever();
 */
export class Server implements OpenResource {
  private readonly loop: LoopCore;
  private readonly parts: ServerParts;
  /** @internal */
  previousOpen: OpenResource | null = null;
  /** @internal */
  nextOpen: OpenResource | null = null;
  private readonly clients = new ClientCount(() => this.wakeIfClosed());
  private readonly waiters: Future<void>[] = [];
  private listeners: readonly Socket[] | null;
  /** Of the first socket, since it listens. */
  private listensAt: ServerAddress | string | null = null;
  private acceptors: Acceptor[] | null = null;
  private serving: Future<never> | null = null;

  /** @internal */
  constructor(loop: LoopCore, parts: ServerParts) {
    this.loop = loop;
    this.parts = parts;
    this.listeners = parts.sockets;
    rememberOpen(loop, this);
  }

  /** The listening sockets; none when closed. For their names and options. */
  get sockets(): readonly Socket[] {
    return this.listeners ?? [];
  }

  /**
   * The port that it listens at, also when it has been closed since. Of several sockets, such as for IPv6 and
   * IPv4 with a port that the system chose, the first one's: see {@link sockets} for the others.
   * @throws RuntimeError for a server without a port: on a path, or closed before it listened
   */
  get port(): number {
    const place = this.address() ?? this.listensAt;
    if (place !== null && typeof place !== 'string') return place.port;
    throw new RuntimeError(
      `${this}: the server has no port${place === null ? ', it is closed' : `: it listens at ${place}`}`,
    );
  }

  /**
   * Where it listens, as `server.address()` of Node's `net`: address, family and port of the first socket, or
   * the path of a unix socket; `null` when closed.
   */
  address(): ServerAddress | string | null {
    const [first] = this.sockets;
    return first === undefined || first.closed ? null : serverAddress(first);
  }

  /** The loop it belongs to. */
  getLoop(): LoopCore {
    return this.loop;
  }

  /**
   * In guest mode: Node need not stay for this server's listening sockets; connections it has taken still
   * count.
   */
  unref(): this {
    return this.setRef(false);
  }

  /** Undoes {@link unref}. */
  ref(): this {
    return this.setRef(true);
  }

  private setRef(isRef: boolean): this {
    for (const listener of this.sockets) this.loop.io.slotOfSocket(listener, 'unref').isRef = isRef;
    this.loop.watchRefChanged();
    return this;
  }

  /** Whether it takes connections. */
  isServing(): boolean {
    return this.listeners !== null && this.acceptors !== null;
  }

  /** Begins to take connections; harmless when it does already. @throws RuntimeError when closed */
  *startServing(): Coroutine<void> {
    this.listen();
    yield* sleep(0);
  }

  /**
   * Serves until this is cancelled: then it closes the server and its connections, and goes on with the
   * cancellation. What clients have not taken after a second is dropped. When somebody else closes the
   * server, it waits for the last connection.
   * @throws CancelledError, in both cases; RuntimeError when closed, or called twice
   */
  *serveForever(): Coroutine<never> {
    if (this.serving !== null) {
      throw new RuntimeError(`${this}: serveForever() is already being awaited`);
    }
    this.listen();
    const serving = new Future<never>({ loop: this.loop });
    this.serving = serving;
    try {
      return yield* serving;
    } catch (error) {
      if (error instanceof CancelledError) {
        // Closed by somebody else, who may have other plans for the connections that are left.
        if (this.listeners === null) yield* this.waitClosed();
        else yield* this.endClients();
      }
      throw error;
    } finally {
      this.serving = null;
    }
  }

  /** Takes no more connections. Those that are there go on: see {@link closeClients} and {@link shutdown}. */
  close(): void {
    const { listeners, serving } = this;
    if (listeners === null) return;
    this.listeners = null;
    for (const acceptor of this.acceptors ?? []) acceptor.stop();
    this.releaseListeners(listeners);
    this.serving = null;
    serving?.cancel();
    this.wakeIfClosed();
  }

  /** Closes all connections, each when its unsent bytes are sent. */
  closeClients(): void {
    for (const transport of this.connections()) outermostTransport(transport).close();
  }

  /** Closes all connections now; what is not sent is lost. */
  abortClients(): void {
    for (const transport of this.connections()) transport.abort();
  }

  /** Returns when the server is closed and its last connection has ended, in whatever order. */
  *waitClosed(): Coroutine<void> {
    if (!this.isClosed()) yield* this.closedFuture();
  }

  /**
   * Ends the server in order: takes no more connections, lets those that are there end by themselves, then
   * closes them, drops what their peers do not take, and cancels handlers of `startServer` that still run.
   * Returns when all is over; it cannot hang on a peer. (Not in asyncio, where each program writes it anew.)
   *
   *     yield* server.shutdown({ graceMs: 10_000 });
   *
   * @param options `graceMs`: how long connections may go on by themselves. Default: 5 s; 0 for not at all
   */
  *shutdown(options: { readonly graceMs?: number | undefined } = {}): Coroutine<void> {
    const graceMs = graceMsOf(options);
    this.close();
    // A handler that shuts its own server down does not wait for itself.
    const self = currentTask(this.loop);
    try {
      yield* this.untilIdle(self, graceMs);
    } finally {
      this.closeClients();
      this.abortClients();
      for (const handler of this.parts.handlers ?? []) if (handler !== self) handler.cancel();
    }
    yield* this.untilIdle(self, null);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** `await using server = …` in async code of a guest: {@link shutdown}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await spawn(this.loop, this.shutdown());
  }

  /** @internal */
  releaseNow(): void {
    const { listeners } = this;
    this.listeners = null;
    for (const acceptor of this.acceptors ?? []) acceptor.release();
    if (listeners !== null) this.releaseListeners(listeners);
  }

  toString(): string {
    const state = this.isServing() ? 'serving' : this.listeners === null ? 'closed' : 'bound';
    return `<Server ${state} ${this.sockets.map(String).join(' ')} clients=${this.clients.value}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** @internal */
  listen(): void {
    const { listeners } = this;
    if (listeners === null) throw new RuntimeError(`${this}: the server is closed`);
    if (this.acceptors !== null) return;
    for (const listener of listeners) listener.listen(this.parts.backlog);
    this.listensAt = this.address();
    this.acceptors = listeners.map(
      (listener) => new Acceptor(this.loop, listener, (conn) => this.serveConnection(conn)),
    );
    for (const acceptor of this.acceptors) acceptor.start();
  }

  /** @internal From now on somebody else accepts, and calls {@link serveConnection}. */
  stopAccepting(): void {
    for (const acceptor of this.acceptors ?? []) acceptor.stop();
    if (this.acceptors !== null) this.acceptors = [];
  }

  /** @internal Serves a connection as if it had been accepted here. */
  serveConnection(conn: Socket): void {
    try {
      const { clients, loop } = this;
      const { protocolFactory, tls = null } = this.parts;
      const protocol = requireProtocol('protocolFactory', protocolFactory());
      if (tls === null) new SocketTransport(loop, conn, protocol, { clients });
      else encryptedTransport(loop, conn, protocol, tls, { clients });
    } catch (error) {
      conn.close();
      if (isInterrupt(error)) throw error;
      this.loop.callExceptionHandler({
        message: 'Error on transport creation for incoming connection',
        exception: error,
      });
    }
  }

  /**
   * The connections that came from here. Found among all of the loop's, since they are asked for at the end
   * only.
   */
  private connections(): SocketTransport[] {
    return openResourcesOf(this.loop).filter(
      (resource): resource is SocketTransport =>
        resource instanceof SocketTransport && resource.clients === this.clients,
    );
  }

  private releaseListeners(listeners: readonly Socket[]): void {
    forgetOpen(this.loop, this);
    for (const listener of listeners) listener.close();
    this.parts.onClosed?.();
  }

  private isClosed(): boolean {
    return this.listeners === null && this.clients.value === 0;
  }

  private wakeIfClosed(): void {
    if (this.isClosed()) wakeWaiters(this.waiters, undefined);
  }

  /** Closes everything, and gives the connections a moment for what they have not sent. */
  private *endClients(): Coroutine<void> {
    this.close();
    this.closeClients();
    try {
      yield* this.untilIdle(currentTask(this.loop), FLUSH_MS);
    } finally {
      this.abortClients();
    }
    yield* this.waitClosed();
  }

  /** Waits until connections and handlers (but `self`) have ended, or `limitMs` have passed. */
  private *untilIdle(self: Task<unknown> | null, limitMs: number | null): Coroutine<void> {
    const deadlineMs = limitMs === null ? null : this.loop.time() + limitMs;
    for (;;) {
      const timeoutMs = deadlineMs === null ? null : deadlineMs - this.loop.time();
      const busy: Future<unknown>[] = [...(this.parts.handlers ?? [])].filter((task) => task !== self);
      if (!this.isClosed()) busy.push(this.closedFuture());
      if (busy.length === 0 || (timeoutMs !== null && timeoutMs <= 0)) return;
      yield* wait(busy, { timeoutMs });
    }
  }

  private closedFuture(): Future<void> {
    const waiter = new Future<void>({ loop: this.loop });
    addWaiter(this.waiters, waiter);
    return waiter;
  }
}

/** One server on many threads: a loop on each, one address for all. */

import { availableParallelism } from 'node:os';
import { requireOptions } from '../base/arguments.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { createServer } from '../sockets/create-server.ts';
import { Socket } from '../sockets/socket.ts';
import { spawn } from '../tasks/create-task.ts';
import { gather } from '../tasks/gather.ts';
import { sleep } from '../tasks/sleep.ts';
import type { Task } from '../tasks/task.ts';
import { graceMsOf } from '../transports/grace.ts';
import { ConnectionSpread } from './connection-spread.ts';
import { LoopThread } from './loop-thread.ts';
import type { ListenPlace } from './thread-services.ts';

/** Options of {@link serveOnThreads}. */
export interface ServeOnThreadsOptions {
  /** How many threads. Default: as many as the machine runs in parallel. */
  readonly threads?: number | undefined;
  /** The address to listen at. Default: `127.0.0.1`. */
  readonly host?: string | undefined;
  /** The port; 0 lets the system choose. */
  readonly port: number;
  /** As `Socket.listen` takes it. Default: 128. */
  readonly backlog?: number | undefined;
  /**
   * How the threads share the address. `reuseport`: each has a listening socket, and the kernel spreads
   * connections over them (`SO_REUSEPORT`). `acceptor`: the loop that called this accepts, and passes each
   * connection to the next thread; it must not block for long. Default: `reuseport` on Linux, whose kernel
   * does spread them; else `acceptor`.
   */
  readonly sharing?: 'reuseport' | 'acceptor' | undefined;
}

const DEFAULT_BACKLOG = 128;
/**
 * A thread that died is replaced after this time, doubled at each death until the thread lives for {@link
 * STEADY_MS}.
 */
const FIRST_BACKOFF_MS = 100;
const LAST_BACKOFF_MS = 10_000;
const STEADY_MS = 10_000;

/**
 * A server on many threads, made by {@link serveOnThreads}. A thread that dies is replaced; `shutdown()` lets
 * connections end, `terminate()` ends the threads at once.
 */
export class ThreadedServer {
  /** Where it listens, with the port that the system chose if it was to choose. */
  readonly host: string;
  readonly port: number;
  private readonly url: URL | string;
  private readonly sock: Socket;
  private readonly place: ListenPlace;
  private readonly threads: (LoopThread | null)[];
  /** Those that do not serve yet, as far as is known here. */
  private readonly starting = new Set<LoopThread>();
  private readonly spread: ConnectionSpread | null;
  private guard: Task<void> | null = null;
  private isClosing = false;

  /** @internal */
  constructor(loop: LoopCore, url: URL | string, options: ServeOnThreadsOptions) {
    const { host = '127.0.0.1', backlog = DEFAULT_BACKLOG } = options;
    const sharing = options.sharing ?? (process.platform === 'linux' ? 'reuseport' : 'acceptor');
    this.url = url;
    this.threads = new Array<null>(threadCount(options.threads)).fill(null);
    this.sock = bind(host, options.port, backlog, sharing === 'acceptor');
    const [, port] = this.sock.getsockname() as [string, number];
    this.host = host;
    this.port = port;
    const isAcceptor = sharing === 'acceptor';
    this.place = isAcceptor ? { fd: this.sock.fileno() } : { host, port, family: this.sock.family, backlog };
    this.spread = isAcceptor ? new ConnectionSpread(loop, this.sock, () => this.living()) : null;
  }

  /** How many threads serve now: one that died is missing until it is replaced. */
  get threadCount(): number {
    return this.living().length;
  }

  /**
   * Ends all servers in order, in all threads at once, as `Server.shutdown` does it, and then the threads.
   * @param options `graceMs`: how long connections may go on by themselves; by default 5 s
   * @throws TypeError, RangeError, and does nothing, for options and a time that are none
   */
  *shutdown(options: { readonly graceMs?: number | undefined } = {}): Coroutine<void> {
    // Here: what a thread has against it is not told, since one that died has something against all.
    const graceMs = graceMsOf(options);
    this.isClosing = true;
    this.spread?.stop();
    this.terminateStarting();
    const ending = this.living().map((thread) => endInOrder(thread, graceMs));
    yield* gather(ending, { returnExceptions: true });
    this.guard?.cancel();
    this.sock.close();
  }

  /** Ends everything at once. */
  terminate(): void {
    this.isClosing = true;
    this.spread?.stop();
    this.terminateStarting();
    for (const thread of this.threads) thread?.terminate();
    this.guard?.cancel();
    this.sock.close();
  }

  /** `using server = yield* serveOnThreads(…)`: {@link terminate} at the end of the block. */
  [Symbol.dispose](): void {
    this.terminate();
  }

  /** Where it listens, and on how many threads. */
  toString(): string {
    return `<ThreadedServer ${this.host}:${this.port} threads=${this.threadCount}/${this.threads.length}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** @internal Starts all threads; if one cannot, none is left. */
  *start(loop: LoopCore): Coroutine<void> {
    try {
      yield* gather(this.threads.map((_none, index) => this.startOne(index)));
    } catch (error) {
      this.terminate();
      throw error;
    }
    this.spread?.start();
    this.guard = spawn(loop, this.replaceAll(loop), { name: `threads of ${this}` });
  }

  private *startOne(index: number): Coroutine<void> {
    const thread = new LoopThread(this.url, { name: `server thread ${index + 1}` });
    this.starting.add(thread);
    try {
      yield* thread.request('#serve', [this.place]);
    } catch (error) {
      thread.terminate();
      throw error;
    } finally {
      this.starting.delete(thread);
    }
    this.threads[index] = thread;
    this.spread?.spreadSoon();
  }

  private terminateStarting(): void {
    for (const thread of this.starting) thread.terminate();
  }

  private living(): LoopThread[] {
    return this.threads.filter((thread) => thread !== null);
  }

  private *replaceAll(loop: LoopCore): Coroutine<void> {
    const { threads } = this;
    try {
      yield* gather(Array.from(threads.keys(), (index) => this.replace(loop, index)));
    } finally {
      this.spread?.stop();
      this.sock.close();
    }
  }

  /** Waits for the end of one thread, and starts another, for ever. */
  private *replace(loop: LoopCore, index: number): Coroutine<void> {
    let backoffMs = FIRST_BACKOFF_MS;
    while (!this.isClosing) {
      const sinceMs = loop.time();
      try {
        if (this.threads[index] === null) yield* this.startOne(index);
        yield* (this.threads[index] as LoopThread).join();
        this.threads[index] = null;
        if (this.isClosing) return;
      } catch (error) {
        this.threads[index] = null;
        if (this.isClosing) return;
        loop.callExceptionHandler({ message: `${this}: a thread died; it is replaced`, exception: error });
      }
      if (loop.time() - sinceMs > STEADY_MS) backoffMs = FIRST_BACKOFF_MS;
      yield* sleep(backoffMs);
      backoffMs = Math.min(backoffMs * 2, LAST_BACKOFF_MS);
    }
  }
}

function* endInOrder(thread: LoopThread, graceMs: number): Coroutine<void> {
  yield* thread.request('#shutdown', [graceMs]);
  yield* thread.stop();
}

function threadCount(value: number = availableParallelism()): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw new RangeError(`serveOnThreads: threads must be a whole number greater than 0, got ${value}`);
}

/** What the system would not refuse by itself. */
function checkOptions(options: ServeOnThreadsOptions): void {
  requireOptions('serveOnThreads', 'serveOnThreads(url, { port: 8000 })', options);
  const { host, sharing }: { host?: unknown; sharing?: unknown } = options;
  if (host !== undefined && typeof host !== 'string')
    throw new TypeError(`serveOnThreads: host must be an address as text, got ${describeValue(host)}`);
  if (sharing === undefined || sharing === 'reuseport' || sharing === 'acceptor') return;
  throw new TypeError(
    `serveOnThreads: sharing must be 'reuseport' or 'acceptor', got ${describeValue(sharing)}`,
  );
}

/**
 * A socket that has the address for as long as the server lives: it listens, or keeps the port for those that
 * do.
 */
function bind(host: string, port: number, backlog: number, listens: boolean): Socket {
  const { AF_INET, AF_INET6, SOCK_STREAM, SOL_SOCKET, SO_REUSEADDR, SO_REUSEPORT } =
    defaultKernel().constants;
  const family = host.includes(':') ? AF_INET6 : AF_INET;
  if (listens) return createServer([host, port], { family, backlog });
  const sock = new Socket(family, SOCK_STREAM);
  try {
    sock.setsockopt(SOL_SOCKET as number, SO_REUSEADDR as number, 1);
    sock.setsockopt(SOL_SOCKET as number, SO_REUSEPORT as number, 1);
    sock.bind([host, port]);
    return sock;
  } catch (error) {
    sock.close();
    throw error;
  }
}

/**
 * Serves one address from many threads, each with a loop of its own, so that a server uses all cores. Returns
 * when all of them listen.
 *
 *     // server.ts
 *     export function* serve(sock: Socket): Coroutine<Server> {
 *       return yield* startServer(handleClient, { sock });
 *     }
 *     // main.ts
 *     const server = yield* serveOnThreads(new URL('./server.ts', import.meta.url), { port: 8000 });
 *     yield* terminated.wait();
 *     yield* server.shutdown({ graceMs: 10_000 });
 *
 * A thread that dies is replaced, after a time that doubles while its successors die too; the error goes to
 * the loop's exception handler. What it had accepted is lost; the others go on. All threads end with the
 * loop.
 *
 * @param url the module: it exports `serve`, which is given a listening socket in each thread
 * @throws what binding or `serve` throws; RuntimeError outside of a running loop
 */
export function* serveOnThreads(
  url: URL | string,
  options: ServeOnThreadsOptions,
): Coroutine<ThreadedServer> {
  const loop = runningLoop('serveOnThreads');
  checkOptions(options);
  const server = new ThreadedServer(loop, url, options);
  yield* server.start(loop);
  return server;
}

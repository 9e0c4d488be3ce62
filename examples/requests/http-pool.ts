/**
 * Connections that are kept for the next request to the same server, and a limit on how many there are.
 *
 * | a connection is | until |
 * |---|---|
 * | in use: nobody else's | its response has come |
 * | idle: the first to be taken, the last one first | a request takes it, its server closes it, or it was idle for `idleMs` |
 * | closed | |
 */

import { type Coroutine, getRunningLoop, Semaphore, type SSLContext, timeout } from 'selectloop';
import { HttpConnection, type Origin } from './http-connection.ts';

export interface PoolOptions {
  /** How many connections to one server there may be at a time. Default: 6, as in browsers. */
  readonly connectionsPerHost?: number;
  /** How long a connection is kept that nobody uses. Default: 4 s, less than most servers keep theirs. */
  readonly idleMs?: number;
  /** How long connecting may take. Default: 10 s. */
  readonly connectMs?: number;
  /** Whom to trust. Default: the authorities that Node trusts. */
  readonly ssl?: SSLContext;
}

interface Idle {
  readonly connection: HttpConnection;
  readonly sinceMs: number;
}

interface Host {
  readonly places: Semaphore;
  readonly idle: Idle[];
}

export class ConnectionPool {
  /** How many connections have been opened. */
  openedCount = 0;
  private readonly hosts = new Map<string, Host>();
  private readonly options: PoolOptions;

  constructor(options: PoolOptions = {}) {
    this.options = options;
  }

  /**
   * Lends a connection to `use`, when there is one. It is kept afterwards if it can be; after an error or a cancellation it is
   * closed.
   * @param isFresh whether it must be a new one
   */
  *with<T>(
    origin: Origin,
    isFresh: boolean,
    use: (connection: HttpConnection) => Coroutine<T>,
  ): Coroutine<T> {
    const host = this.hostOf(origin);
    const pool = this;
    return yield* host.places.with(function* () {
      const connection = (isFresh ? null : pool.takeIdle(host)) ?? (yield* pool.open(origin));
      let result: T;
      try {
        result = yield* use(connection);
      } catch (error) {
        connection[Symbol.dispose]();
        throw error;
      }
      if (connection.isIdle) host.idle.push({ connection, sinceMs: getRunningLoop().time() });
      else connection[Symbol.dispose]();
      return result;
    });
  }

  /** Closes what is idle. */
  [Symbol.dispose](): void {
    for (const { idle } of this.hosts.values())
      for (const each of idle.splice(0)) each.connection[Symbol.dispose]();
  }

  private hostOf({ isTls, host, port }: Origin): Host {
    const key = `${isTls ? 'https' : 'http'}://${host}:${port}`;
    const known = this.hosts.get(key);
    if (known !== undefined) return known;
    const made = { places: new Semaphore(this.options.connectionsPerHost ?? 6), idle: [] };
    this.hosts.set(key, made);
    return made;
  }

  private takeIdle({ idle }: Host): HttpConnection | null {
    const oldestMs = getRunningLoop().time() - (this.options.idleMs ?? 4000);
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      if (last.sinceMs >= oldestMs && last.connection.isIdle) return last.connection;
      last.connection[Symbol.dispose]();
    }
    return null;
  }

  private *open(origin: Origin): Coroutine<HttpConnection> {
    const { connectMs = 10_000, ssl = true } = this.options;
    const connection = yield* timeout(connectMs, () => HttpConnection.open(origin, ssl));
    this.openedCount++;
    return connection;
  }
}

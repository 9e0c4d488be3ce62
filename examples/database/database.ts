/**
 * PostgreSQL for coroutines, by `pg` in guest mode: a pool, transactions, cursors. With a URL it is the server there, without
 * one PGlite, which is PostgreSQL inside this process: for trying things out, with one connection.
 */

import pg from 'pg';
import { type Coroutine, fromPromise, isCancelled, moveOnAfter, shielded } from 'selectloop';
import { CannotRun } from '../ending.ts';
import { startEmbedded } from './embedded.ts';
import { Transaction } from './transaction.ts';

/** How long a server may take to answer at all: one that is silent is as good as none. */
const CONNECT_MS = 10_000;
/** How long the end may take. */
const END_MS = 1000;

export interface DatabaseOptions {
  /** Such as `postgres://user:password@host/database`; empty for a database inside this process. */
  readonly url: string;
  /** How many connections there may be at a time. Inside this process there is one. */
  readonly connections: number;
  /** The schema that statements mean by a bare name. */
  readonly schema: string;
}

export class Database {
  private readonly pool: pg.Pool;

  private constructor(pool: pg.Pool) {
    this.pool = pool;
    // A connection that is lost while nobody uses it: the pool opens another one when it needs it.
    pool.on('error', () => {});
    // One that is lost in the middle of a transaction: its statements fail, and an event without a listener would end us.
    pool.on('connect', (client) => client.on('error', () => {}));
  }

  /**
   * Opens it and lends it to `body`; closes it whatever happens.
   * @throws CannotRun when there is none
   */
  static *with<T>(options: DatabaseOptions, body: (database: Database) => Coroutine<T>): Coroutine<T> {
    const { url, connections, schema } = options;
    const embedded = url === '' ? yield* fromPromise(startEmbedded()) : null;
    // The pool waits for the Promise, which its types do not say.
    const setSchema = (client: pg.ClientBase): unknown =>
      client.query(`set search_path to ${pg.escapeIdentifier(schema)}`);
    const pool = new pg.Pool({
      ...(embedded === null ? { connectionString: url } : embedded.place),
      max: embedded === null ? connections : 1,
      connectionTimeoutMillis: CONNECT_MS,
      // Before anything else goes over it.
      onConnect: setSchema,
    });
    const database = new Database(pool);
    try {
      yield* database.greet(url);
      return yield* body(database);
    } finally {
      // It waits for connections that are being made, too.
      yield* shielded(() => moveOnAfter(END_MS, () => fromPromise(pool.end())));
      if (embedded !== null) yield* shielded(() => fromPromise(embedded.stop()));
    }
  }

  /** One statement, on any connection. Its rows. @throws pg.DatabaseError */
  *query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Coroutine<Row[]> {
    return (yield* fromPromise(this.pool.query<Row>(sql, [...values]))).rows;
  }

  /**
   * Runs `body` in a transaction: it is committed when `body` returns, and rolled back when it throws. When it is cancelled
   * the server rolls it back too, as its connection is closed: a statement may still be under way.
   */
  *transaction<T>(body: (transaction: Transaction) => Coroutine<T>): Coroutine<T> {
    const client = yield* this.connect();
    const transaction = new Transaction(client);
    let isOver = false;
    try {
      yield* transaction.query('begin');
      let result: T;
      try {
        result = yield* body(transaction);
      } catch (error) {
        isOver = !isCancelled(error) && (yield* transaction.undo('rollback'));
        throw error;
      }
      yield* transaction.commit();
      isOver = true;
      return result;
    } finally {
      client.release(!isOver);
    }
  }

  private *connect(): Coroutine<pg.PoolClient> {
    const connecting = this.pool.connect();
    try {
      return yield* fromPromise(connecting);
    } catch (error) {
      // Cancelled while the pool looked for one: what it finds goes back.
      connecting.then((client) => client.release()).catch(() => {});
      throw error;
    }
  }

  private *greet(url: string): Coroutine<void> {
    try {
      yield* this.query('select 1');
    } catch (error) {
      if (!(error instanceof Error) || isCancelled(error)) throw error;
      const reason = error instanceof AggregateError ? (error.errors[0] as Error).message : error.message;
      throw new CannotRun(`no database at ${url.replace(/:[^:@/]*@/, ':…@')}: ${reason}`, { cause: error });
    }
  }
}

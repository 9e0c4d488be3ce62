/** One connection within a transaction: statements, savepoints, cursors. */

import type pg from 'pg';
import Cursor from 'pg-cursor';
import { type Coroutine, fromPromise, isCancelled } from 'selectloop';

export class Transaction {
  private readonly client: pg.PoolClient;
  private savepointCount = 0;

  constructor(client: pg.PoolClient) {
    this.client = client;
  }

  /** One statement. Its rows. @throws pg.DatabaseError */
  *query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Coroutine<Row[]> {
    return (yield* fromPromise(this.client.query<Row>(sql, [...values]))).rows;
  }

  /** @throws Error when it was rolled back instead: a statement in it had failed, and somebody caught that */
  *commit(): Coroutine<void> {
    const { command } = yield* fromPromise(this.client.query('commit'));
    if (command === 'ROLLBACK')
      throw new Error('nothing was committed: a statement of the transaction had failed');
  }

  /** @returns false when the connection is lost, and with it everything: the error of that is known already */
  *undo(sql: string): Coroutine<boolean> {
    try {
      yield* this.query(sql);
      return true;
    } catch (error) {
      if (isCancelled(error)) throw error;
      return false;
    }
  }

  /** Runs `body` in a part of the transaction: when it throws, that part is undone and the rest stands. */
  *savepoint<T>(body: () => Coroutine<T>): Coroutine<T> {
    const name = `part_${++this.savepointCount}`;
    yield* this.query(`savepoint ${name}`);
    let result: T;
    try {
      result = yield* body();
    } catch (error) {
      // After a cancellation the whole transaction ends, with its connection.
      if (!isCancelled(error)) yield* this.undo(`rollback to savepoint ${name}`);
      throw error;
    }
    yield* this.query(`release savepoint ${name}`);
    return result;
  }

  /**
   * The rows of a statement, some at a time: only so many are in memory, however many there are.
   *
   *     using rows = transaction.rows<Product>('select …', [], 500);
   *     for (let some = yield* rows.next(); some.length > 0; some = yield* rows.next()) …
   */
  rows<Row extends pg.QueryResultRow>(
    sql: string,
    values: readonly unknown[],
    batchSize: number,
  ): RowBatches<Row> {
    return new RowBatches<Row>(this.client.query(new Cursor<Row>(sql, [...values])), batchSize);
  }
}

/** A cursor: batches of rows, one after the other. */
export class RowBatches<Row extends pg.QueryResultRow> {
  private readonly cursor: Cursor<Row>;
  private readonly batchSize: number;

  /** @internal */
  constructor(cursor: Cursor<Row>, batchSize: number) {
    this.cursor = cursor;
    this.batchSize = batchSize;
  }

  /** The next batch; an empty one at the end. */
  *next(): Coroutine<Row[]> {
    return yield* fromPromise(this.cursor.read(this.batchSize));
  }

  /** Calls `body` for each row to the end. */
  *each(body: (row: Row) => void): Coroutine<void> {
    for (let batch = yield* this.next(); batch.length > 0; batch = yield* this.next()) batch.forEach(body);
  }

  /** Lets the server forget it. What is asked next on this connection waits for that. */
  [Symbol.dispose](): void {
    this.cursor.close().catch(() => {});
  }
}

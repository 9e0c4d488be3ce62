/**
 * A pool of connections by a condition: who wants one waits until one is idle, or until another may be opened.
 *
 *     npm run example -- connection-pool
 *
 * Why a condition and no semaphore: a semaphore counts, and here more than a number decides; a pool that is closed wakes
 * everybody who waits.
 */

import { fileURLToPath } from 'node:url';
import {
  Condition,
  type Coroutine,
  gather,
  getRunningLoop,
  print,
  runMain,
  shielded,
  sleep,
} from 'selectloop';
import { VirtualClock } from 'selectloop/testing';
import { commandLine, flag, wholeNumber } from '../command-line.ts';

/** The pool was closed while somebody waited for a connection, or before. */
export class PoolClosedError extends Error {}

export class Pool<Connection> {
  private readonly changed = new Condition();
  private readonly idle: Connection[] = [];
  private openCount = 0;
  private isClosed = false;
  private readonly limit: number;
  private readonly connect: () => Coroutine<Connection>;

  constructor(limit: number, connect: () => Coroutine<Connection>) {
    this.limit = limit;
    this.connect = connect;
  }

  /** Lends a connection to `body`. After an error it is not lent again: who knows in what state it is. @throws PoolClosedError */
  *with<T>(body: (connection: Connection) => Coroutine<T>): Coroutine<T> {
    const connection = yield* this.take();
    let isSound = false;
    try {
      const result = yield* body(connection);
      isSound = true;
      return result;
    } finally {
      // To its end, also when the borrower is cancelled: whoever waits relies on it.
      yield* shielded(() => this.giveBack(isSound ? connection : null));
    }
  }

  /** Nobody gets a connection any more; those that are lent come back when they are done. */
  *close(): Coroutine<void> {
    yield* this.change(() => {
      this.isClosed = true;
      this.idle.length = 0;
    });
  }

  private *take(): Coroutine<Connection> {
    const { changed } = this;
    const idle = yield* changed.with(() =>
      this.afterWait(() => {
        if (this.isClosed) throw new PoolClosedError('the pool is closed');
        const connection = this.idle.pop();
        if (connection === undefined) this.openCount++;
        return connection;
      }),
    );
    if (idle !== undefined) return idle;
    // Outside of the lock: connecting is slow, and others may give back meanwhile.
    try {
      return yield* this.connect();
    } catch (error) {
      yield* shielded(() => this.giveBack(null));
      throw error;
    }
  }

  private *afterWait<T>(then: () => T): Coroutine<T> {
    yield* this.changed.waitFor(() => this.isClosed || this.idle.length > 0 || this.openCount < this.limit);
    return then();
  }

  /** @param connection `null` for one that is no more */
  private *giveBack(connection: Connection | null): Coroutine<void> {
    yield* this.change(() => {
      if (connection === null || this.isClosed) this.openCount--;
      else this.idle.push(connection);
    });
  }

  private *change(change: () => void): Coroutine<void> {
    const { changed } = this;
    yield* changed.with(function* () {
      change();
      changed.notifyAll();
    });
  }
}

function* main(users: number, limit: number): Coroutine<void> {
  const startMs = getRunningLoop().time();
  let opened = 0;
  const pool = new Pool(limit, () => sleep(50, `connection ${++opened}`));
  const use = (user: number): Coroutine<void> =>
    pool.with(function* (connection) {
      print(`${Math.round(getRunningLoop().time() - startMs)} ms: user ${user} has ${connection}`);
      yield* sleep(100);
    });
  yield* gather(Array.from({ length: users }, (_, index) => use(index + 1)));
  yield* pool.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { users, limit, virtual } = commandLine('connection-pool', {
    users: wholeNumber(5, 'how many tasks want a connection'),
    limit: wholeNumber(2, 'how many connections there may be', { least: 1 }),
    virtual: flag('let time pass at once whenever all wait'),
  });
  runMain(() => main(users, limit), virtual ? { clock: new VirtualClock() } : {});
}

/**
 * The product catalogue of examples/database/catalogue.ts: on PGlite, and on a real PostgreSQL where one is
 * installed; what examples/database/transaction.ts promises there of errors and cancellations.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Coroutine, createTask, gather, runGuest, sleep, timeout } from 'selectloop';
import { describe, expect, test } from 'vitest';
import { createSchema, insertSkus, placeOrder } from '../../../examples/database/catalogue-store.ts';
import { Database } from '../../../examples/database/database.ts';
import { EMBEDDED_POSTGRES, startProgram } from '../../support/run-program.ts';
import { sized } from '../../support/size.ts';
import { onTeardown } from '../../support/teardown.ts';
import { postgresIsMissing, startPostgres } from './postgres.ts';

const SKUS = sized(3000, 100_000);
const missing = postgresIsMissing();

/** What the program prints, wherever the products are. */
const expected = [
  ...['Arbor', 'Birch', 'Cedar', 'Dahlia', 'Elm'].map((brand) =>
    expect.stringMatching(`^${brand}: ${SKUS / 5} from 5\\.`),
  ),
  'ordered; left out: 99 of 2; left in stock: 8, 10, 0',
  expect.stringMatching(`^${SKUS} products, worth \\d+\\.\\d\\d$`),
];

async function runCatalogue(env: Record<string, string>): Promise<readonly string[]> {
  const program = startProgram('examples/database/catalogue.ts', {
    args: ['--skus', String(SKUS)],
    env,
    nodeArgs: EMBEDDED_POSTGRES,
  });
  expect(await program.waitForExit(120_000), program.stderr).toBe(0);
  expect(program.stderr).not.toMatch(/warning/i);
  return program.lines;
}

test('catalogue: embedded', { timeout: 180_000 }, async () => {
  expect(await runCatalogue({ DATABASE_URL: '' })).toEqual(expected);
});

test('catalogue: a server that is not there is one line', async () => {
  const program = startProgram('examples/database/catalogue.ts', {
    env: { DATABASE_URL: 'postgres://ada:secret@127.0.0.1:1/test' },
  });
  expect(await program.waitForExit(30_000)).toBe(1);
  expect(program.stderr).toBe(
    'catalogue: no database at postgres://ada:…@127.0.0.1:1/test: connect ECONNREFUSED 127.0.0.1:1\n',
  );
});

test.each([
  ['examples/database/catalogue.ts', 'DATABASE_URL', 'postgres://ada@127.0.0.1:'],
  ['examples/chat/redis-chat-server.ts', 'REDIS', 'redis://127.0.0.1:'],
])('%s: Ctrl-C while a server says nothing', async (path, name, url) => {
  const silent = createServer();
  onTeardown(() => void silent.close());
  const asked = once(silent, 'connection');
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const { port } = silent.address() as AddressInfo;
  const program = startProgram(path, { env: { PORT: '0', [name]: `${url}${port}` } });
  const [peer] = (await asked) as [Socket];
  onTeardown(() => void peer.on('error', () => {}).destroy());
  program.child.kill('SIGINT');
  expect(await program.waitForExit(5000), program.stderr).toBe(130);
  expect(program.stderr).toBe('');
});

describe.skipIf(missing !== null)(`with PostgreSQL (${missing ?? 'it is installed'})`, () => {
  test('catalogue: the same, and nothing is left', { timeout: 180_000 }, async () => {
    const url = await startPostgres();
    expect(await runCatalogue({ DATABASE_URL: url })).toEqual(expected);
    const schemas = await withDatabase(url, (database) =>
      database.query("select 1 from pg_namespace where nspname like 'catalogue%'"),
    );
    expect(schemas).toEqual([]);
    await tryTransactions(url);
    await tryConcurrency(url);
  });
});

function withDatabase<T>(url: string, body: (database: Database) => Coroutine<T>): Promise<T> {
  return runGuest(() => Database.with({ url, connections: 5, schema: 'trial' }, body));
}

/** What a transaction leaves when it fails, and when it is cancelled in the middle of a statement. */
async function tryTransactions(url: string): Promise<void> {
  await withDatabase(url, function* (database) {
    yield* createSchema(database, 'trial');
    yield* insertSkus(database, 10);
    const failing = createTask(
      database.transaction(function* (transaction) {
        yield* transaction.query('update sku set stock = 0');
        throw new Error('no, not like this');
      }),
    );
    yield* gather([failing], { returnExceptions: true });
    expect(failing.exception()).toMatchObject({ message: 'no, not like this' });

    // COMMIT of a transaction in which a statement has failed is a rollback, and no error.
    const careless = createTask(
      database.transaction(function* (transaction) {
        yield* transaction.query('update sku set stock = 0');
        yield* gather([createTask(transaction.query('select 1 / 0'))], { returnExceptions: true });
      }),
    );
    yield* gather([careless], { returnExceptions: true });
    expect(careless.exception()).toMatchObject({ message: expect.stringContaining('nothing was committed') });

    // What broke the connection is told, not that there can be no rollback without one.
    const lost = createTask(
      database.transaction((transaction) =>
        transaction.savepoint(() => transaction.query('select pg_terminate_backend(pg_backend_pid())')),
      ),
    );
    yield* gather([lost], { returnExceptions: true });
    expect(lost.exception()).toMatchObject({ code: '57P01' });

    const slow = createTask(
      database.transaction(function* (transaction) {
        yield* transaction.query('update sku set stock = 0');
        yield* transaction.query('select pg_sleep(600)');
      }),
    );
    yield* sleep(100);
    slow.cancel();
    yield* gather([slow], { returnExceptions: true });
    // Not held up by the locks of the cancelled one: its connection is closed, and the server rolls back.
    const leftOut = yield* placeOrder(database, [{ sku: 1, count: 11 }]);
    expect(leftOut).toEqual([{ sku: 1, count: 11 }]);
    const [row] = yield* database.query<{ sum: string }>('select sum(stock) from sku');
    expect(row).toEqual({ sum: '100' });
  });
}

/** Statements that wait for each other on the server run side by side, on connections of their own. */
async function tryConcurrency(url: string): Promise<void> {
  await withDatabase(url, function* (database) {
    // Each of five waits until all five hold their lock: with fewer connections that would be for ever.
    const meet = (index: number): Coroutine<unknown> =>
      database.transaction(function* (transaction) {
        yield* transaction.query('select pg_advisory_xact_lock($1)', [index]);
        for (;;) {
          const sql = "select count(*)::int as held from pg_locks where locktype = 'advisory'";
          const [row] = yield* transaction.query<{ held: number }>(sql);
          if ((row?.held ?? 0) >= 5) return yield* sleep(50);
          yield* sleep(5);
        }
      });
    yield* timeout(30_000, () => gather([1, 2, 3, 4, 5].map(meet)));
  });
}

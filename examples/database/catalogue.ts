/**
 * A product catalogue in PostgreSQL: its schema, 100,000 products inserted in bulk, queries side by side, a transaction with
 * savepoints, and all products read through a cursor.
 *
 *     npm run example -- catalogue                                   # PGlite, in this process
 *     DATABASE_URL=postgres://localhost/test npm run example -- catalogue
 *
 * It works in a schema of its own, and removes it at the end.
 */

import { type Coroutine, gather, print, runGuest, shielded } from 'selectloop';
import { anyText, commandLine, wholeNumber } from '../command-line.ts';
import { createSchema, insertSkus, placeOrder, summaryOf } from './catalogue-store.ts';
import { Database } from './database.ts';

const { databaseUrl, connections, skus } = commandLine('catalogue', {
  databaseUrl: anyText('', 'a PostgreSQL server; without it, one inside this process', 'URL'),
  connections: wholeNumber(10, 'how many connections to the server there may be', { least: 1 }),
  skus: wholeNumber(100_000, 'how many products there are', { least: 10 }),
});

const schema = `catalogue_${process.pid}`;

/** Runs a part, and says on stderr how long it took. */
function* timed<T>(what: string, part: () => Coroutine<T>): Coroutine<T> {
  const startMs = performance.now();
  const result = yield* part();
  print(`${what} took ${Math.round(performance.now() - startMs)} ms`, { fd: 2 });
  return result;
}

function* readAll(database: Database): Coroutine<{ count: number; cents: number }> {
  return yield* database.transaction(function* (transaction) {
    let [count, cents] = [0, 0];
    using rows = transaction.rows<{ price_cents: number }>(
      'select price_cents from sku order by id',
      [],
      1000,
    );
    yield* rows.each((row) => {
      count++;
      cents += row.price_cents;
    });
    return { count, cents };
  });
}

function* demonstrate(database: Database): Coroutine<void> {
  yield* timed(`inserting ${skus} products`, () => insertSkus(database, skus));

  const summaries = yield* timed('five queries side by side', () =>
    gather([1, 2, 3, 4, 5].map((brand) => summaryOf(database, brand))),
  );
  for (const summary of summaries) print(summary);

  const order = [
    { sku: 1, count: 2 },
    { sku: 2, count: 99 },
    { sku: 3, count: 10 },
  ];
  const leftOut = yield* placeOrder(database, order);
  const [stock] = yield* database.query<{ left: string }>(
    "select string_agg(stock::text, ', ' order by id) as left from sku where id <= 3",
  );
  print(
    `ordered; left out: ${leftOut.map(({ sku, count }) => `${count} of ${sku}`)}; left in stock: ${stock?.left}`,
  );

  const { count, cents } = yield* timed('reading all through a cursor', () => readAll(database));
  print(`${count} products, worth ${(cents / 100).toFixed(2)}`);
}

await runGuest(
  () =>
    Database.with({ url: databaseUrl, connections, schema }, function* (database): Coroutine<void> {
      yield* createSchema(database, schema);
      try {
        yield* demonstrate(database);
      } finally {
        yield* shielded(() => database.query(`drop schema ${schema} cascade`));
      }
    }),
  { interrupts: true },
);

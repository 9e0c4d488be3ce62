/** The tables of a product catalogue, and what is done with them. */

import type { Coroutine } from 'selectloop';
import type { Database } from './database.ts';
import type { Transaction } from './transaction.ts';

const BATCH_ROWS = 5000;
const BRANDS = ['Arbor', 'Birch', 'Cedar', 'Dahlia', 'Elm'];
const SIZES = ['small', 'medium', 'large'];
const COLOURS = ['red', 'green', 'blue', 'black'];

/** A line of an order. */
export interface OrderLine {
  readonly sku: number;
  readonly count: number;
}

/** There is less of a product than somebody wants. */
export class OutOfStockError extends Error {}

/** Makes the schema that the database was opened with. */
export function* createSchema(database: Database, schema: string): Coroutine<void> {
  yield* database.query(`create schema ${schema}`);
  yield* database.query('create table brand (id int primary key, name text not null unique)');
  yield* database.query(`create table sku (
    id int primary key,
    brand_id int not null references brand,
    name text not null,
    price_cents int not null check (price_cents > 0),
    stock int not null check (stock >= 0)
  )`);
  yield* database.query('create table order_line (sku_id int not null references sku, count int not null)');
  yield* database.query(
    'insert into brand select n, name from unnest($1::text[]) with ordinality as b(name, n)',
    [BRANDS],
  );
}

/** Inserts products, thousands in one statement: an array for each column. */
export function* insertSkus(database: Database, count: number): Coroutine<void> {
  yield* database.transaction(function* (transaction) {
    for (let first = 1; first <= count; first += BATCH_ROWS) {
      const ids = Array.from(
        { length: Math.min(BATCH_ROWS, count - first + 1) },
        (_, index) => first + index,
      );
      const columns = [ids, ids.map(brandOf), ids.map(nameOf), ids.map(priceOf), ids.map(() => 10)];
      yield* transaction.query(
        'insert into sku select * from unnest($1::int[], $2::int[], $3::text[], $4::int[], $5::int[])',
        columns,
      );
    }
  });
  yield* database.query('create index on sku (brand_id, price_cents)');
}

const brandOf = (id: number): number => 1 + (id % BRANDS.length);
const nameOf = (id: number): string =>
  `${COLOURS[id % COLOURS.length]} shirt, ${SIZES[id % SIZES.length]}, ${id}`;
const priceOf = (id: number): number => 500 + ((id * 37) % 9500);

/** The name of the cheapest product of a brand, and how many the brand has. */
export function* summaryOf(database: Database, brand: number): Coroutine<string> {
  const [row] = yield* database.query<{ brand: string; count: string; cheapest: number }>(
    `select brand.name as brand, count(*) as count, min(price_cents) as cheapest
       from sku join brand on brand.id = brand_id where brand_id = $1 group by brand.name`,
    [brand],
  );
  if (row === undefined) return `brand ${brand} has nothing`;
  return `${row.brand}: ${row.count} from ${(row.cheapest / 100).toFixed(2)}`;
}

/** Takes from the stock what an order wants. A line of which there is too little is left out. @returns what is left out */
export function* placeOrder(database: Database, lines: readonly OrderLine[]): Coroutine<OrderLine[]> {
  return yield* database.transaction(function* (transaction) {
    const leftOut: OrderLine[] = [];
    for (const line of lines) {
      try {
        // The failing statement would end the transaction; the savepoint keeps the lines before it.
        yield* transaction.savepoint(() => takeLine(transaction, line));
      } catch (error) {
        if (!(error instanceof OutOfStockError)) throw error;
        leftOut.push(line);
      }
    }
    return leftOut;
  });
}

function* takeLine(transaction: Transaction, { sku, count }: OrderLine): Coroutine<void> {
  yield* transaction.query('insert into order_line values ($1, $2)', [sku, count]);
  try {
    yield* transaction.query('update sku set stock = stock - $2 where id = $1', [sku, count]);
  } catch (error) {
    // 23514: the check of the column says no.
    if ((error as { code?: string }).code !== '23514') throw error;
    throw new OutOfStockError(`less than ${count} of ${sku}`, { cause: error });
  }
}

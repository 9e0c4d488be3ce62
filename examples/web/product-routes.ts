/** The routes of the REST service: products in the database, reports in the background. */

import { type Coroutine, QueueShutDown } from 'selectloop';
import * as v from 'valibot';
import type { Database } from '../database/database.ts';
import type { Call, HttpApi, Reply } from './http-api.ts';
import { Problem } from './problems.ts';
import { type Report, type Reports, URGENCIES } from './reports.ts';

/** The highest `int` of PostgreSQL. */
const MAX_INT = 2 ** 31 - 1;
const NO_NUL = v.regex(/^[^\0]*$/, 'Invalid characters: PostgreSQL has no NUL');

const Product = v.strictObject({
  name: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100), NO_NUL),
  priceCents: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_INT)),
  stock: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_INT)), 0),
});
const Change = v.partial(Product);
const Page = v.object({
  after: v.optional(v.pipe(v.string(), v.regex(/^\d{1,9}$/), v.transform(Number)), '0'),
  limit: v.optional(v.pipe(v.string(), v.regex(/^\d{1,3}$/), v.transform(Number), v.maxValue(100)), '20'),
});
const Order = v.strictObject({ urgency: v.optional(v.picklist(URGENCIES), 'normal') });

const COLUMNS = 'id, name, price_cents as "priceCents", stock';

interface ProductRow {
  readonly id: number;
  readonly name: string;
  readonly priceCents: number;
  readonly stock: number;
}

export function* createProductTable(database: Database, schema: string): Coroutine<void> {
  yield* database.query(`create schema if not exists ${schema}`);
  yield* database.query(`create table if not exists product (
    id int generated always as identity primary key,
    name text not null unique,
    price_cents int not null,
    stock int not null
  )`);
}

export function addRoutes(api: HttpApi, database: Database, reports: Reports): void {
  api.on('GET', '/health', function* () {
    return { status: 200, body: { status: 'ok' } };
  });

  api.on('GET', '/products', function* ({ query }) {
    const { after, limit } = v.parse(Page, query);
    const sql = `select ${COLUMNS} from product where id > $1 order by id limit $2`;
    return { status: 200, body: yield* database.query<ProductRow>(sql, [after, limit]) };
  });

  api.on('POST', '/products', function* (call) {
    const { name, priceCents, stock } = v.parse(Product, yield* call.body());
    const sql = `insert into product (name, price_cents, stock) values ($1, $2, $3) returning ${COLUMNS}`;
    const [row] = yield* database.query<ProductRow>(sql, [name, priceCents, stock]);
    return { status: 201, body: row, headers: { location: `/products/${row?.id}` } };
  });

  api.on('GET', '/products/:id', function* (call) {
    const sql = `select ${COLUMNS} from product where id = $1`;
    return ok(call, yield* database.query<ProductRow>(sql, [idOf(call)]));
  });

  api.on('PATCH', '/products/:id', function* (call) {
    const { name, priceCents, stock } = v.parse(Change, yield* call.body());
    const sql = `update product set name = coalesce($2, name), price_cents = coalesce($3, price_cents),
      stock = coalesce($4, stock) where id = $1 returning ${COLUMNS}`;
    return ok(call, yield* database.query<ProductRow>(sql, [idOf(call), name, priceCents, stock]));
  });

  api.on('DELETE', '/products/:id', function* (call) {
    ok(call, yield* database.query('delete from product where id = $1 returning id', [idOf(call)]));
    return { status: 204 };
  });

  addReportRoutes(api, reports);
}

function addReportRoutes(api: HttpApi, reports: Reports): void {
  api.on('POST', '/reports', function* (call) {
    const { urgency } = v.parse(Order, yield* call.body());
    let report: Report;
    try {
      report = reports.order(urgency);
    } catch (error) {
      if (!(error instanceof QueueShutDown)) throw error;
      throw new Problem(503, 'no more reports are made: the service is shutting down');
    }
    return { status: 202, body: report, headers: { location: `/reports/${report.id}` } };
  });

  api.on('GET', '/reports/:id', function* (call) {
    const report = reports.find(idOf(call));
    return ok(call, report === undefined ? [] : [report]);
  });
}

/** @throws Problem */
function idOf({ params }: Call): number {
  if (/^\d{1,9}$/.test(params.id ?? '')) return Number(params.id);
  throw new Problem(404, `'${params.id}' is no id`);
}

/** The one row there is. @throws Problem */
function ok({ params }: Call, [row]: readonly unknown[]): Reply {
  if (row === undefined) throw new Problem(404, `there is none with the id ${params.id}`);
  return { status: 200, body: row };
}

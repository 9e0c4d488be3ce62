/**
 * A REST service: products in PostgreSQL, validated; errors as problem+json; reports in the background, urgent ones first; and a
 * shutdown that loses no request.
 *
 *     npm run example -- rest-service                       # on PGlite, in this process; DATABASE_URL names a server
 *     curl -i -H 'content-type: application/json' -d '{"name": "red shirt", "priceCents": 1999}' http://127.0.0.1:8080/products
 *     curl -i http://127.0.0.1:8080/products/1
 *     curl -i -H 'content-type: application/json' -d '{"urgency": "high"}' http://127.0.0.1:8080/reports
 *     wrk -c 50 -d 10 http://127.0.0.1:8080/products/1      # and, meanwhile, Ctrl-C in the first terminal
 */

import { type Coroutine, createTask, gather, openSignalReceiver, print, runGuest, sleep } from 'selectloop';
import { anyText, commandLine, portNumber, wholeNumber } from '../command-line.ts';
import { Database } from '../database/database.ts';
import { HttpApi } from './http-api.ts';
import { addRoutes, createProductTable } from './product-routes.ts';
import { Reports } from './reports.ts';

const SCHEMA = 'rest_service';

const { port, databaseUrl, connections, graceMs, reportMs } = commandLine('rest-service', {
  port: portNumber(8080),
  databaseUrl: anyText('', 'a PostgreSQL server; without it, one inside this process', 'URL'),
  connections: wholeNumber(10, 'how many connections to the server there may be', { least: 1 }),
  graceMs: wholeNumber(5000, 'how long requests and reports may go on after SIGTERM or Ctrl-C'),
  reportMs: wholeNumber(500, 'how long a report takes'),
});

function* serve(database: Database): Coroutine<void> {
  // Before anybody is told that we serve: from then on a signal may come.
  using signals = openSignalReceiver('SIGTERM', 'SIGINT');
  yield* createProductTable(database, SCHEMA);
  const reports = new Reports(function* () {
    yield* sleep(reportMs);
    const [row] = yield* database.query(
      'select count(*)::int as products, sum(stock)::int as stock from product',
    );
    return row;
  });
  const working = createTask(reports.work(1));
  const api = new HttpApi();
  addRoutes(api, database, reports);
  print(`Serving on port ${yield* api.listen(port)}`);

  print(`${yield* signals.next()}: no new connections`);
  const [left] = yield* gather([reports.close(graceMs), api.shutdown(graceMs)]);
  working.cancel();
  yield* gather([working], { returnExceptions: true });
  print(`${api.answeredCount} requests answered; ${left} reports not made`);
}

await runGuest(() => Database.with({ url: databaseUrl, connections, schema: SCHEMA }, serve));

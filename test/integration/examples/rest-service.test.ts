/**
 * The REST service of examples/web/rest-service.ts: what it answers, the order of its reports, and a shutdown
 * under load that loses no request.
 */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { type Coroutine, gather, OSError, run } from 'selectloop';
import { expect, test } from 'vitest';
import { HttpClient } from '../../../examples/requests/http-client.ts';
import { EMBEDDED_POSTGRES, type Program, startProgram } from '../../support/run-program.ts';
import { hasCommand, until } from './server-process.ts';

const SERVICE = 'examples/web/rest-service.ts';
const hasWrk = hasCommand('wrk');
const WRK_CONNECTIONS = 20;

/** Requests that tests have sent so far. */
let askedCount = 0;

/** Starts it. The database inside of it takes seconds to start, and more on a busy machine. */
async function start(env: Record<string, string> = {}): Promise<{ program: Program; port: number }> {
  const program = startProgram(SERVICE, { env: { PORT: '0', ...env }, nodeArgs: EMBEDDED_POSTGRES });
  const line = await program.waitForLine(/^Serving on port/, 120_000);
  return { program, port: Number(/\d+/.exec(line)?.[0]) };
}

/** An answer, its body parsed. */
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

async function ask(url: string, method = 'GET', body?: unknown, type = 'application/json'): Promise<Answer> {
  const content = typeof body === 'string' ? body : JSON.stringify(body);
  const options = body === undefined ? {} : { body: content, headers: { 'content-type': type } };
  askedCount++;
  const response = await fetch(url, { method, ...options });
  const words = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: words === '' ? null : JSON.parse(words),
  };
}

/** Requests that are wrong, and the status that they get. */
const wrongRequests: readonly (readonly [path: string, method: string, body: unknown, status: number])[] = [
  ['/products', 'POST', { name: '', priceCents: 1.5 }, 422],
  ['/products', 'POST', { name: 'x', priceCents: 1, colour: 'red' }, 422],
  ['/products', 'POST', { name: 'x', priceCents: 2 ** 31 }, 422],
  ['/products', 'POST', { name: 'x\0y', priceCents: 1 }, 422],
  ['/products?limit=1000', 'GET', undefined, 422],
  ['/products', 'POST', '{"name"', 400],
  ['/products', 'POST', { name: 'x'.repeat(100_000), priceCents: 1 }, 413],
  ['/products/none', 'GET', undefined, 404],
  ['/products/4711', 'PATCH', { stock: 1 }, 404],
  ['/nowhere', 'GET', undefined, 404],
  ['/products', 'PUT', {}, 405],
];

async function tryProducts(url: string): Promise<void> {
  const made = await ask(`${url}/products`, 'POST', { name: ' red shirt ', priceCents: 1999 });
  expect(made).toMatchObject({
    status: 201,
    body: { id: 1, name: 'red shirt', priceCents: 1999, stock: 0 },
  });
  expect(made.headers.get('location')).toBe('/products/1');
  const changed = await ask(`${url}/products/1`, 'PATCH', { stock: 5 });
  expect(changed).toMatchObject({ status: 200, body: { name: 'red shirt', stock: 5 } });
  for (const name of ['green shirt', 'blue shirt'])
    await ask(`${url}/products`, 'POST', { name, priceCents: 1 });
  expect((await ask(`${url}/products?after=1&limit=1`)).body).toMatchObject([{ name: 'green shirt' }]);
  expect(await ask(`${url}/products/1`, 'DELETE')).toMatchObject({ status: 204, body: null });
  expect(await ask(`${url}/products/1`)).toMatchObject({ status: 404 });
}

async function tryProblems(url: string): Promise<void> {
  for (const [path, method, body, status] of wrongRequests) {
    const answer = await ask(`${url}${path}`, method, body);
    expect([path, answer.status]).toEqual([path, status]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const members = { type: 'about:blank', title: expect.any(String), status, detail: expect.any(String) };
    expect(answer.body).toMatchObject(members);
  }
  const wrong = await ask(`${url}/products`, 'POST', { name: '', priceCents: 0 });
  expect(wrong.body).toMatchObject({ errors: [{ pointer: '/name' }, { pointer: '/priceCents' }] });
  const product = { name: 'once', priceCents: 1 };
  expect((await ask(`${url}/products`, 'POST', product)).status).toBe(201);
  expect((await ask(`${url}/products`, 'POST', product)).status).toBe(409);
  expect((await ask(`${url}/products`, 'POST', product, 'text/plain')).status).toBe(415);
  expect((await ask(`${url}/products`, 'PUT', {})).body).toMatchObject({ allowed: ['GET', 'POST'] });
}

/** Urgent ones are made first, but for the one that was begun before they came. */
async function tryReports(url: string): Promise<void> {
  const ids: number[] = [];
  for (const urgency of ['low', 'low', 'normal', 'high']) {
    const { status, body } = await ask(`${url}/reports`, 'POST', { urgency });
    expect(status).toBe(202);
    ids.push((body as { id: number }).id);
  }
  const done: number[] = [];
  while (done.length < ids.length) {
    await setTimeout(20);
    for (const id of ids.filter((each) => !done.includes(each))) {
      const { body } = await ask(`${url}/reports/${id}`);
      if ((body as { state: string }).state === 'done') done.push(id);
    }
  }
  expect(done).toEqual([ids[0], ids[3], ids[2], ids[1]]);
  const { body } = await ask(`${url}/reports/${ids[0]}`);
  expect(body).toMatchObject({ result: { products: expect.any(Number) } });
}

/** Posts over kept connections until nobody listens any more. @returns how many were answered */
function* postUntilRefused(url: string, client: HttpClient, name: string): Coroutine<number> {
  for (let count = 0; ; count++) {
    try {
      const body = JSON.stringify({ name: `${name} ${count}`, priceCents: 1 });
      const headers = { 'content-type': 'application/json' };
      // Not sent again when its connection is closed: that would be a request lost.
      const { status } = yield* client.request(url, { method: 'POST', body, headers });
      expect(status).toBe(201);
    } catch (error) {
      if (error instanceof OSError && error.code === 'ECONNREFUSED') return count;
      throw error;
    }
  }
}

/** A load on a cheap page, if there is wrk. @returns what ends with how many answers it has got */
function startWrk(url: string): () => Promise<number> {
  if (!hasWrk) return () => Promise.resolve(0);
  const wrk = spawn('wrk', ['-t1', `-c${WRK_CONNECTIONS}`, '-d1s', `${url}/health`]);
  const output = text(wrk.stdout);
  return async () => {
    const report = await output;
    expect(report).not.toContain('Non-2xx');
    // It counts writes to connections that were refused, too; reads that end too soon would be losses.
    expect(/Socket errors: .*/.exec(report)?.[0] ?? 'read 0,').toContain('read 0,');
    return Number(/^ *(\d+) requests in/m.exec(report)?.[1]);
  };
}

const load = hasWrk ? 'clients and wrk' : 'clients (wrk is not installed, and left out)';

// One process for all of it: the database inside takes seconds to start.
test(`rest-service: what it answers, and a shutdown under the load of ${load}`, {
  timeout: 240_000,
}, async () => {
  const { program, port } = await start({ REPORT_MS: '400' });
  const url = `http://127.0.0.1:${port}`;
  await tryProducts(url);
  await tryProblems(url);
  await tryReports(url);

  const wrk = startWrk(url);
  // This thread is about to block: somebody else sends the signal.
  const killer = spawn('sh', ['-c', `sleep 0.5; kill -TERM ${program.child.pid}`]);
  const counts = run(function* () {
    using client = new HttpClient({ connectionsPerHost: 10, timeoutMs: 60_000 });
    const names = Array.from({ length: 10 }, (_, index) => `client ${index}`);
    return yield* gather(names.map((name) => postUntilRefused(`${url}/products`, client, name)));
  });
  const posted = counts.reduce((sum, count) => sum + count, 0);
  expect(posted).toBeGreaterThan(10);
  expect(await program.waitForExit(60_000), program.stderr).toBe(0);
  const said = /^(\d+) requests answered; 0 reports not made$/.exec(program.lines.at(-1) ?? '')?.[1];
  // Every request that anybody has sent has got its answer: both sides count the same. (If wrk's time is up
  // before the service ends, it does not look at the last answer of each connection.)
  const unseen = Number(said) - askedCount - posted - (await wrk());
  expect(unseen).toBeGreaterThanOrEqual(0);
  expect(unseen).toBeLessThanOrEqual(hasWrk ? WRK_CONNECTIONS : 0);
  expect(program.stderr).toBe('');
  await until(() => killer.exitCode !== null, 'end of the killer');
});

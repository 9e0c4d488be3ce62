/** Concurrent requests: the programs in examples/requests, against a site beside them. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { expect, test } from 'vitest';
import { certificatePath } from '../../support/certificates.ts';
import { type Program, startProgram } from '../../support/run-program.ts';
import { sized } from '../../support/size.ts';
import { onTeardown } from '../../support/teardown.ts';
import { startServer } from './server-process.ts';

test('fetch-many: all of the requests, over as many connections as there may be, and a bar to its end', async () => {
  const count = sized(200, 1000);
  const program = startProgram('examples/requests/fetch-many.ts', {
    args: ['--count', String(count), '--limit', '20', '--timeout-ms', '30000', '--bar'],
  });
  expect(await program.waitForExit(60_000), program.stderr).toBe(0);
  const [connections, ...outcomes] = program.lines;
  expect(outcomes).toEqual([`200: ${count}`]);
  expect(Number(/^(\d+) connections$/.exec(connections ?? '')?.[1])).toBeLessThanOrEqual(20);
  expect(program.stderr).toContain(`[${'#'.repeat(25)}] ${count} of ${count}\n`);
});

test('fetch-many: what fails is counted, and the others go on', async () => {
  const { port } = await startServer('examples/requests/site-server.ts');
  const site = `http://127.0.0.1:${port}`;
  const urls = ['page/1', 'status/404', 'redirect/3', 'gzip'].map((path) => `${site}/${path}`);
  const program = startProgram('examples/requests/fetch-many.ts', { args: [...urls, 'http://127.0.0.1:1/'] });
  expect(await program.waitForExit(), program.stderr).toBe(0);
  expect(program.lines.slice(1).sort()).toEqual(['200: 3', '404: 1', 'OSError: 1']);
});

test('waiting-modes: each way to wait', async () => {
  const program = startProgram('examples/requests/waiting-modes.ts');
  expect(await program.waitForExit(60_000), program.stderr).toBe(0);
  expect(program.lines).toEqual([
    'gather: turn 2, turn 1, turn 0',
    'asCompleted: turn 0, turn 1, turn 2',
    'wait, FIRST_COMPLETED: 1 done, 0 of them failed, 2 pending',
    'wait, FIRST_EXCEPTION: 1 done, 1 of them failed, 2 pending',
    'wait, ALL_COMPLETED: 3 done, 1 of them failed, 0 pending',
    'taskGroup: status 503; the slow one was cancelled: true',
    'waitFor: no answer within 100 ms, and the request was cancelled',
    'retried: status 503, and again',
    'retried: status 503, and again',
    'retried: flaky',
  ]);
});

/** Runs fetch-page to its end. */
async function fetchPage(...args: string[]): Promise<{ exitCode: unknown; program: Program }> {
  const program = startProgram('examples/requests/fetch-page.ts', { args });
  return { exitCode: await program.waitForExit(), program };
}

test('fetch-page: over TLS, from whom it trusts', async () => {
  const [cert, key] = ['server.pem', 'server-key.pem'].map((name) => readFileSync(certificatePath(name)));
  const server = createServer({ cert, key }, (request, response) => {
    if (request.url === '/') response.writeHead(302, { location: '/there' }).end();
    else response.end(`at ${request.url}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTeardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `https://localhost:${(server.address() as { port: number }).port}/`;
  const trusting = await fetchPage('--ca', certificatePath('ca.pem'), url);
  expect(trusting.program.stderr).toBe('');
  expect([trusting.exitCode, trusting.program.stdout]).toEqual([0, 'at /there\n']);
  const { exitCode, program } = await fetchPage(url);
  expect([exitCode, program.stdout]).toEqual([1, '']);
  expect(program.stderr).toMatch(/^fetch-page: .*certificate.*\n$/);
});

test('fetch-page: nobody there, no URL, a status of 400 and above', async () => {
  const { port, program: site } = await startServer('examples/requests/site-server.ts');
  const missing = await fetchPage('--include', `http://127.0.0.1:${port}/status/410`);
  expect(missing.exitCode).toBe(22);
  expect(missing.program.lines[0]).toBe('HTTP/1.1 410 Gone');
  expect(missing.program.lines.at(-1)).toBe('status 410');
  await site.kill();
  const refused = await fetchPage(`http://127.0.0.1:${port}/`);
  expect([refused.exitCode, refused.program.stderr]).toEqual([
    1,
    `fetch-page: connect ECONNREFUSED 127.0.0.1:${port} (connection refused)\n`,
  ]);
  const wrong = await fetchPage('nowhere');
  expect([wrong.exitCode, wrong.program.stderr]).toEqual([
    1,
    "fetch-page: 'nowhere' is no http: or https: URL\n",
  ]);
});

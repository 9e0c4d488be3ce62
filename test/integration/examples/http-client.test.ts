/**
 * The HTTP client of the examples (examples/requests/http-client.ts): curl gets the same of 220 odd
 * responses; connections are kept, and what goes wrong with kept ones is not seen.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type Coroutine,
  createTask,
  gather,
  isCancelled,
  run,
  Semaphore,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
} from 'selectloop';
import { expect, test } from 'vitest';
import { HttpClient, type RequestOptions } from '../../../examples/requests/http-client.ts';
import { onTeardown } from '../../support/teardown.ts';
import { ODD_COUNT } from './odd-responses.ts';
import { hasCommand, startServer as startProcess } from './server-process.ts';

/** How a request ended: the status, the redirects and the body, or that it failed. */
type Outcome = string;

const describeOutcome = (status: number, redirects: number, body: Buffer): Outcome =>
  `${status}, ${redirects} redirects, ${body.length} bytes ${createHash('md5').update(body).digest('hex')}`;

/** What curl makes of the URLs, in one process. */
async function curl(urls: readonly string[]): Promise<Outcome[]> {
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-curl-'));
  onTeardown(() => rmSync(folder, { recursive: true }));
  const config = urls.map((url, index) => `url = "${url}"\noutput = "${folder}/${index}"`).join('\n');
  writeFileSync(join(folder, 'config'), config);
  const format = '%{urlnum} %{exitcode} %{http_code} %{num_redirects}\\n';
  const options = ['-s', '-L', '--max-redirs', '10', '--compressed', '--max-time', '20', '-w', format];
  const { stdout } = await promisify(execFile)('curl', [...options, '-K', join(folder, 'config')]).catch(
    // Its exit code is that of one of the transfers.
    (error: { stdout: string }) => error,
  );
  const outcomes: Outcome[] = [];
  for (const line of stdout.trim().split('\n')) {
    const [index, exitCode, status, redirects] = line.split(' ').map(Number) as [
      number,
      number,
      number,
      number,
    ];
    if (exitCode !== 0) outcomes[index] = 'failed';
    else outcomes[index] = describeOutcome(status, redirects, outputOf(join(folder, String(index))));
  }
  return outcomes;
}

/** curl makes no file for no bytes. */
function outputOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

function* outcomeOf(client: HttpClient, url: string): Coroutine<Outcome> {
  try {
    const { status, redirectCount, body } = yield* client.get(url);
    return describeOutcome(status, redirectCount, body);
  } catch (error) {
    if (isCancelled(error)) throw error;
    return 'failed';
  }
}

test.skipIf(!hasCommand('curl'))(`curl agrees on ${ODD_COUNT} odd responses (needs curl)`, async () => {
  const { port, program } = await startProcess('test/integration/examples/programs/odd-site.ts');
  const urls = Array.from({ length: ODD_COUNT }, (_, number) => `http://127.0.0.1:${port}/odd/${number}`);
  const expected = await curl(urls);
  const outcomes = run(function* () {
    using client = new HttpClient();
    const places = new Semaphore(6);
    return yield* gather(urls.map((url) => places.with(() => outcomeOf(client, url))));
  });
  expect(outcomes).toEqual(expected);
  // Most are responses that both can read, and some are none.
  expect(outcomes.filter((outcome) => outcome === 'failed').length).toBeLessThan(20);
  expect(new Set(outcomes).size).toBeGreaterThan(30);
  program.child.stdin.end();
});

/** A server that answers each request with what `answer` says, and counts its connections. */
function* serve(
  answer: (head: string, request: number) => string | null,
): Coroutine<{ url: string; connectionCount: () => number; [Symbol.dispose](): void }> {
  let connectionCount = 0;
  let requestCount = 0;
  const handle = function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    using _ = writer;
    connectionCount++;
    for (;;) {
      let head = '';
      while (!head.endsWith('\r\n\r\n')) {
        const line = yield* reader.readLine();
        if (line.length === 0) return;
        head += line.toString();
      }
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
      head += (yield* reader.readExactly(length)).toString();
      const bytes = answer(head, requestCount++);
      if (bytes === null) return;
      yield* writer.write(Buffer.from(bytes));
    }
  };
  const server = yield* startServer(handle, '127.0.0.1', 0);
  return {
    url: `http://127.0.0.1:${server.port}/`,
    connectionCount: () => connectionCount,
    [Symbol.dispose]: () => server.close(),
  };
}

const ok = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

test('one connection serves many requests, and so many at a time are the limit', () => {
  run(function* () {
    using site = yield* serve((_, request) => ok(String(request)));
    using client = new HttpClient({ connectionsPerHost: 3 });
    for (let request = 0; request < 5; request++)
      expect((yield* client.get(site.url)).text).toBe(String(request));
    expect(site.connectionCount()).toBe(1);
    yield* gather(Array.from({ length: 20 }, () => client.get(site.url)));
    expect(site.connectionCount()).toBeLessThanOrEqual(3);
  });
});

test('a kept connection that the server closes is replaced, and nobody notices', () => {
  run(function* () {
    // Hears every second request, and closes instead of an answer.
    using site = yield* serve((_, request) => (request % 2 === 1 ? null : ok('here')));
    using client = new HttpClient();
    for (let request = 0; request < 4; request++) expect((yield* client.get(site.url)).text).toBe('here');
    // What may not be sent twice fails.
    yield* client.get(site.url);
    const posting = createTask(client.request(site.url, { method: 'POST', body: 'once' }));
    yield* gather([posting], { returnExceptions: true });
    expect(posting.exception()).toMatchObject({ message: 'the server has closed the connection' });
  });
});

test('a request over a kept connection is cancelled as any other', () => {
  run(function* () {
    using site = yield* serve((_, request) => (request === 0 ? ok('first') : ''));
    using client = new HttpClient();
    yield* client.get(site.url);
    const task = createTask(client.get(site.url));
    yield* sleep(20);
    task.cancel();
    yield* gather([task], { returnExceptions: true });
    expect(task.cancelled()).toBe(true);
  });
});

test('redirects: what becomes GET, what is sent again, and what is for one server stays with it', () => {
  run(function* () {
    using other = yield* serve((head) => ok(head));
    for (const [status, method] of [
      [301, 'GET'],
      [302, 'GET'],
      [303, 'GET'],
      [307, 'POST'],
      [308, 'POST'],
    ] as const) {
      using site = yield* serve(
        () => `HTTP/1.1 ${status} -\r\nLocation: ${other.url}there\r\nContent-Length: 0\r\n\r\n`,
      );
      using client = new HttpClient();
      const headers = { Authorization: 'secret', Host: 'a.test', 'Content-Type': 'text/plain', 'X-Own': '1' };
      const options: RequestOptions = { method: 'POST', body: 'data', headers };
      const { text, redirectCount, url } = yield* client.request(site.url, options);
      expect(text.startsWith(`${method} /there HTTP/1.1`)).toBe(true);
      expect(text.endsWith('data')).toBe(method === 'POST');
      expect(text).not.toContain('secret');
      expect(text).toContain(`\r\nhost: ${url.host}\r\n`);
      expect(text).toContain('\r\nx-own: 1\r\n');
      expect(text.includes('\r\ncontent-type: text/plain\r\n')).toBe(method === 'POST');
      expect([redirectCount, url.pathname]).toEqual([1, '/there']);
    }
  });
});

test('limits: on the time, on the size, on what a head may hold', () => {
  run(function* () {
    using site = yield* serve((head) => (head.includes('/silent') ? '' : ok('x'.repeat(2000))));
    using client = new HttpClient({ timeoutMs: 100, maxBytes: 1000 });
    const failing = [
      client.get(`${site.url}silent`),
      client.get(site.url),
      client.get(site.url, { 'X-Split': 'a\r\nInjected: b' }),
      client.get('ftp://127.0.0.1/'),
    ];
    const errors = (yield* gather(failing, { returnExceptions: true })) as Error[];
    expect(errors.map(({ name }) => name)).toEqual(['TimeoutError', 'Error', 'TypeError', 'TypeError']);
    expect(errors[1]?.message).toBe('the body has more than 1000 bytes');
  });
});

test('a head without an end is refused when it is too long', () => {
  run(function* () {
    const endless = `HTTP/1.1 200 OK\r\n${'X-More: and more\r\n'.repeat(10_000)}`;
    using site = yield* serve(() => endless);
    using client = new HttpClient({ timeoutMs: 5000 });
    const [error] = yield* gather([client.get(site.url)], { returnExceptions: true });
    expect((error as Error).message).toBe('the head has more than 65536 bytes');
  });
});

/** The crawler of examples/crawler/, on the site of examples/crawler/crawler-site.ts. */
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LocalTurns } from '../../../examples/crawler/politeness.ts';
import { type Coroutine, gather, getRunningLoop, run, runGuest, sleep } from '../../../src/index.ts';
import { VirtualClock } from '../../../src/testing.ts';
import { type Program, startProgram } from '../../support/run-program.ts';
import { sized } from '../../support/size.ts';
import { onTeardown } from '../../support/teardown.ts';
import { expectWhole, reportOf, resultsOf, startSite } from './crawled-site.ts';
import { until } from './server-process.ts';
import { TerminalProgram } from './terminal-program.ts';

const PAGES = sized(80, 10_000);

function startCrawler(start: string, ...args: string[]): Program {
  return startProgram('examples/crawler/crawler.ts', { args: [start, ...args] });
}

test('every page exactly once, nothing that is forbidden, so many at once', {
  timeout: 300_000,
}, async () => {
  const site = await startSite(PAGES);
  const crawler = startCrawler(`http://127.0.0.1:${site.port}/`, '--per-host', '6');
  expect(await crawler.waitForExit(280_000), crawler.stderr).toBe(0);
  expect(crawler.lines).toEqual([resultsOf(PAGES)]);
  const report = await reportOf(site);
  expect(expectWhole(report, PAGES)).toBe(0);
  expect(report.most).toBeLessThanOrEqual(6);
  expect(report.most).toBeGreaterThan(1);
});

test('killed in the middle, it goes on from its state', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'crawler-'));
  onTeardown(() => rmSync(folder, { recursive: true }));
  const state = join(folder, 'state');
  const site = await startSite(120, { LATENCY_MS: '10' });
  const args = [`http://127.0.0.1:${site.port}/`, '--state', state, '--per-host', '3'] as const;
  const first = startCrawler(...args);
  await until(() => existsSync(state) && readFileSync(state, 'utf8').split('\n').length > 40, 'forty pages');
  await first.kill();
  const done = readFileSync(state, 'utf8');
  // As if the machine had stopped in the middle of a line.
  appendFileSync(state, '{"key":"http://');
  const second = startCrawler(...args);
  expect(await second.waitForExit(60_000), second.stderr).toBe(0);
  expect(second.lines).toEqual([resultsOf(120)]);
  expect(readFileSync(state, 'utf8').startsWith(done)).toBe(true);
  // What was under way, and nothing else, was asked for again.
  expect(expectWhole(await reportOf(site), 120)).toBeLessThanOrEqual(3);
  // Once more, and nothing is left to do.
  const third = startCrawler(...args);
  expect(await third.waitForExit(60_000), third.stderr).toBe(0);
  expect(third.lines).toEqual([resultsOf(120)]);
});

test('what has no end: a page, robots.txt, and the delay that it asks for', async () => {
  const endless = (response: ServerResponse, beginning: string): void => {
    response.write(beginning);
    const more = (): void => {
      while (response.write(Buffer.alloc(65_536, '#\n')));
    };
    response.on('drain', more);
    more();
  };
  const server = createServer(({ url }, response) => {
    if (url === '/robots.txt') endless(response, 'User-agent: *\nCrawl-delay: Infinity\nDisallow: /no\n');
    else if (url === '/next') response.setHeader('content-type', 'text/html').end('<a href=/no>no</a>');
    else endless(response.setHeader('content-type', 'text/html'), '<a href=/next>next</a><a href=/no>no</a>');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTeardown(() => server.close().closeAllConnections());
  const start = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const crawler = startCrawler(start, '--depth', '0', '--list', '--timeout-ms', '20000');
  expect(await crawler.waitForExit(30_000), crawler.stderr).toBe(0);
  expect(crawler.lines).toEqual([`200 ${start}`, '1 pages: 200: 1']);
});

test('depth, retries that end, links that are none, and a host that is not there', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    if (path !== '/robots.txt') asked.push(path);
    if (path === '/robots.txt') response.end('User-agent: tester\nDisallow: /no');
    else if (path === '/broken') request.socket.destroy();
    else if (path === '/busy') response.writeHead(503).end();
    else
      response
        .setHeader('content-type', 'text/html; charset=utf-8')
        .end(
          '<a href=/broken>1</a><a href=/busy>2</a><a href=/no>3</a><a rel=nofollow href=/ads>4</a><a href=/deep>5</a>',
        );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTeardown(() => server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  const shallow = startCrawler(`http://127.0.0.1:${port}/start`, '--depth', '0', '--list');
  expect(await shallow.waitForExit(), shallow.stderr).toBe(0);
  expect(shallow.lines).toEqual([`200 http://127.0.0.1:${port}/start`, '1 pages: 200: 1']);
  asked.length = 0;

  const args = ['--user-agent', 'tester', '--retries', '2', 'http://127.0.0.1:1/'];
  const crawler = startCrawler(`http://127.0.0.1:${port}/start`, ...args);
  expect(await crawler.waitForExit(), crawler.stderr).toBe(0);
  expect(crawler.lines).toEqual(['6 pages: 200: 2, forbidden: 2, 503: 1, UND_ERR_SOCKET: 1']);
  expect(asked.filter((path) => path === '/busy')).toHaveLength(3);
  expect(asked.filter((path) => path === '/broken')).toHaveLength(3);
  expect(asked).not.toContain('/ads');
});

test('Ctrl-C: exit code 130, and not a word', async () => {
  const site = await startSite(10_000);
  const crawler = startCrawler(`http://127.0.0.1:${site.port}/`, '--list');
  await crawler.waitForLine(/^200 /);
  crawler.child.kill('SIGINT');
  expect(await crawler.waitForExit()).toBe(130);
  expect(crawler.stderr).toBe('');
});

test('in a terminal: how it goes, on one line, and in its place the result', async () => {
  const site = await startSite(100, { LATENCY_MS: '20' });
  await runGuest(function* () {
    const args = [`http://127.0.0.1:${site.port}/`];
    const path = 'examples/crawler/crawler.ts';
    const crawler = yield* TerminalProgram.start(path, args, { rows: 5, columns: 100 });
    yield* crawler.until(
      ([line]) => /^\d+ visited, [1-9]\d* to go, \d+\/s +200: \d+/.test(line ?? ''),
      'progress',
    );
    expect(crawler.screen.slice(1).join('')).toBe('');
    expect(yield* crawler.child.wait()).toBe(0);
    yield* crawler.shows(resultsOf(100), 'RESTORED', '', '', '');
  });
});

test('a host is asked no sooner than after its delay, whoever asks; others do not wait for it', () => {
  const turns = new LocalTurns();
  const asked: [host: string, atMs: number][] = [];
  run(
    function* () {
      const startMs = getRunningLoop().time();
      const ask = function* (host: string): Coroutine<void> {
        yield* turns.wait(host, 100);
        asked.push([host, getRunningLoop().time() - startMs]);
      };
      yield* gather([ask('a'), ask('a'), ask('b'), ask('a')]);
      yield* sleep(1000);
      yield* ask('a');
    },
    { clock: new VirtualClock() },
  );
  expect(asked).toEqual([
    ['a', 0],
    ['b', 0],
    ['a', 100],
    ['a', 200],
    ['a', 1200],
  ]);
});

test('what makes no sense: one line', async () => {
  const nowhere = startCrawler('ftp://example.org/');
  expect(await nowhere.waitForExit()).toBe(1);
  expect(nowhere.stderr).toBe("crawler: 'ftp://example.org/' is no http address\n");
  const without = startProgram('examples/crawler/crawler.ts');
  expect(await without.waitForExit()).toBe(2);
  expect(without.stderr).toBe('crawler: URL … is missing; --help says more\n');
});

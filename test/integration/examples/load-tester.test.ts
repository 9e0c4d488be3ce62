/**
 * The load tester, examples/load-tester/load-tester.ts: what it counts, what it charges a server that stalls,
 * its screen, its page, and its end. How its figures compare with those of wrk is measured by hand.
 */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { runGuest } from '../../../src/index.ts';
import { createServer as createSocketServer } from '../../../src/socket.ts';
import { type Program, startProgram } from '../../support/run-program.ts';
import { onTeardown } from '../../support/teardown.ts';
import { chromium, startBrowser, withoutChromium } from './browser.ts';
import { TerminalProgram } from './terminal-program.ts';

const PATH = 'examples/load-tester/load-tester.ts';

/** How long an answer takes: without a pause the two would keep the processor busy, and show nothing more. */
const SERVICE_MS = 20;

/** Answers after that pause, with nothing. */
const answer: RequestListener = (_request, response) => void setTimeout(() => response.end(), SERVICE_MS);

async function serve(listener: RequestListener = answer): Promise<string> {
  const server = createServer(listener);
  onTeardown(() => server.close().closeAllConnections());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function startTester(url: string, ...args: string[]): Program {
  return startProgram(PATH, { args: [url, '--duration', '1', ...args] });
}

/** The lines of the report of one that has ended well. */
async function reportOf(tester: Program): Promise<string> {
  expect(await tester.waitForExit(30_000), tester.stderr).toBe(0);
  expect(tester.stderr).toBe('');
  return tester.stdout;
}

test('closed loop: counts what was answered, by status', async () => {
  let asked = 0;
  const url = await serve((_request, response) => {
    asked++;
    response.writeHead(asked % 4 === 0 ? 404 : 200);
    setTimeout(() => response.end('hello'), SERVICE_MS);
  });
  const report = await reportOf(startTester(url, '--connections', '3'));
  expect(report).toMatch(/^GET http:.*\/, 3 connections, closed loop, \d+\.\d s\nrequests +\d+ answered, /);
  const answered = Number(/requests +(\d+)/.exec(report)?.[1]);
  // What was under way at the end is not counted.
  expect(asked - answered).toBeLessThanOrEqual(3);
  expect(answered).toBeGreaterThan(3);
  const [, found, missing] = /results +200: (\d+), 404: (\d+)\n/.exec(report) ?? [];
  expect(Number(found) + Number(missing)).toBe(answered);
});

test('open loop: a server that stalls is charged for all that it kept waiting', async () => {
  let asked = 0;
  const url = await serve((_request, response) => {
    asked++;
    if (asked === 20) setTimeout(() => response.end('late'), 800);
    else response.end('hello');
  });
  // One connection: while it waits for its answer, forty requests become due.
  const report = await reportOf(startTester(url, '--rate', '50', '--connections', '1', '--duration', '2'));
  const [, p50, p90, max] = /p50 ([\d.]+) ms, p90 ([\d.]+) ms, .* max ([\d.]+) ms/.exec(report) ?? [];
  expect(Number(max)).toBeGreaterThan(790);
  // A tenth of all waited for most of the stall; of its one late answer alone p90 would know nothing.
  expect(Number(p90)).toBeGreaterThan(400);
  expect(Number(p50)).toBeLessThan(Number(p90));
});

test('no answer in time, connections that break, what is no HTTP: counted, and gone on from', async () => {
  const results = async (listener: RequestListener, ...args: string[]): Promise<string | undefined> =>
    (await reportOf(startTester(await serve(listener), ...args)))
      .split('\n')
      .find((line) => line.startsWith('results'));
  const [silent, breaking, babbling] = await Promise.all([
    results(() => {}, '--timeout-ms', '150'),
    results((request) => void setTimeout(() => request.socket.destroy(), SERVICE_MS)),
    results((request) => void setTimeout(() => request.socket.end('what?\r\n\r\n'), SERVICE_MS)),
  ]);
  expect(silent).toMatch(/^results +timeout: \d+$/);
  expect(breaking).toMatch(/^results +(closed|ECONNRESET): \d+/);
  expect(babbling).toMatch(/^results +no HTTP: \d+/);
});

test('Ctrl-C: the report so far, and exit code 130', async () => {
  const url = await serve();
  const tester = startProgram(PATH, { args: [url, '--duration', '600', '--web', '0'] });
  await tester.waitForLine(/^Charts on/);
  tester.child.kill('SIGINT');
  expect(await tester.waitForExit(), tester.stderr).toBe(130);
  expect(tester.stdout).toMatch(/ s, cancelled\nrequests +\d+ answered/);
});

test('Ctrl-C while there is no answer to the first connection', async ({ skip }) => {
  skip(process.platform !== 'linux', 'other systems refuse what has no room in the backlog');
  // Two connections fill it; the system says nothing to whoever comes then.
  const server = createSocketServer(['127.0.0.1', 0], { backlog: 0 });
  onTeardown(() => server.close());
  const [, port] = server.getsockname() as [string, number];
  const waiting = [1, 2].map(() => connect(port, '127.0.0.1'));
  for (const each of waiting) onTeardown(() => void each.destroy());
  await once(waiting[0] as Socket, 'connect');
  const tester = startProgram(PATH, { args: [`http://127.0.0.1:${port}/`, '--web', '0'] });
  await tester.waitForLine(/^Charts on/);
  await pause(300);
  tester.child.kill('SIGINT');
  expect(await tester.waitForExit(5000), tester.stderr).toBe(130);
  expect(tester.stdout).toMatch(/ 0\.0 s, cancelled\nrequests +0 answered, 0\.0\/s/);
  expect(tester.stderr).toBe('');
});

test('a browser that keeps a connection ready does not keep the tester', async () => {
  const url = await serve();
  const tester = startProgram(PATH, { args: [url, '--duration', '1', '--web', '0'] });
  const port = Number(/\d+\/$/.exec(await tester.waitForLine(/^Charts on/))?.[0].slice(0, -1));
  const ready = connect(port, '127.0.0.1');
  onTeardown(() => void ready.destroy());
  await once(ready, 'connect');
  expect(await tester.waitForExit(15_000), tester.stderr).toBe(0);
});

test('no server, no address: one line', async () => {
  const nobody = startTester('http://127.0.0.1:1/');
  expect(await nobody.waitForExit()).toBe(1);
  expect(nobody.stderr).toBe('load-tester: connect ECONNREFUSED 127.0.0.1:1 (connection refused)\n');
  const nothing = startTester('nothing');
  expect(await nothing.waitForExit()).toBe(1);
  expect(nothing.stderr).toBe("load-tester: 'nothing' is no http address\n");
});

test('the screen: drawn in one place while the load goes on, then the report', async () => {
  const url = await serve();
  await runGuest(function* () {
    const args = [url, '--duration', '600'];
    const tester = yield* TerminalProgram.start(PATH, args, { rows: 20, columns: 100 });
    const rows = [
      /^GET http/,
      /^░.* s of 600\.0 s$/,
      /\d answers\/s$/,
      /p99 .* ms$/,
      /^latency/,
      /^results +200: \d+$/,
    ];
    const isDrawn = (screen: readonly string[]): boolean => rows.every((row, i) => row.test(screen[i] ?? ''));
    yield* tester.until(isDrawn, 'six rows');
    const [before] = tester.screen.slice(5);
    yield* tester.until((screen) => isDrawn(screen) && screen[5] !== before, 'more answers');
    expect(tester.screen.slice(6).join('')).toBe('');
    yield* tester.type('\x03');
    expect(yield* tester.child.wait()).toBe(130);
    yield* tester.until(
      ([title, requests]) =>
        title?.endsWith('cancelled') === true && requests?.startsWith('requests') === true,
      'a report in place of the screen',
    );
  });
});

describe.skipIf(chromium === null)(`page${chromium === null ? `, skipped: ${withoutChromium}` : ''}`, () => {
  test('charts grow while the test runs, and stay with the report', async () => {
    const url = await serve();
    const browser = await startBrowser();
    const tester = startProgram(PATH, { args: [url, '--duration', '600', '--web', '0'] });
    const address = (await tester.waitForLine(/^Charts on/)).replace('Charts on ', '');
    const page = await browser.newPage();
    await page.goto(address);
    const holds = (condition: string): Promise<unknown> =>
      page.waitForFunction(condition, { polling: 50, timeout: 20_000 });
    for (const chart of ['#rates polyline', '#latencies .p50', '#latencies .max'])
      await holds(`document.querySelector('${chart}').points.numberOfItems >= 3`);
    tester.child.kill('SIGINT');
    await holds(`/answered/.test(document.querySelector('#report').textContent)`);
    expect(await tester.waitForExit()).toBe(130);
  });
});

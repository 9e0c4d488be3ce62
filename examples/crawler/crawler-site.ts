/**
 * A site to crawl, made up as it is asked for: pages in a tree, with loops, links to nowhere, redirects, pages that are slow, that
 * fail at first, that robots.txt forbids, and a calendar without an end.
 *
 *     npm run example -- crawler-site --pages 500
 *     curl http://127.0.0.1:8030/report
 *
 * The report says how often each page was given out, and how many were under way at once at most: what a crawler did.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Coroutine, createTask, Event, fromPromise, print, runGuest, sleep } from 'selectloop';
import { commandLine, portNumber, wholeNumber } from '../command-line.ts';

const options = commandLine('crawler-site', {
  port: portNumber(8030),
  pages: wholeNumber(10_000, 'how many pages there are', { least: 1 }),
  slowMs: wholeNumber(500, 'how long every hundredth page takes'),
  latencyMs: wholeNumber(2, 'how long the others take'),
});

const ROBOTS = 'User-agent: *\nDisallow: /private/\nDisallow: /calendar/\n';

/** How often each page was given out. */
const given = new Map<string, number>();
const failedOnce = new Set<number>();
const underWay = { now: 0, most: 0 };

/** The pages of a number: its children in the tree, so that all are reached, and others, so that there are loops. */
function linksOn(page: number): string[] {
  const { pages } = options;
  const links = [2 * page + 1, 2 * page + 2, page >> 1, (page * 7 + 3) % pages, page]
    .filter((other) => other < pages)
    .map((other) => `/page/${other}`);
  links.push(
    `/page/${page >> 1}#top`,
    `../page/./${page}`,
    'mailto:nobody@example.org',
    'http://elsewhere.invalid/',
  );
  if (page % 50 === 7) links.push(`/missing/${page}`);
  if (page % 40 === 3) links.push(`/private/${page}`);
  if (page % 60 === 5) links.push(`/moved/${page}`);
  if (page % 100 === 1) links.push(`/calendar/${page}`);
  return links;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const NOT_HERE: Answer = { status: 404, body: 'not here' };

function* answerTo(path: string): Coroutine<Answer> {
  const [, kind = '', word = ''] = path.split('/');
  const number = Number(word);
  if (kind === '') return redirectTo('/page/0');
  if (kind === 'robots.txt') return { status: 200, body: ROBOTS };
  if (kind === 'moved') return redirectTo(`/page/${number >> 1}`);
  if (kind === 'private') return pageWith(path, []);
  // Forbidden too, so a crawler never sees that it has no end.
  if (kind === 'calendar') return pageWith(path, [`/calendar/${number + 1}`]);
  if (kind !== 'page' || !(number < options.pages)) return NOT_HERE;
  yield* sleep(number % 100 === 42 ? options.slowMs : options.latencyMs);
  if (number % 90 === 13 && !failedOnce.has(number)) {
    failedOnce.add(number);
    return { status: 503, body: 'come again', headers: { 'retry-after': '0' } };
  }
  return pageWith(path, linksOn(number));
}

function pageWith(path: string, links: readonly string[]): Answer {
  given.set(path, (given.get(path) ?? 0) + 1);
  const items = links.map((link) => `<li><a href="${link}">${link}</a>`);
  const body = `<!doctype html><title>${path}</title><ul>${items.join('\n')}</ul>`;
  return { status: 200, body, headers: { 'content-type': 'text/html' } };
}

function redirectTo(location: string): Answer {
  return { status: 302, body: '', headers: { location } };
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'text/plain', ...headers });
  response.end(body);
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  const [pathname = '/'] = (request.url ?? '/').split('?', 1);
  if (pathname === '/report') {
    const body = JSON.stringify({ most: underWay.most, given: Object.fromEntries(given) });
    send(response, { status: 200, body, headers: { 'content-type': 'application/json' } });
    return;
  }
  underWay.now++;
  underWay.most = Math.max(underWay.most, underWay.now);
  response.on('close', () => underWay.now--);
  createTask(function* () {
    send(response, yield* answerTo(pathname));
  });
}

function* main(): Coroutine<void> {
  const server = createServer(serve);
  yield* fromPromise(once(server.listen(options.port, '127.0.0.1'), 'listening'));
  print(`A site of ${options.pages} pages on port ${(server.address() as AddressInfo).port}`);
  try {
    yield* new Event().wait();
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

await runGuest(main, { interrupts: true });

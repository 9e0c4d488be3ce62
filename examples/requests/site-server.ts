/**
 * A small site on Node's own HTTP server, which misbehaves as real ones do: for the examples that make requests.
 *
 *     npm run example -- site-server        # 127.0.0.1:8050; --port changes that
 *
 * | path | answer |
 * |---|---|
 * | /page/N | a page, after up to 20 ms |
 * | /slow/MS | the same, after MS |
 * | /status/CODE | that status |
 * | /flaky/NAME/N | 503 for the first N times, then 200 |
 * | /in-turn/NAME/N/OF | waits until OF such requests have come, and answers them in the order of their numbers |
 * | /redirect/N | leads to /redirect/N-1, and from 0 to /page/0 |
 * | /gzip | a page of 100 kB, compressed |
 */

import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { commandLine, flag, portNumber } from '../command-line.ts';

const { port, untilEndOfInput } = commandLine('site-server', {
  port: portNumber(8050),
  untilEndOfInput: flag('end when stdin does: with the program that has started it'),
});

/** How long the answers of one name are apart. */
const TURN_MS = 30;

const failuresOf = new Map<string, number>();
const turnsOf = new Map<string, ServerResponse[]>();

async function answer(response: ServerResponse, kind: string, args: readonly string[]): Promise<void> {
  const [first = '', second = '', third = ''] = args;
  if (kind === 'page' || kind === 'slow') {
    await delay(kind === 'slow' ? Number(first) : Math.random() * 20);
    response.end(`<h1>Page ${first}</h1>\n`);
  } else if (kind === 'status') {
    response.writeHead(Number(first)).end(`status ${first}\n`);
  } else if (kind === 'flaky') {
    const failures = failuresOf.get(first) ?? 0;
    failuresOf.set(first, failures + 1);
    response.writeHead(failures < Number(second) ? 503 : 200).end('flaky\n');
  } else if (kind === 'in-turn') {
    await takeTurn(response, first, Number(second), Number(third));
  } else if (kind === 'redirect') {
    response.writeHead(302, { location: first === '0' ? '/page/0' : `/redirect/${Number(first) - 1}` }).end();
  } else if (kind === 'gzip') {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('0123456789'.repeat(10_000)));
  } else {
    response.writeHead(404).end('no such page\n');
  }
}

async function takeTurn(response: ServerResponse, name: string, turn: number, count: number): Promise<void> {
  const waiting = turnsOf.get(name) ?? [];
  turnsOf.set(name, waiting);
  waiting[turn] = response;
  if (waiting.filter(Boolean).length < count) return;
  turnsOf.delete(name);
  for (const [index, each] of waiting.entries()) {
    each?.end(`turn ${index}\n`);
    await delay(TURN_MS);
  }
}

const server = createServer((request, response) => {
  const [kind = '', ...args] = (request.url ?? '/').split('/').slice(1);
  answer(response, kind, args).catch((error: Error) => {
    if (!response.headersSent) response.writeHead(500);
    response.end(`${error.message}\n`);
  });
});
server.listen(port, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') process.stdout.write(`Serving on port ${address?.port}\n`);
});
if (untilEndOfInput) process.stdin.once('close', () => process.exit()).resume();

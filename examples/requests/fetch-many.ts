/**
 * Makes many requests, so many at a time, with a progress bar: 1,000 of a local site, or the URLs that are given.
 *
 *     npm run example -- fetch-many
 *     npm run example -- fetch-many --limit 10 https://example.com/ https://example.org/
 *
 * A request that fails is counted, and the others go on. The bar is drawn where stderr is a terminal; --bar draws it anyway.
 */

import { writeSync } from 'node:fs';
import { asCompleted, type Coroutine, isCancelled, print, runMain, Semaphore } from 'selectloop';
import { commandLine, flag, wholeNumber } from '../command-line.ts';
import { HttpClient } from './http-client.ts';
import { startSite } from './site.ts';

const { count, limit, timeoutMs, bar, rest } = commandLine(
  'fetch-many',
  {
    count: wholeNumber(1000, 'how many requests to make of the local site', { least: 1 }),
    limit: wholeNumber(50, 'how many are under way at a time', { least: 1 }),
    timeoutMs: wholeNumber(10_000, 'how long each may take'),
    bar: flag('draw the progress bar also where stderr is no terminal'),
  },
  '[URL …]',
);
const drawsBar = process.stderr.isTTY || bar;

/** How a request ended: its status, or the name of its error. */
function* outcome(client: HttpClient, url: string): Coroutine<string> {
  try {
    return String((yield* client.get(url)).status);
  } catch (error) {
    // A cancellation is for all of them, and a mistake is ours; else it is this request's alone.
    if (isCancelled(error) || error instanceof TypeError) throw error;
    return (error as Error).name;
  }
}

function drawBar(done: number, total: number): void {
  const [percent, before] = [done, done - 1].map((each) => Math.floor((100 * each) / total));
  if (!drawsBar || percent === before) return;
  const hashes = '#'.repeat(Math.floor((percent as number) / 4)).padEnd(25, '-');
  writeSync(2, `\r[${hashes}] ${done} of ${total}${done === total ? '\n' : ''}`);
}

function* fetchAll(urls: readonly string[]): Coroutine<Map<string, number>> {
  using client = new HttpClient({ timeoutMs, connectionsPerHost: limit });
  const places = new Semaphore(limit);
  const outcomes = new Map<string, number>();
  let done = 0;
  for (const next of asCompleted(urls.map((url) => places.with(() => outcome(client, url))))) {
    const result = yield* next;
    outcomes.set(result, (outcomes.get(result) ?? 0) + 1);
    drawBar(++done, urls.length);
  }
  print(`${client.pool.openedCount} connections`);
  return outcomes;
}

const site = rest.length > 0 ? '' : await startSite();
const urls = rest.length > 0 ? rest : Array.from({ length: count }, (_, index) => `${site}/page/${index}`);
const startMs = performance.now();
const outcomes = runMain(() => fetchAll(urls));
for (const [result, times] of outcomes ?? []) print(`${result}: ${times}`);
print(`${urls.length} requests in ${Math.round(performance.now() - startMs)} ms`, { fd: 2 });

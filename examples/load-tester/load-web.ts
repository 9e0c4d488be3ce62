/** The load tester's page: charts of what has come so far and what comes, by server-sent events. */

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Coroutine, fromPromise } from 'selectloop';
import type { LoadNews, LoadPlan } from './load-plan.ts';

/** How long the report may take on its way to the pages. */
const LAST_WORDS_MS = 1000;

export class LoadWeb {
  private readonly server: Server;
  private readonly plan: LoadPlan;
  private readonly page: Buffer;
  /** All so far, for pages that come later. */
  private readonly events: string[] = [];
  private readonly listeners = new Set<ServerResponse>();

  private constructor(plan: LoadPlan, page: Buffer) {
    this.plan = plan;
    this.page = page;
    this.server = createServer((request, response) => this.serve(request, response));
  }

  /** @throws an Error of the system, such as EADDRINUSE */
  static *open(plan: LoadPlan, port: number): Coroutine<LoadWeb> {
    const page = yield* fromPromise(readFile(new URL('./load-page.html', import.meta.url)));
    const web = new LoadWeb(plan, page);
    yield* fromPromise(once(web.server.listen(port, '127.0.0.1'), 'listening'));
    return web;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  show(news: LoadNews): void {
    this.send('news', { ...news, total: { ...news.total, results: Object.fromEntries(news.total.results) } });
  }

  /** Pages keep what they show. */
  close(lines: readonly string[]): void {
    this.send('report', lines);
    for (const listener of this.listeners) listener.end();
    this.server.close();
    // Browsers keep connections ready over which they have asked for nothing yet, and a page may be asleep.
    setTimeout(() => this.server.closeAllConnections(), LAST_WORDS_MS).unref();
  }

  private send(name: string, data: unknown): void {
    const event = `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
    this.events.push(event);
    for (const listener of this.listeners) listener.write(event);
  }

  private serve({ url }: IncomingMessage, response: ServerResponse): void {
    if (url === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'close' });
      response.write(`event: plan\ndata: ${JSON.stringify(this.plan)}\n\n${this.events.join('')}`);
      this.listeners.add(response);
      response.on('close', () => this.listeners.delete(response));
      return;
    }
    response.writeHead(url === '/' ? 200 : 404, { 'content-type': 'text/html', connection: 'close' });
    response.end(url === '/' ? this.page : 'not here');
  }
}

/**
 * A web API whose handlers are coroutines: Node's HTTP server and find-my-way in front, our tasks behind them, in guest mode.
 *
 * | when the service ends | |
 * |---|---|
 * | new connections | are refused |
 * | requests under way, and what still comes over connections that are there | are answered, with `Connection: close` |
 * | connections without a request for `QUIET_MS` | are closed |
 * | handlers that go on when `graceMs` are over | are cancelled, and their clients get a 503 |
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import newRouter, { type HTTPMethod } from 'find-my-way';
import {
  type Coroutine,
  createTask,
  fromPromise,
  gather,
  getRunningLoop,
  sleep,
  type Task,
} from 'selectloop';
import { Problem, problemBody, problemOf } from './problems.ts';

const MAX_BODY_BYTES = 64 * 1024;
const METHODS: readonly HTTPMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** How long a client may take to send the next request over a connection that it has: a round trip, and some. */
const QUIET_MS = 300;

/** A request, as handlers see it. */
export interface Call {
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string>>;
  /** The JSON of the body. @throws Problem */
  body(): Coroutine<unknown>;
}

export interface Reply {
  readonly status: number;
  /** Sent as JSON; nothing for `undefined`. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (call: Call) => Coroutine<Reply>;

export class HttpApi {
  /** Requests that were answered, whatever the answer. */
  answeredCount = 0;
  private readonly router = newRouter({
    defaultRoute: (request, response) => this.refuse(request, response),
  });
  private readonly server = createServer((request, response) => {
    this.router.lookup(request, response);
  });
  private readonly underWay = new Set<Task<void>>();
  private isEnding = false;
  private lastRequestMs = 0;

  /** `method` and `path`, such as `GET` and `/products/:id`, are answered by `handler`. */
  on(method: HTTPMethod, path: string, handler: Handler): void {
    this.router.on(method, path, (request, response, params, _store, query) => {
      const call: Call = { params, query, body: () => fromPromise(jsonOf(request)) };
      this.start(response, () => handler(call));
    });
  }

  /** @returns the port. @throws the system's error, such as EADDRINUSE */
  *listen(port: number): Coroutine<number> {
    const listening = once(this.server, 'listening');
    this.server.listen(port, '127.0.0.1');
    yield* fromPromise(listening);
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /** Ends it as the table above says. Returns when the last connection is closed. */
  *shutdown(graceMs: number): Coroutine<void> {
    this.isEnding = true;
    const closed = once(this.server, 'close');
    // Not http.Server's own close(), which ends idle connections at once: a request may be on its way over them.
    NetServer.prototype.close.call(this.server);
    const loop = getRunningLoop();
    const startMs = loop.time();
    this.lastRequestMs = Math.max(this.lastRequestMs, startMs);
    while (this.underWay.size > 0 || loop.time() < this.lastRequestMs + QUIET_MS) {
      if (loop.time() >= startMs + graceMs) break;
      yield* sleep(20);
    }
    const left = [...this.underWay];
    for (const task of left) task.cancel();
    yield* gather(left, { returnExceptions: true });
    this.server.closeIdleConnections();
    yield* sleep(20); // For the last answers to go out.
    this.server.closeAllConnections();
    yield* fromPromise(closed);
  }

  private start(response: ServerResponse, work: () => Coroutine<Reply>): void {
    this.lastRequestMs = getRunningLoop().time();
    const task = createTask(this.respond(response, work));
    this.underWay.add(task);
    task.addDoneCallback(() => this.underWay.delete(task));
    // The client has gone, and nobody waits for the answer. (After an answer the task is done, and this does nothing.)
    response.once('close', () => task.cancel());
  }

  private *respond(response: ServerResponse, work: () => Coroutine<Reply>): Coroutine<void> {
    let reply: Reply;
    try {
      reply = yield* work();
    } catch (error) {
      if (response.destroyed) throw error;
      const problem = problemOf(error, (mistake) => {
        getRunningLoop().callExceptionHandler({ message: 'a handler has failed', exception: mistake });
      });
      const headers = { 'content-type': 'application/problem+json' };
      reply = { status: problem.status, body: problemBody(problem), headers };
    }
    if (this.isEnding) response.setHeader('connection', 'close');
    const { status, body, headers } = reply;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? '' : `${JSON.stringify(body)}\n`);
    this.answeredCount++;
  }

  /** What no route is for. */
  private refuse(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '/';
    const allowed = METHODS.filter((method) => this.router.find(method, url.replace(/\?.*/, '')) !== null);
    this.start(response, function* () {
      if (allowed.length === 0) throw new Problem(404, `there is nothing at ${url}`);
      throw new Problem(405, `${request.method} is not for ${url}`, { allowed });
    });
  }
}

/** @throws Problem */
async function jsonOf(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/(\w+\+)?json\b/.test(request.headers['content-type'] ?? '')) {
    throw new Problem(415, 'the body must be application/json');
  }
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    // What comes is read to its end all the same, so that the connection can go on.
    if (bytes <= MAX_BODY_BYTES) parts.push(part);
  }
  if (bytes > MAX_BODY_BYTES) throw new Problem(413, `a body has at most ${MAX_BODY_BYTES} bytes`);
  try {
    return JSON.parse(Buffer.concat(parts).toString()) as unknown;
  } catch (error) {
    throw new Problem(400, `the body is no JSON: ${(error as Error).message}`);
  }
}

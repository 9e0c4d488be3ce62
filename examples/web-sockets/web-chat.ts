/**
 * A page that is alive: how many have it open, and what they say to each other, by WebSockets.
 *
 *     npm run example -- web-chat        # then open http://127.0.0.1:8020/?name=ada, in two windows
 *
 * The HTTP server is Node's and the WebSockets are those of `ws`, in guest mode; each page is served by a task of ours. A page
 * that reads too slowly, floods us, or does not answer our pings is let go, and the others notice nothing.
 */

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Coroutine,
  type EventQueue,
  fromPromise,
  moveOnAfter,
  print,
  queueOfEvents,
  runGuest,
  sleep,
  type TaskGroup,
  taskGroup,
} from 'selectloop';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { commandLine, portNumber, wholeNumber } from '../command-line.ts';

const MAX_MESSAGE_BYTES = 4096;
/** What may wait on its way to one page. */
const MAX_UNSENT_BYTES = 256 * 1024;
/** How many messages of a page may wait for us before it is not read any more. */
const MAX_UNREAD_MESSAGES = 16;
const CLOSE_WITHIN_MS = 1000;
/** Codes of RFC 6455, 7.4.1. */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;

type Messages = EventQueue<[data: RawData]>;

/** The pages that are open. */
class Pages {
  private readonly sockets = new Map<WebSocket, { isAlive: boolean }>();
  private readonly pingMs: number;

  constructor(pingMs: number) {
    this.pingMs = pingMs;
  }

  /** From the opening of a page to its end. */
  *serve(socket: WebSocket, messages: Messages, name: string): Coroutine<void> {
    const state = { isAlive: true };
    socket.on('pong', () => {
      state.isAlive = true;
    });
    this.sockets.set(socket, state);
    this.tellAll({ here: this.sockets.size });
    try {
      yield* messages.each((data) => this.hear(socket, name, data));
    } catch (error) {
      // What ws says of a peer that breaks the protocol: it has ended the connection already.
      print(`${name}: ${(error as Error).message}`, { fd: 2 });
    } finally {
      messages.close();
      this.sockets.delete(socket);
      this.tellAll({ here: this.sockets.size });
    }
  }

  /** Finds out which pages have gone without a word. */
  *ping(): Coroutine<never> {
    for (;;) {
      yield* sleep(this.pingMs);
      for (const [socket, state] of this.sockets) {
        if (!state.isAlive) socket.terminate();
        state.isAlive = false;
        socket.ping();
      }
    }
  }

  /** Says good-bye to all. */
  *close(): Coroutine<void> {
    for (const socket of this.sockets.keys()) socket.close(GOING_AWAY);
    while (this.sockets.size > 0) yield* sleep(10);
  }

  private *hear(socket: WebSocket, from: string, data: RawData): Coroutine<void> {
    const text = textIn(String(data));
    if (text === null) socket.close(POLICY_VIOLATION, 'a message is {"text": "…"}');
    else if (text.trim() !== '') this.tellAll({ from, text });
  }

  /** Waits for nobody. */
  private tellAll(news: { here: number } | { from: string; text: string }): void {
    const data = JSON.stringify(news);
    for (const socket of this.sockets.keys()) {
      if (socket.bufferedAmount > MAX_UNSENT_BYTES) socket.terminate();
      else if (socket.readyState === WebSocket.OPEN) socket.send(data);
    }
  }
}

/** What a page says; `null` for what is no message of our page. */
function textIn(json: string): string | null {
  try {
    const message: unknown = JSON.parse(json);
    const text = typeof message === 'object' && message !== null && 'text' in message ? message.text : null;
    return typeof text === 'string' ? text : null;
  } catch {
    return null;
  }
}

function nameIn(request: IncomingMessage): string {
  const { searchParams } = new URL(request.url ?? '/', 'http://page');
  return searchParams.get('name')?.slice(0, 20) || 'nobody';
}

/** Gives each WebSocket a task of the group. */
function acceptInto(group: TaskGroup, sockets: WebSocketServer, pages: Pages): void {
  sockets.on('connection', (socket, request) => {
    // Before anything else comes: what a page sends at once is not to be lost.
    const messages: Messages = queueOfEvents(socket, 'message', {
      endOn: ['close'],
      maxsize: MAX_UNREAD_MESSAGES,
    });
    group.createTask(pages.serve(socket, messages, nameIn(request)));
  });
}

function* main({ port, pingMs }: { port: number; pingMs: number }): Coroutine<void> {
  const page = yield* fromPromise(readFile(new URL('./page.html', import.meta.url)));
  const http = createServer((request: IncomingMessage, response: ServerResponse) => {
    // Not as a URL: anybody may ask for `//`, which is none.
    const isPage = request.url?.split('?', 1)[0] === '/';
    response.writeHead(isPage ? 200 : 404, { 'content-type': isPage ? 'text/html' : 'text/plain' });
    response.end(isPage ? page : 'not here\n');
  });
  yield* fromPromise(once(http.listen(port, '127.0.0.1'), 'listening'));
  const sockets = new WebSocketServer({ server: http, path: '/live', maxPayload: MAX_MESSAGE_BYTES });
  const pages = new Pages(pingMs);
  const { port: taken } = http.address() as AddressInfo;
  print(`Web chat on port ${taken}: open http://127.0.0.1:${taken}/?name=you`);
  yield* taskGroup(function* (group) {
    acceptInto(group, sockets, pages);
    try {
      yield* pages.ping();
    } finally {
      http.close();
      yield* moveOnAfter(CLOSE_WITHIN_MS, () => pages.close());
      for (const socket of sockets.clients) socket.terminate();
      http.closeAllConnections();
    }
  });
}

const options = commandLine('web-chat', {
  port: portNumber(8020),
  pingMs: wholeNumber(15_000, 'how often pages are asked whether they are there', { least: 10 }),
});
await runGuest(() => main(options), { interrupts: true });

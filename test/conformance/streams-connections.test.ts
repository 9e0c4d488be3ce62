/** Streams over real connections: what CPython 3.13 asks in test_streams and test_server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Coroutine,
  currentTask,
  type EventLoop,
  openConnection,
  openUnixConnection,
  type Server,
  type StreamReader,
  sleep,
  startServer,
  startUnixServer,
} from '../../src/index.ts';
import { AF_INET, SOCK_STREAM, Socket } from '../../src/socket.ts';
import type { StreamWriter } from '../../src/streams/stream-writer.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import { clientContext, portOf, serverContext } from '../integration/tls/secure-loop.ts';
import { failureOf } from '../support/failure-of.ts';
import { onTeardown } from '../support/teardown.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

/** Answers each line with a greeting, and the end with its end. */
function* greet(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  yield* reader.lines((line) => void writer.write(bytes(`hello ${line}`)));
  writer.close();
}

type Ends = [StreamReader, StreamWriter];

/** Runs `body` with the address of a server for `handler`. */
function serving(
  loop: EventLoop,
  body: (port: number, server: Server) => Coroutine<void>,
  handler: typeof greet = greet,
): void {
  loop.run(function* () {
    const server = yield* startServer(handler, { host: '127.0.0.1', port: 0 });
    try {
      yield* body(portOf(server), server);
    } finally {
      yield* server.shutdown({ graceMs: 0 });
    }
  });
}

function* connect(port: number): Coroutine<Ends> {
  return yield* openConnection({ host: '127.0.0.1', port });
}

function* hello([reader, writer]: Ends): Coroutine<string> {
  writer.write(bytes('you\n'));
  const answer = yield* reader.readLine();
  writer.close();
  yield* writer.waitClosed();
  return answer.toString();
}

function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-streams-'));
  onTeardown(() => rmSync(folder, { recursive: true }));
  return join(folder, 'sock');
}

describe('a connection', () => {
  it('open_connection, start_server: a conversation over TCP', () => {
    const { loop } = realLoop();
    serving(loop, function* (port) {
      expect(yield* hello(yield* connect(port))).toBe('hello you\n');
    });
  });

  it('open_unix_connection, start_unix_server: over a unix socket', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      const path = socketPath();
      const server = yield* startUnixServer(greet, { path });
      expect(yield* hello(yield* openUnixConnection({ path }))).toBe('hello you\n');
      yield* server.shutdown({ graceMs: 0 });
    });
  });

  it('open_connection_no_loop_ssl, open_unix_connection_no_loop_ssl, create_ssl_connection, create_ssl_unix_connection, create_unix_server_ssl: with TLS', () => {
    const { loop } = realLoop();
    const ssl = serverContext();
    const trust = { ssl: clientContext(), serverHostname: 'localhost' };
    loop.run(function* () {
      const path = socketPath();
      const tcp = yield* startServer(greet, { host: '127.0.0.1', port: 0, ssl });
      const unix = yield* startUnixServer(greet, { path, ssl });
      const overTcp = yield* openConnection({ host: '127.0.0.1', port: portOf(tcp), ...trust });
      expect(yield* hello(overTcp)).toBe('hello you\n');
      expect(yield* hello(yield* openUnixConnection({ path, ...trust }))).toBe('hello you\n');
      for (const server of [tcp, unix]) yield* server.shutdown({ graceMs: 0 });
    });
  });

  it('open_connection_error, open_unix_connection_error: what breaks it reaches its reads', () => {
    const { loop } = realLoop();
    serving(loop, function* (port) {
      const [reader, writer] = yield* connect(port);
      reader.setException(new RangeError('broken'));
      expect((yield* failureOf(reader.read(1))).message).toBe('broken');
      writer.close();
    });
  });

  it('start_tls: encrypts what comes after it', () => {
    const { loop } = realLoop();
    const [ssl, trust] = [serverContext(), clientContext()];
    function* upgrade(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
      writer.write(yield* reader.readLine());
      yield* writer.startTls(ssl);
      writer.write(yield* reader.readLine());
      writer.close();
    }
    serving(
      loop,
      function* (port) {
        const [reader, writer] = yield* connect(port);
        writer.write(bytes('hello world 1!\n'));
        const first = yield* reader.readLine();
        const before = writer.getExtraInfo('sslcontext');
        yield* writer.startTls(trust, { serverHostname: 'localhost' });
        writer.write(bytes('hello world 2!\n'));
        const second = yield* reader.readLine();
        expect([first, second].map(String)).toEqual(['hello world 1!\n', 'hello world 2!\n']);
        expect([before, writer.getExtraInfo('sslcontext')]).toEqual([null, trust]);
        writer.close();
        yield* writer.waitClosed();
      },
      upgrade,
    );
  });

  it('wait_closed_on_close, async_writer_api: is closed when the wait ends', () => {
    const { loop } = realLoop();
    serving(loop, function* (port) {
      const [reader, writer] = yield* connect(port);
      writer.write(bytes('you\n'));
      writer.writeEof();
      expect((yield* reader.read()).toString()).toBe('hello you\n');
      expect(writer.isClosing()).toBe(false);
      writer.close();
      expect(writer.isClosing()).toBe(true);
      yield* writer.waitClosed();
    });
  });

  it('wait_closed_on_close_with_unread_data: also when not all was read', () => {
    const { loop } = realLoop();
    serving(loop, function* (port) {
      const [reader, writer] = yield* connect(port);
      writer.write(bytes('one\ntwo\n'));
      expect((yield* reader.readLine()).toString()).toBe('hello one\n');
      expect(writer.isClosing()).toBe(false);
      writer.close();
      expect(writer.isClosing()).toBe(true);
      yield* writer.waitClosed();
    });
  });

  it('async_writer_api_exception_after_close: a write and drain after the end are told', () => {
    const { loop } = realLoop();
    serving(loop, function* (port) {
      const [, writer] = yield* connect(port);
      writer.close();
      writer.write(bytes('data'));
      expect(yield* failureOf(writer.drain())).toMatchObject({ code: 'ECONNRESET' });
    });
  });

  it('eof_feed_when_closing_writer: the reader has ended too', () => {
    const { loop } = realLoop();
    serving(loop, function* (port) {
      const [reader, writer] = yield* connect(port);
      writer.close();
      yield* writer.waitClosed();
      expect(reader.atEof()).toBe(true);
      expect((yield* reader.read()).length).toBe(0);
    });
  });

  it('drain_raises: a loop of writes to a peer that has gone ends', () => {
    const { loop } = realLoop();
    const listener = new Socket(AF_INET, SOCK_STREAM);
    listener.bind(['127.0.0.1', 0]);
    listener.listen(1);
    loop.run(function* () {
      const [, writer] = yield* connect(listener.getsockname()[1] as number);
      listener.accept()[0].close();
      const failure = yield* failureOf(
        (function* () {
          for (;;) {
            writer.write(bytes('foo\n'));
            yield* writer.drain();
            yield* sleep(0);
          }
        })(),
      );
      expect(failure).toMatchObject({ code: expect.stringMatching(/^(ECONNRESET|EPIPE)$/) });
      writer.close();
    });
    listener.close();
  });
});

describe('a handler', () => {
  it('unhandled_exception: is reported, and its connection closed', () => {
    const { loop, takeReports } = realLoop();
    serving(
      loop,
      function* (port) {
        const [reader] = yield* connect(port);
        expect((yield* reader.read()).length).toBe(0);
      },
      function* () {
        throw new RangeError('test');
      },
    );
    expect(takeReports().map((report) => report.message)).toEqual([
      'Unhandled exception in client_connected callback',
    ]);
  });

  it('unhandled_cancel: is not reported', () => {
    const { loop } = realLoop();
    serving(
      loop,
      function* (port) {
        const [reader] = yield* connect(port);
        expect((yield* reader.read()).length).toBe(0);
      },
      function* (_reader, writer) {
        writer.close();
        currentTask()?.cancel();
        yield* sleep(0);
      },
    );
  });
});

describe('a server', () => {
  it.each(['start_server_1', 'start_unix_server_1'])(
    '%s: serves when it is started, and ends serveForever when it is cancelled',
    (name) => {
      const { loop } = realLoop();
      const path = socketPath();
      const isUnix = name === 'start_unix_server_1';
      loop.run(function* () {
        const server = isUnix
          ? yield* startUnixServer(greet, { path, startServing: false })
          : yield* startServer(greet, { host: '127.0.0.1', port: 0, startServing: false });
        expect(server.isServing()).toBe(false);
        const serve = loop.createTask(server.serveForever());
        yield* sleep(1);
        expect(server.isServing()).toBe(true);
        const ends = isUnix ? yield* openUnixConnection({ path }) : yield* connect(portOf(server));
        expect(yield* hello(ends)).toBe('hello you\n');
        serve.cancel();
        yield* failureOf(serve as unknown as Coroutine<void>);
        expect([server.isServing(), server.sockets]).toEqual([false, []]);
        expect((yield* failureOf(server.serveForever())).message).toMatch(/closed/);
      });
    },
  );

  it('wait_closed_basic, wait_closed_race: waits for the close and for the last connection', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      const server = yield* startServer(greet, { host: '127.0.0.1', port: 0 });
      const waiting = loop.createTask(server.waitClosed());
      yield* sleep(1);
      expect(waiting.done()).toBe(false);
      const [, writer] = yield* connect(portOf(server));
      yield* sleep(5);
      server.close();
      yield* sleep(1);
      expect(waiting.done()).toBe(false);
      loop.callLater(5, () => writer.close());
      yield* waiting;
      yield* server.waitClosed();
    });
  });

  it.each(['closeClients', 'abortClients'] as const)(
    'close_clients, abort_clients: %s ends its connections',
    (call) => {
      const { loop } = realLoop();
      loop.run(function* () {
        const server = yield* startServer(greet, { host: '127.0.0.1', port: 0 });
        const [reader, writer] = yield* connect(portOf(server));
        writer.write(bytes('you\n'));
        yield* reader.readLine();
        server.close();
        server[call]();
        yield* server.waitClosed();
        yield* reader.read();
        writer.close();
      });
    },
  );
});

/** Streams over real sockets: what a program written with them sees. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Coroutine, createTask, type EventLoop, sleep } from '../../../src/index.ts';
import { SO_LINGER, SOL_SOCKET, type Socket } from '../../../src/socket.ts';
import { openConnection, openUnixConnection } from '../../../src/streams/open-connection.ts';
import { startServer, startUnixServer } from '../../../src/streams/start-server.ts';
import type { ClientConnected } from '../../../src/streams/stream-protocol.ts';
import type { StreamReader } from '../../../src/streams/stream-reader.ts';
import type { StreamWriter } from '../../../src/streams/stream-writer.ts';
import type { Server } from '../../../src/transports/server.ts';
import { failureOf } from '../../support/failure-of.ts';
import { onTeardown } from '../../support/teardown.ts';
import { pair, realLoop } from '../loop/real-loop.ts';

const local = { host: '127.0.0.1', port: 0 } as const;
const text = (value: string): Buffer => Buffer.from(value);

function* echoLines(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  yield* reader.lines((line) => writer.write(line));
  writer.close();
}

function* connectTo(server: Server): Coroutine<[StreamReader, StreamWriter]> {
  const [host, port] = server.sockets[0]?.getsockname() ?? [];
  return yield* openConnection({ host, port });
}

/** Runs `body` with a server for `handler`, and shuts that down. */
function withServer<T>(
  loop: EventLoop,
  handler: ClientConnected,
  body: (server: Server) => Coroutine<T>,
  options: object = {},
): T {
  return loop.run(function* () {
    const server = yield* startServer(handler, { ...local, ...options });
    try {
      return yield* body(server);
    } finally {
      yield* server.shutdown({ graceMs: 0 });
    }
  });
}

/** A close that the peer sees as a reset. */
function resetBy(writer: StreamWriter): void {
  const sock = writer.getExtraInfo('socket') as Socket;
  sock.setsockopt(SOL_SOCKET, SO_LINGER, Buffer.from(Int32Array.of(1, 0).buffer));
  writer.transport.abort();
}

describe('a conversation', () => {
  test('lines there and back, half-close, end', () => {
    const { loop } = realLoop();
    withServer(loop, echoLines, function* (server) {
      const [reader, writer] = yield* connectTo(server);
      for (const line of ['one\n', 'two\n']) {
        yield* writer.write(text(line));
        expect((yield* reader.readLine()).toString()).toBe(line);
      }
      yield* writer.write(text('no newline'));
      writer.writeEof();
      expect((yield* reader.read()).toString()).toBe('no newline');
      expect(reader.atEof()).toBe(true);
      writer.close();
      yield* writer.waitClosed();
      expect(writer.isClosing()).toBe(true);
    });
  });

  test('many clients at once', () => {
    const { loop } = realLoop();
    withServer(loop, echoLines, function* (server) {
      const client = function* (id: number): Coroutine<void> {
        const [reader, writer] = yield* connectTo(server);
        for (let i = 0; i < 20; i++) {
          yield* writer.write(text(`${id} ${i}\n`));
          expect((yield* reader.readLine()).toString()).toBe(`${id} ${i}\n`);
        }
        writer.close();
      };
      const tasks = Array.from({ length: 30 }, (_, id) => createTask(client(id)));
      for (const task of tasks) yield* task;
    });
  });

  test('large data: the writer is held back, the reader holds a bounded amount', () => {
    const { loop } = realLoop();
    const size = 20_000_000;
    let largest = 0;
    const sink: ClientConnected = function* (reader, writer) {
      yield* sleep(20);
      let count = 0;
      for (;;) {
        largest = Math.max(largest, reader.buffer.length);
        const data = yield* reader.read(10_000);
        if (data.length === 0) break;
        count += data.length;
      }
      yield* writer.write(text(`${count}\n`));
      writer.close();
    };
    withServer(loop, sink, function* (server) {
      const [reader, writer] = yield* connectTo(server);
      const block = Buffer.alloc(100_000);
      let unsent = 0;
      for (let sent = 0; sent < size; sent += block.length) {
        yield* writer.write(block);
        unsent = Math.max(unsent, writer.transport.getWriteBufferSize());
      }
      writer.writeEof();
      expect((yield* reader.readLine()).toString()).toBe(`${size}\n`);
      expect(unsent).toBeLessThanOrEqual(64 * 1024);
      // Twice the limit, and one receive that came on top.
      expect(largest).toBeLessThanOrEqual(2 * 64 * 1024 + 256 * 1024);
      writer.close();
    });
  });

  test('a close without waiting still sends everything', () => {
    const { loop } = realLoop();
    const burst: ClientConnected = (_reader, writer) => {
      writer.write(Buffer.alloc(5_000_000, 'x'));
      writer.close();
    };
    withServer(loop, burst, function* (server) {
      const [reader, writer] = yield* connectTo(server);
      expect(yield* reader.read()).toHaveLength(5_000_000);
      writer.close();
    });
  });

  test('by unix sockets', () => {
    const { loop } = realLoop();
    const dir = mkdtempSync(join(tmpdir(), 'selectloop-'));
    onTeardown(() => rmSync(dir, { recursive: true }));
    const path = join(dir, 's');
    loop.run(function* () {
      const server = yield* startUnixServer(echoLines, { path });
      const [reader, writer] = yield* openUnixConnection({ path });
      yield* writer.writeLines([text('a'), text('b\n')]);
      expect((yield* reader.readUntil(text('b\n'))).toString()).toBe('ab\n');
      writer.close();
      yield* server.shutdown();
    });
  });

  test('over a socket that is connected already, with a limit', () => {
    const { loop } = realLoop();
    const [mine, peer] = pair();
    loop.run(function* () {
      const [reader, writer] = yield* openConnection({ sock: mine, limit: 8 });
      peer.sendall(text('more than eight\nok\n'));
      expect((yield* failureOf(reader.readLine())).name).toBe('LimitOverrunError');
      expect((yield* reader.readLine()).toString()).toBe('ok\n');
      writer.close();
      yield* writer.waitClosed();
    });
  });
});

describe('what goes wrong', () => {
  test('nobody is there', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      const server = yield* startServer(echoLines, local);
      const [, port] = server.sockets[0]?.getsockname() ?? [];
      server.close();
      const error = yield* failureOf(openConnection({ host: '127.0.0.1', port }));
      expect(error.code).toBe('ECONNREFUSED');
    });
  });

  test('a reset reaches who reads, who writes and who waits for the end', () => {
    const { loop } = realLoop();
    withServer(
      loop,
      function* (reader, writer) {
        yield* reader.readLine();
        resetBy(writer);
      },
      function* (server) {
        const [reader, writer] = yield* connectTo(server);
        yield* writer.write(text('go\n'));
        expect((yield* failureOf(reader.read())).code).toBe('ECONNRESET');
        expect((yield* failureOf(writer.drain())).code).toBe('ECONNRESET');
        expect((yield* failureOf(writer.waitClosed())).code).toBe('ECONNRESET');
      },
    );
  });

  test('a peer that never reads holds the writer back until it goes', () => {
    const { loop } = realLoop();
    withServer(
      loop,
      function* (reader, writer) {
        yield* sleep(30);
        resetBy(writer);
        expect(reader.exception()).toBe(null);
      },
      function* (server) {
        const [, writer] = yield* connectTo(server);
        const endless = function* (): Coroutine<void> {
          for (;;) yield* writer.write(Buffer.alloc(100_000));
        };
        expect(['EPIPE', 'ECONNRESET']).toContain((yield* failureOf(endless())).code);
      },
    );
  });

  test('a handler that fails is reported; the server goes on', () => {
    const { loop, takeReports } = realLoop();
    let clients = 0;
    withServer(
      loop,
      function* (reader, writer) {
        if (clients++ === 0) throw new Error('first client');
        yield* echoLines(reader, writer);
      },
      function* (server) {
        const [unlucky, first] = yield* connectTo(server);
        expect(yield* unlucky.read()).toHaveLength(0);
        first.close();
        const [lucky, second] = yield* connectTo(server);
        yield* second.write(text('x\n'));
        expect((yield* lucky.readLine()).toString()).toBe('x\n');
        second.close();
      },
    );
    expect(takeReports().map(({ exception }) => (exception as Error).message)).toEqual(['first client']);
  });

  test('a handler that forgets to close leaves nothing behind when its client has gone', () => {
    const { loop } = realLoop();
    withServer(
      loop,
      function* (reader) {
        yield* reader.readLine();
      },
      function* (server) {
        const [, writer] = yield* connectTo(server);
        yield* writer.write(text('bye\n'));
        writer.close();
        server.close();
        yield* server.waitClosed();
      },
    );
  });

  test('a server that is no function, or has no limit, is refused before it listens', () => {
    const { loop } = realLoop();
    expect(() => loop.run(startServer('no' as never, local))).toThrow(/a function is needed/);
    expect(() => loop.run(startServer(echoLines, { ...local, limit: 0 }))).toThrow(RangeError);
  });
});

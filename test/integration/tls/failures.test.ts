/** What goes wrong with TLS, on both sides of a real connection. */
import { describe, expect, test } from 'vitest';
import { type Coroutine, type EventLoop, Protocol, sleep } from '../../../src/index.ts';
import { openConnection } from '../../../src/streams/open-connection.ts';
import { startServer } from '../../../src/streams/start-server.ts';
import type { StreamReader } from '../../../src/streams/stream-reader.ts';
import type { StreamWriter } from '../../../src/streams/stream-writer.ts';
import { identity } from '../../support/certificates.ts';
import { failureOf } from '../../support/failure-of.ts';
import { realLoop } from '../loop/real-loop.ts';
import { clientContext, connect, echo, portOf, serverContext, text, withServer } from './secure-loop.ts';

/** A plain server that TLS clients of the tests talk to. */
function withPlainServer<T>(
  loop: EventLoop,
  handler: (reader: StreamReader, writer: StreamWriter) => Coroutine<void>,
  body: (port: number) => Coroutine<T>,
): T {
  return loop.run(function* () {
    const server = yield* startServer(handler, { host: '127.0.0.1', port: 0 });
    try {
      return yield* body(portOf(server));
    } finally {
      yield* server.shutdown({ graceMs: 0 });
    }
  });
}

describe("the server's certificate", () => {
  test.each([
    ['expired', {}, 'CERT_HAS_EXPIRED'],
    ['self-signed', {}, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['unknown', {}, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
    ['server', { serverHostname: 'example.com' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ] as const)('%s %j: %s', (name, options, code) => {
    const { loop } = realLoop();
    const error = withServer(loop, echo, (port) => failureOf(connect(port, options)), {
      ssl: serverContext(identity(name)),
    });
    expect(error).toMatchObject({ name: 'SSLCertVerificationError', code, syscall: 'handshake' });
  });

  test('the host that is connected to is the one expected', () => {
    const { loop } = realLoop();
    const error = withServer(
      loop,
      echo,
      (port) => failureOf(openConnection({ host: '127.0.0.1', port, ssl: clientContext() })),
      { ssl: serverContext(identity('api')) },
    );
    expect(error).toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      message: expect.stringContaining('127.0.0.1'),
    });
  });

  test("with ssl: true, Node's roots are what counts", () => {
    const { loop } = realLoop();
    const error = withServer(loop, echo, (port) => failureOf(connect(port, { ssl: true })));
    expect(error).toMatchObject({ code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' });
  });
});

describe('a handshake that does not come about', () => {
  test('the other side is silent', () => {
    const { loop } = realLoop();
    const wait = function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
      yield* reader.read();
      writer.close();
    };
    const error = withPlainServer(loop, wait, (port) =>
      failureOf(connect(port, { sslHandshakeTimeoutMs: 50 })),
    );
    expect(error).toMatchObject({
      name: 'TimeoutError',
      message: expect.stringMatching(/TLS handshake with localhost timed out after 50 ms/),
    });
  });

  test('the client of a server is silent, or sends half a hello', () => {
    const { loop } = realLoop();
    const seen = withServer(
      loop,
      echo,
      function* (port) {
        const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port });
        const [halfReader, half] = yield* openConnection({ host: '127.0.0.1', port });
        yield* half.write(Buffer.from([22, 3, 1, 2, 0, 1, 0]));
        const ends = [(yield* reader.read()).length, (yield* halfReader.read()).length];
        writer.close();
        half.close();
        return ends;
      },
      { sslHandshakeTimeoutMs: 50 },
    );
    expect(seen).toEqual([0, 0]);
  });

  test('the other side hangs up', () => {
    const { loop } = realLoop();
    const hangUp = function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
      yield* reader.read(100);
      writer.close();
    };
    const error = withPlainServer(loop, hangUp, (port) => failureOf(connect(port)));
    expect(['ERR_SSL_UNEXPECTED_EOF_WHILE_READING', 'ECONNRESET']).toContain(error.code);
  });

  test('the other side speaks something else', () => {
    const { loop } = realLoop();
    const greet = function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
      yield* writer.write(text('220 mail.example.com ESMTP\r\n'));
      yield* reader.read();
      writer.close();
    };
    const error = withPlainServer(loop, greet, (port) => failureOf(connect(port)));
    expect(error).toMatchObject({ name: 'SSLError', code: 'ERR_SSL_WRONG_VERSION_NUMBER' });
  });

  test('a client that speaks something else gets an alert, and nobody is told', () => {
    const { loop } = realLoop();
    const answer = withServer(loop, echo, function* (port) {
      const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port });
      // A record with a client's hello of one byte.
      yield* writer.write(Buffer.from([22, 3, 1, 0, 5, 1, 0, 0, 1, 0]));
      const data = yield* reader.read();
      writer.close();
      return data;
    });
    // An alert record: kind 21; level 2, fatal.
    expect([answer[0], answer[5]]).toEqual([21, 2]);
  });

  test('in debug mode a failed handshake of a client is reported', () => {
    const { loop, takeReports } = realLoop({ debug: true });
    withServer(loop, echo, function* (port) {
      const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port });
      yield* writer.write(text('GET / HTTP/1.1\r\n\r\n'));
      yield* reader.read();
      writer.close();
    });
    const reports = takeReports().filter((each) => each.message === 'TLS handshake failed');
    expect(reports).toMatchObject([{ exception: { code: 'ERR_SSL_HTTP_REQUEST' } }]);
  });

  test('cancelling it leaves nothing behind', () => {
    const { loop } = realLoop();
    const wait = function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
      yield* reader.read();
      writer.close();
    };
    withPlainServer(loop, wait, function* (port) {
      const task = loop.createTask(connect(port));
      yield* sleep(50);
      task.cancel();
      expect((yield* failureOf(loopTask(task))).name).toBe('CancelledError');
    });
  });
});

function* loopTask<T>(task: Iterable<unknown, T>): Coroutine<T> {
  return yield* task as unknown as Coroutine<T>;
}

describe('the end', () => {
  /** Ends the connection below TLS, without close_notify. */
  const cutOff = function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    yield* reader.readLine();
    yield* writer.write(text('half of a mess'));
    const sock = writer.getExtraInfo('socket');
    if (sock !== null) sock.shutdown(sock.kernel.constants.SHUT_WR as number);
    yield* reader.read();
    writer.transport.abort();
  };

  test('without close_notify is an error, after what had come', () => {
    const { loop } = realLoop();
    const [data, error] = withServer(loop, cutOff, function* (port) {
      const [reader, writer] = yield* connect(port);
      yield* writer.write(text('x\n'));
      const part = yield* reader.readExactly(14);
      const failure = yield* failureOf(reader.read());
      return [part.toString(), failure] as const;
    });
    expect(data).toBe('half of a mess');
    expect(error).toMatchObject({
      name: 'SSLEOFError',
      message: expect.stringMatching(/with localhost .*without close_notify/),
    });
  });

  test('without close_notify is an end where the program says so', () => {
    const { loop } = realLoop();
    const data = withServer(loop, cutOff, function* (port) {
      const [reader, writer] = yield* connect(port, { suppressRaggedEofs: true });
      yield* writer.write(text('x\n'));
      const all = yield* reader.read();
      writer.close();
      yield* writer.waitClosed();
      return all.toString();
    });
    expect(data).toBe('half of a mess');
  });

  test('a peer that does not answer close_notify is not waited for beyond the limit', () => {
    const { loop } = realLoop();
    const deaf = function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
      yield* reader.readLine();
      writer.transport.pauseReading();
      writer.getExtraInfo('socket');
      yield* sleep(2000);
      writer.transport.abort();
    };
    const error = withServer(loop, deaf, function* (port) {
      const [, writer] = yield* connect(port, { sslShutdownTimeoutMs: 50 });
      yield* writer.write(text('x\n'));
      yield* sleep(20);
      writer.close();
      return yield* failureOf(writer.waitClosed());
    });
    expect(error).toMatchObject({
      name: 'TimeoutError',
      message: expect.stringMatching(/TLS shutdown with localhost timed out after 50 ms/),
    });
  });

  test('closing a server ends its connections in order', () => {
    const { loop } = realLoop();
    const rest = withServer(loop, echo, function* (port, server) {
      const [reader, writer] = yield* connect(port);
      yield* writer.write(text('x\n'));
      yield* reader.readLine();
      server.closeClients();
      const end = yield* reader.read();
      writer.close();
      return end.length;
    });
    expect(rest).toBe(0);
  });

  test('one direction may end before the other', () => {
    const { loop } = realLoop();
    const answerAfterEnd = function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
      const question = yield* reader.read();
      yield* writer.write(text(`you said ${question}`));
      writer.close();
    };
    const answer = withServer(loop, answerAfterEnd, function* (port) {
      const [reader, writer] = yield* connect(port);
      writer.write(text('hello'));
      writer.writeEof();
      expect(() => writer.write(text('more'))).toThrow(/after writeEof/);
      const all = yield* reader.read();
      writer.close();
      yield* writer.waitClosed();
      return all.toString();
    });
    expect(answer).toBe('you said hello');
  });

  test('a protocol that throws ends the connection, and is reported', () => {
    const { loop, takeReports } = realLoop();
    class Throwing extends Protocol {
      override dataReceived(): void {
        throw new Error('not this');
      }
    }
    withServer(loop, echo, function* (port) {
      const [transport] = yield* loop.createConnection(() => new Throwing(), {
        host: '127.0.0.1',
        port,
        ssl: clientContext(),
      });
      transport.write(text('x'));
      while (!transport.isClosing()) yield* sleep(5);
    });
    // The server's handler may be told that the connection was reset.
    const [first] = takeReports();
    expect(first).toMatchObject({ exception: { message: 'not this' } });
  });

  test('closing the loop releases connections that are open', () => {
    const { loop } = realLoop();
    const ssl = serverContext();
    class Nothing extends Protocol {}
    // The teardown of the tests counts descriptors.
    loop.run(function* () {
      const server = yield* loop.createServer(() => new Nothing(), { host: '127.0.0.1', port: 0, ssl });
      yield* connect(portOf(server));
    });
  });
});

/**
 * What a connection was before TLS began on it: a protocol that had been paused was never resumed, and bytes
 * of TLS that were in the reader already could not be given to TLS.
 */
import { describe, expect, test } from 'vitest';
import { type Coroutine, type EventLoop, openConnection, SSLContext, startServer } from '../../src/index.ts';
import type { StreamReader } from '../../src/streams/stream-reader.ts';
import type { StreamTlsOptions, StreamWriter } from '../../src/streams/stream-writer.ts';
import { sleep } from '../../src/tasks/sleep.ts';
import type { Transport } from '../../src/transports/transport.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import { CheckedProtocol, connectedByTls, tcpPair, until } from '../integration/tls/layered.ts';
import { clientContext, echo, portOf, serverContext, text } from '../integration/tls/secure-loop.ts';
import { failureOf } from '../support/failure-of.ts';
import { clientEnd, errorOf } from '../unit/tls/in-memory.ts';

const trusted = { serverHostname: 'localhost' } as const;

describe('a protocol that is paused when TLS begins', () => {
  test.each([0, 1])('is resumed once when there is room, over %i layers of TLS', (layers) => {
    const { loop } = realLoop();
    loop.run(function* () {
      const [client, server] = yield* connectedByTls(loop, layers, () => new CheckedProtocol(), 8192);
      const size = 400_000;
      server.transport.pauseReading();
      client.transport.write(Buffer.alloc(size));
      yield* until(() => client.protocol.calls.includes('pause'));
      server.transport.resumeReading();
      const begun = loop.createTask(
        loop.startTls(client.transport, client.protocol, clientContext(), trusted),
      );
      yield* until(() => server.protocol.byteCount >= size);
      // The handshake may have come behind the plain bytes already.
      const received = server.protocol.data.subarray(size);
      const options = { serverSide: true, received };
      const accepted = yield* loop.startTls(server.transport, server.protocol, serverContext(), options);
      server.protocol.byteCount = size;
      const secure = yield* begun;
      yield* until(() => client.protocol.calls.includes('resume'));
      expect(client.protocol.calls).toEqual(['made', 'pause', 'resume']);
      // And again, by the new transport.
      accepted.pauseReading();
      secure.write(Buffer.alloc(size));
      secure.write(Buffer.alloc(size));
      accepted.resumeReading();
      yield* until(() => server.protocol.byteCount === 3 * size);
      yield* until(() => client.protocol.calls.length === 5);
      expect(client.protocol.calls).toEqual(['made', 'pause', 'resume', 'pause', 'resume']);
      secure.close();
      yield* until(() => client.protocol.isLost && server.protocol.isLost);
      expect([client.protocol.wrong, server.protocol.wrong]).toEqual([[], []]);
    });
  });
});

/** The first bytes that a TLS client sends. */
function clientHello(): Buffer {
  const client = clientEnd();
  errorOf(() => client.tls.doHandshake());
  return client.outgoing.read();
}

/** A server that reads a line in clear, then begins TLS, and the error of that. */
function* serveAfterHeader(
  options: StreamTlsOptions,
  talk: (reader: StreamReader, writer: StreamWriter) => Coroutine<void>,
): Coroutine<Error | null> {
  const ssl = serverContext();
  let failure: Error | null = null;
  const server = yield* startServer(
    function* (reader, writer) {
      yield* reader.readLine();
      try {
        yield* writer.startTls(ssl, options);
      } catch (error) {
        failure = error as Error;
        writer.write(text(`refused, ${reader.unreadByteCount} bytes unread`));
        writer.close();
        return;
      }
      yield* echo(reader, writer);
    },
    { host: '127.0.0.1', port: 0 },
  );
  const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: portOf(server) });
  yield* talk(reader, writer);
  writer.close();
  yield* server.shutdown({ graceMs: 0 });
  return failure;
}

/** A client whose header and first TLS bytes leave in one segment, over a transport of our own. */
function* talkAfterHeader(loop: EventLoop, options: StreamTlsOptions, lines: string): Coroutine<string> {
  const ssl = serverContext();
  const server = yield* startServer(
    function* (reader, writer) {
      yield* reader.readLine();
      yield* writer.startTls(ssl, options);
      yield* echo(reader, writer);
    },
    { host: '127.0.0.1', port: 0 },
  );
  const protocol = new CheckedProtocol();
  const [plain] = yield* loop.createConnection(() => protocol, { host: '127.0.0.1', port: portOf(server) });
  withHeader(plain, text('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n'));
  const secure = yield* loop.startTls(plain, protocol, clientContext(), trusted);
  secure.write(text(lines));
  yield* until(() => protocol.byteCount === lines.length || protocol.isLost);
  secure.close();
  yield* server.shutdown({ graceMs: 0 });
  expect(protocol.wrong).toEqual([]);
  return protocol.data.toString();
}

/** Has the first write of `transport` sent behind `header`, as one. */
function withHeader(transport: Transport, header: Buffer): void {
  const write = transport.write.bind(transport);
  let first = true;
  transport.write = (data) => {
    write(first ? Buffer.concat([header, data]) : data);
    first = false;
  };
}

describe('bytes in the reader when TLS begins', () => {
  test.each([{}, { takeUnread: true }])('that begin a handshake go to TLS (%j)', (options) => {
    const { loop } = realLoop();
    expect(loop.run(() => talkAfterHeader(loop, options, 'over TLS\n'))).toBe('over TLS\n');
  });

  test.each<[string, StreamTlsOptions, () => Buffer]>([
    ['plain ones', {}, () => text('injected\n')],
    ['a handshake, where the program wants none', { takeUnread: false }, clientHello],
    ['the half of a record that is none', {}, () => Buffer.of(23)],
  ])('are refused by default and stay: %s', (_what, options, unread) => {
    const { loop } = realLoop();
    const bytes = unread();
    const failure = loop.run(() =>
      serveAfterHeader(options, function* (reader, writer) {
        writer.write(Buffer.concat([text('header\n'), bytes]));
        const answer = yield* reader.read();
        expect(answer.toString()).toBe(`refused, ${bytes.length} bytes unread`);
      }),
    );
    expect(failure?.message).toBe(
      `startTls: ${bytes.length} bytes that were received before TLS have not been read`,
    );
  });

  test('that were injected are never plaintext, also where they are taken', () => {
    const { loop } = realLoop();
    const failure = loop.run(() =>
      serveAfterHeader({ takeUnread: true }, function* (reader, writer) {
        writer.write(text('header\nMAIL FROM: <attacker@evil.test>\n'));
        yield* reader.read();
      }),
    );
    expect(failure).toMatchObject({ name: 'SSLError' });
  });

  test('stay in the reader when the context is refused', () => {
    const { loop } = realLoop();
    const trust = clientContext();
    const failure = loop.run(function* () {
      const server = yield* startServer(
        function* (reader, writer) {
          yield* reader.readLine();
          const error = yield* failureOf(writer.startTls(trust, { takeUnread: true }));
          writer.write(text(`${error.message}; ${yield* reader.readLine()}`));
          writer.close();
        },
        { host: '127.0.0.1', port: 0 },
      );
      const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: portOf(server) });
      writer.write(text('header\nnext\n'));
      const answer = yield* reader.read();
      writer.close();
      yield* server.shutdown({ graceMs: 0 });
      return answer.toString();
    });
    expect(failure).toBe('startTls: a server needs a certificate: new SSLContext({ key, cert }); next\n');
  });
});

describe('loop.startTls', () => {
  test('is given the bytes of TLS that the protocol has received', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      const [near, far] = tcpPair();
      const protocol = new CheckedProtocol();
      const [plain] = yield* loop.createConnection(() => new CheckedProtocol(), { sock: near });
      const [accepted] = yield* loop.createConnection(() => protocol, { sock: far });
      withHeader(plain, text('header\n'));
      const begun = loop.createTask(
        loop.startTls(plain, plain.getProtocol() as CheckedProtocol, clientContext(), trusted),
      );
      yield* until(() => protocol.byteCount > 7);
      // The caller's memory may be used again at once.
      const received = Buffer.from(protocol.data.subarray(7));
      const starting = loop.createTask(
        loop.startTls(accepted, protocol, serverContext(), { serverSide: true, received }),
      );
      yield* sleep(0);
      received.fill(0);
      const server = yield* starting;
      const client = yield* begun;
      protocol.pieces.length = 0;
      client.write(text('secret'));
      yield* until(() => protocol.data.toString() === 'secret');
      server.abort();
      client.abort();
      yield* sleep(1);
    });
  });

  test('fails at once on a connection whose peer has ended', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      const [client, server] = yield* connectedByTls(loop, 0, () => new CheckedProtocol());
      client.protocol.keepOpen = true;
      server.transport.writeEof();
      yield* until(() => client.protocol.calls.includes('eof'));
      const error = yield* failureOf(
        loop.startTls(client.transport, client.protocol, clientContext(), trusted),
      );
      expect(error).toMatchObject({ name: 'SSLEOFError' });
      server.transport.abort();
      yield* until(() => client.protocol.isLost && server.protocol.isLost);
      expect(client.protocol.wrong).toEqual([]);
    });
  });

  test('takes bytes only', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      const [client, server] = yield* connectedByTls(loop, 0, () => new CheckedProtocol());
      const wrong = { received: 'text' as unknown as Uint8Array };
      const error = yield* failureOf(
        loop.startTls(client.transport, client.protocol, new SSLContext(), { ...trusted, ...wrong }),
      );
      expect(error).toBeInstanceOf(TypeError);
      client.transport.abort();
      server.transport.abort();
      yield* sleep(1);
    });
  });
});

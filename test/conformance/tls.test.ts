/** TLS transports: what CPython 3.13 asks in test_sslproto and test_ssl. */
import { describe, expect, it } from 'vitest';
import type { Coroutine } from '../../src/index.ts';
import { BufferedProtocol, CancelledError, type EventLoop, SSLContext } from '../../src/index.ts';
import { SHUT_WR } from '../../src/socket.ts';
import { sleep } from '../../src/tasks/sleep.ts';
import type { Transport } from '../../src/transports/transport.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import {
  CheckedProtocol,
  connectedByTls,
  type LayeredEnd,
  tcpPair,
  until,
} from '../integration/tls/layered.ts';
import { clientContext, serverContext } from '../integration/tls/secure-loop.ts';
import { failureOf } from '../support/failure-of.ts';

const bytes = (text: string): Buffer => Buffer.from(text);
const trusted = { serverHostname: 'localhost' } as const;
const PAYLOAD = Buffer.alloc(100 * 1024, '1');

type End = LayeredEnd<CheckedProtocol>;

/** Runs `body` with two ends under `layers` of TLS, and ends both. */
function between(layers: number, body: (loop: EventLoop, client: End, server: End) => Coroutine<void>): void {
  const { loop } = realLoop();
  loop.run(function* () {
    const [client, server] = yield* connectedByTls(loop, layers, () => new CheckedProtocol());
    yield* body(loop, client, server);
    for (const { transport } of [client, server]) transport.abort();
    yield* until(() => client.protocol.isLost && server.protocol.isLost);
    expect([client.protocol.wrong, server.protocol.wrong]).toEqual([[], []]);
  });
}

describe('a handshake', () => {
  it.each([0, -10])(
    'handshake_timeout_zero, handshake_timeout_negative: a limit of %i is refused',
    (limit) => {
      between(0, function* (loop, client) {
        const times = { ...trusted, sslHandshakeTimeoutMs: limit };
        const error = yield* failureOf(
          loop.startTls(client.transport, client.protocol, clientContext(), times),
        );
        expect(error).toMatchObject({ name: 'RangeError', message: expect.stringContaining('more than 0') });
      });
    },
  );

  it('eof_received_waiter: the end of the bytes fails it', () => {
    between(0, function* (loop, client, server) {
      const starting = loop.createTask(
        failureOf(loop.startTls(client.transport, client.protocol, clientContext(), trusted)),
      );
      yield* sleep(5);
      (server.transport.getExtraInfo('socket') as { shutdown(how: number): void }).shutdown(SHUT_WR);
      expect(yield* starting).toMatchObject({ name: 'SSLEOFError', syscall: 'handshake' });
    });
  });

  it('connection_lost, ssl_handshake_connection_lost: the loss of the connection fails it', () => {
    between(0, function* (loop, client, server) {
      const starting = loop.createTask(
        failureOf(loop.startTls(client.transport, client.protocol, clientContext(), trusted)),
      );
      yield* sleep(1);
      server.transport.abort();
      expect((yield* starting).name).toMatch(/^(SSLEOFError|OSError)$/);
    });
  });

  it('close_during_handshake, close_during_ssl_over_ssl: closing in the middle of it releases all', () => {
    for (const layers of [0, 1]) {
      between(layers, function* (loop, client) {
        const starting = loop.createTask(
          failureOf(loop.startTls(client.transport, client.protocol, clientContext(), trusted)),
        );
        yield* sleep(1);
        client.transport.close();
        yield* until(() => starting.done());
        expect(client.protocol.isLost).toBe(true);
      });
    }
  });

  it('start_tls_slow_client_cancel: a cancelled one closes the connection', () => {
    between(0, function* (loop, client, server) {
      const starting = loop.createTask(
        loop.startTls(client.transport, client.protocol, clientContext(), trusted),
      );
      yield* until(() => server.protocol.byteCount > 0);
      starting.cancel();
      expect(yield* failureOf(starting as unknown as Coroutine<unknown>)).toBeInstanceOf(CancelledError);
      yield* until(() => client.protocol.isLost && server.protocol.isLost);
    });
  });

  it('handshake_timeout, ssl_handshake_timeout: a silent peer ends it in time', () => {
    between(0, function* (loop, client) {
      const times = { ...trusted, sslHandshakeTimeoutMs: 20 };
      const error = yield* failureOf(
        loop.startTls(client.transport, client.protocol, clientContext(), times),
      );
      expect(error).toMatchObject({
        name: 'TimeoutError',
        message: expect.stringContaining('TLS handshake'),
      });
    });
  });

  it('create_connection_ssl_slow_handshake: one within the limit succeeds', () => {
    const { loop } = realLoop();
    const [near, far] = tcpPair();
    loop.run(function* () {
      const options = { sock: near, ssl: clientContext(), ...trusted, sslHandshakeTimeoutMs: 5000 };
      const connecting = loop.createTask(loop.createConnection(() => new CheckedProtocol(), options));
      yield* sleep(30);
      const accepted = { ssl: serverContext() };
      const [server] = yield* loop.connectAcceptedSocket(() => new CheckedProtocol(), far, accepted);
      const [client, protocol] = yield* connecting;
      expect(protocol.calls).toEqual(['made']);
      for (const transport of [client, server]) transport.abort();
      yield* sleep(5);
    });
  });

  it('create_connection_ssl_failed_certificate, create_server_ssl_verify_failed, create_server_ssl_match_failed: of a peer that is not the one', () => {
    between(0, function* (loop, client, server) {
      const serving = loop.createTask(
        failureOf(loop.startTls(server.transport, server.protocol, serverContext(), { serverSide: true })),
      );
      const others = new SSLContext();
      const error = yield* failureOf(loop.startTls(client.transport, client.protocol, others, trusted));
      expect(error.name).toBe('SSLCertVerificationError');
      others.close();
      yield* serving;
    });
  });

  it('start_tls_wrong_args: says what is needed', () => {
    between(0, function* (loop, client) {
      const { transport, protocol } = client;
      const call = (context: unknown, options: object) =>
        failureOf(loop.startTls(transport, protocol, context as SSLContext, options));
      expect((yield* call(null, trusted)).message).toMatch(/an SSLContext is needed, got null/);
      expect((yield* call(clientContext(), { serverSide: true })).message).toMatch(/needs a certificate/);
      const nothing = failureOf(
        loop.startTls(null as unknown as Transport, protocol, clientContext(), trusted),
      );
      expect((yield* nothing).message).toMatch(/a transport for both directions is needed/);
    });
  });
});

describe('TLS on a connection that is there', () => {
  it('start_tls_client_reg_proto_1, start_tls_server_1: connectionMade is not called again, and all bytes arrive', () => {
    between(0, function* (loop, client, server) {
      client.transport.write(PAYLOAD);
      yield* until(() => server.protocol.byteCount === PAYLOAD.length);
      const serving = loop.createTask(
        loop.startTls(server.transport, server.protocol, serverContext(), { serverSide: true }),
      );
      const secure = yield* loop.startTls(client.transport, client.protocol, clientContext(), trusted);
      const answering = yield* serving;
      answering.write(bytes('O'));
      yield* until(() => client.protocol.data.toString() === 'O');
      secure.write(PAYLOAD);
      yield* until(() => server.protocol.byteCount === 2 * PAYLOAD.length);
      expect(server.protocol.data.equals(Buffer.concat([PAYLOAD, PAYLOAD]))).toBe(true);
      secure.close();
      yield* until(() => client.protocol.isLost && server.protocol.isLost);
      expect([client.protocol.calls, server.protocol.calls]).toEqual([
        ['made', 'lost'],
        ['made', 'eof', 'lost'],
      ]);
    });
  });

  it('start_tls_client_buf_proto_1, buf_feed_data, set_new_app_protocol: a buffered protocol, byte by byte, and another after it', () => {
    class OneByte extends BufferedProtocol {
      readonly room = Buffer.alloc(1);
      received = '';
      override getBuffer(): Buffer {
        return this.room;
      }
      override bufferUpdated(): void {
        this.received += this.room.toString();
      }
    }
    between(1, function* (_loop, client, server) {
      const small = new OneByte();
      client.transport.setProtocol(small);
      expect(client.transport.getProtocol() === small).toBe(true);
      server.transport.write(bytes('12345'));
      yield* until(() => small.received === '12345');
      client.transport.setProtocol(client.protocol);
      server.transport.write(bytes('2'));
      yield* until(() => client.protocol.data.toString() === '2');
      expect(client.protocol.calls).toEqual(['made']);
    });
  });

  it('create_server_ssl_over_ssl: TLS within TLS', () => {
    between(2, function* (_loop, client, server) {
      client.transport.write(PAYLOAD);
      yield* until(() => server.protocol.byteCount === PAYLOAD.length);
      expect(server.protocol.data.equals(PAYLOAD)).toBe(true);
    });
  });

  it('start_tls_client_corrupted_ssl: bytes that are not TLS end it with an error', () => {
    between(0, function* (loop, client, server) {
      const serving = loop.createTask(
        loop.startTls(server.transport, server.protocol, serverContext(), { serverSide: true }),
      );
      const secure = yield* loop.startTls(client.transport, client.protocol, clientContext(), trusted);
      yield* serving;
      server.transport.write(bytes('please corrupt the SSL connection'));
      yield* until(() => client.protocol.isLost);
      expect(client.protocol.calls.at(-1)).toMatch(/^lost: .*ERR_SSL_/);
      expect(secure.isClosing()).toBe(true);
    });
  });

  it('ssl_connect_accepted_socket: from the first byte', () => {
    const { loop } = realLoop();
    const [near, far] = tcpPair();
    loop.run(function* () {
      const options = { sock: near, ssl: clientContext(), ...trusted };
      const connecting = loop.createTask(loop.createConnection(() => new CheckedProtocol(), options));
      const accepted = { ssl: serverContext() };
      const [server, there] = yield* loop.connectAcceptedSocket(() => new CheckedProtocol(), far, accepted);
      const [client, here] = yield* connecting;
      client.write(PAYLOAD);
      yield* until(() => there.byteCount === PAYLOAD.length);
      server.write(bytes('OK'));
      yield* until(() => here.data.toString() === 'OK');
      client.close();
      yield* until(() => here.isLost && there.isLost);
      expect([here.wrong, there.wrong, here.calls]).toEqual([[], [], ['made', 'lost']]);
    });
  });
});

describe('the end of TLS', () => {
  it('shutdown_cleanly: both ends end without an error', () => {
    between(1, function* (_loop, client, server) {
      client.transport.write(PAYLOAD);
      client.transport.close();
      yield* until(() => client.protocol.isLost && server.protocol.isLost);
      expect(server.protocol.byteCount).toBe(PAYLOAD.length);
      expect([client.protocol.calls.at(-1), server.protocol.calls.at(-1)]).toEqual(['lost', 'lost']);
    });
  });

  it('flush_before_shutdown: what was written before close() arrives, however much', () => {
    between(1, function* (_loop, client, server) {
      const large = Buffer.alloc(2_000_000, 'x');
      server.transport.pauseReading();
      client.transport.write(large);
      client.transport.close();
      yield* sleep(10);
      server.transport.resumeReading();
      yield* until(() => server.protocol.isLost);
      expect(server.protocol.data.equals(large)).toBe(true);
    });
  });

  it('remote_shutdown_receives_trailing_data: and so does what is written after the end of the peer', () => {
    between(1, function* (_loop, client, server) {
      server.protocol.keepOpen = true;
      client.transport.write(bytes('end'));
      client.transport.writeEof();
      yield* until(() => server.protocol.calls.includes('eof'));
      server.transport.write(PAYLOAD);
      server.transport.close();
      yield* until(() => client.protocol.isLost);
      expect(client.protocol.data.equals(PAYLOAD)).toBe(true);
    });
  });

  it('data_received_after_closing, write_after_closing: nothing is read or written after it', () => {
    between(1, function* (_loop, client, server) {
      client.transport.close();
      client.transport.write(bytes('late'));
      server.transport.write(bytes('late'));
      yield* until(() => client.protocol.isLost && server.protocol.isLost);
      expect([client.protocol.byteCount, server.protocol.byteCount]).toEqual([0, 0]);
    });
  });

  it('get_extra_info_on_closed_connection: facts are answered with the fallback where there are none', () => {
    between(1, function* (_loop, client) {
      expect(client.transport.getExtraInfo('sslcontext')).toBeInstanceOf(SSLContext);
      client.transport.abort();
      yield* until(() => client.protocol.isLost);
      expect(client.transport.getExtraInfo('no such thing', 'fallback')).toBe('fallback');
    });
  });

  it('shutdown_timeout_handler_not_set: a shutdown that succeeds leaves no limit behind', () => {
    const { loop, takeReports } = realLoop();
    loop.run(function* () {
      const [client, server] = yield* connectedByTls(loop, 1, () => new CheckedProtocol());
      client.transport.close();
      yield* until(() => client.protocol.isLost && server.protocol.isLost);
      yield* sleep(20);
    });
    expect(takeReports()).toEqual([]);
  });
});

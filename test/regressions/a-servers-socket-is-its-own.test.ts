/** A second server on one Socket failed, as it must, and closed the socket of the first with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type Awaitable,
  type Coroutine,
  createTask,
  openConnection,
  openDatagramEndpoint,
  openUnixConnection,
  Protocol,
  type Server,
  SSLContext,
  type StreamWriter,
  sleep,
  startServer,
  startUnixServer,
} from '../../src/index.ts';
import { AF_UNIX, Socket, socketpair } from '../../src/socket.ts';
import { realLoop } from '../integration/loop/real-loop.ts';

function hello(_reader: unknown, writer: StreamWriter): void {
  writer.write(Buffer.from('hello'));
  writer.close();
}

function* failureOf(made: Awaitable<unknown>): Coroutine<string> {
  try {
    yield* made;
  } catch (error) {
    return String(error);
  }
  return 'none';
}

function* answerOf(server: Server): Coroutine<string> {
  const [reader, writer] = yield* openConnection('127.0.0.1', server.port);
  const answer = String(yield* reader.read());
  writer.close();
  return answer;
}

describe('a second server is refused, and the first goes on', () => {
  test('on an inet socket, also when the first does not serve yet', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      const sock = new Socket();
      sock.bind(['127.0.0.1', 0]);
      const first = yield* startServer(hello, { sock, startServing: false });
      expect(yield* failureOf(startServer(hello, { sock }))).toContain('is used by another server');
      yield* first.startServing();
      expect(yield* failureOf(startServer(hello, { sock }))).toContain('is used by another server');
      expect(yield* answerOf(first)).toBe('hello');
      first.close();
      expect(sock.closed).toBe(true);
    });
  });

  test('on a unix socket', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      const sock = new Socket(AF_UNIX);
      const folder = mkdtempSync(join(tmpdir(), 'own-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const path = join(folder, 'sock');
      sock.bind(path);
      const first = yield* startUnixServer(hello, { sock });
      expect(yield* failureOf(startUnixServer(hello, { sock }))).toContain('is used by another server');
      const [reader, writer] = yield* openUnixConnection(path);
      expect(String(yield* reader.read())).toBe('hello');
      writer.close();
      first.close();
    });
  });
});

test('a server on the socket of a transport is refused, and the transport goes on', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    const [sock, peer] = socketpair();
    const [, writer] = yield* openConnection({ sock });
    expect(yield* failureOf(startServer(hello, { sock }))).toContain('is used by the transport');
    yield* writer.write(Buffer.from('still here'));
    expect(String(peer.recv(100))).toBe('still here');
    writer.close();
    peer.close();
  });
});

describe('whose a socket is that was given to a call which fails', () => {
  test.each([
    ['the caller’s, when the arguments are refused', { backlog: 'many' }, false],
    ['the server’s, when it cannot listen', {}, true],
  ])('%s', (_whose, option, isClosed) => {
    const { loop } = realLoop();
    loop.run(function* () {
      // One that is connected cannot listen.
      const [sock, peer] = socketpair();
      const options = { sock, ...option } as { sock: Socket };
      expect(yield* failureOf(startServer(hello, options))).not.toBe('none');
      expect(sock.closed).toBe(isClosed);
      sock.close();
      peer.close();
    });
  });

  test('the server’s, when the call is cancelled', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      const sock = new Socket();
      sock.bind(['127.0.0.1', 0]);
      const starting = createTask(startServer(hello, { sock }));
      yield* sleep(0);
      starting.cancel();
      expect(yield* failureOf(starting)).toContain('CancelledError');
      expect(sock.closed).toBe(true);
    });
  });

  test.each([
    ['the caller’s, when the protocol cannot be made', null, false],
    ['the transport’s, when the handshake fails', new SSLContext({}), true],
  ])('%s', (_whose, ssl, isClosed) => {
    const { loop } = realLoop();
    loop.run(function* () {
      const [sock, peer] = socketpair();
      const factory = () => {
        if (ssl === null) throw new Error('no protocol today');
        return new (class extends Protocol {})();
      };
      peer.send(Buffer.from('this is no TLS at all'));
      const options = ssl === null ? { sock } : { sock, ssl, serverHostname: 'localhost' };
      expect(yield* failureOf(loop.createConnection(factory, options))).not.toBe('none');
      expect(sock.closed).toBe(isClosed);
      sock.close();
      peer.close();
    });
  });
});

test('a socket that was closed behind its server has no address, and the port stays known', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    const server = yield* startServer(hello, '127.0.0.1', 0);
    const { port } = server;
    server.sockets[0]?.close();
    expect([server.address(), server.port]).toEqual([null, port]);
    server.close();
  });
});

test('what is no Socket is told so, by a datagram endpoint, too', () => {
  const { loop } = realLoop();
  const open = (sock: unknown) => () => loop.run(() => openDatagramEndpoint({ sock: sock as Socket }));
  for (const wrong of [5, 'x', {}]) expect(open(wrong)).toThrow('a Socket is needed, got');
  expect(open(null)).toThrow('needs localAddr, remoteAddr, family or sock');
});

/** One socket in other hands: ours to Node's, and back. */
import { once } from 'node:events';
import { createServer as createHttpServer, get, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket as NetSocket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer, TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import {
  type Coroutine,
  createTask,
  fromNodeSocket,
  fromPromise,
  gather,
  getRunningLoop,
  listenInNode,
  openConnection,
  run,
  runGuest,
  startServer,
  toNodeSocket,
} from '../../../src/index.ts';
import { AF_INET, SOCK_DGRAM, SOCK_STREAM, Socket, socketpair } from '../../../src/socket.ts';
import { identity } from '../../support/certificates.ts';

function listening(): Socket {
  const sock = new Socket(AF_INET, SOCK_STREAM);
  sock.bind(['127.0.0.1', 0]);
  return sock;
}

describe('toNodeSocket', () => {
  it('hands a connection to an http server of Node', async () => {
    const body = await runGuest(function* () {
      using sock = listening();
      sock.listen();
      sock.setblocking(false);
      const http = createHttpServer((_request, response) => response.end('from Node'));
      const serving = createTask(
        (function* (): Coroutine<void> {
          const [conn] = yield* getRunningLoop().sockAccept(sock);
          http.emit('connection', toNodeSocket(conn));
          expect(conn.closed).toBe(true);
        })(),
      );
      const [response] = (yield* fromPromise(
        once(get({ port: sock.getsockname()[1], host: '127.0.0.1', agent: false }), 'response'),
      )) as [IncomingMessage];
      const [chunk] = (yield* fromPromise(once(response, 'data'))) as [Buffer];
      yield* serving;
      http.closeAllConnections();
      return String(chunk);
    });
    expect(body).toBe('from Node');
  });

  it('is what node:tls speaks TLS on', async () => {
    const text = await runGuest(function* () {
      const server = createTlsServer(identity('server'), (socket) => void socket.end('secret'));
      yield* fromPromise(once(server.listen(0, '127.0.0.1'), 'listening'));
      const sock = new Socket(AF_INET, SOCK_STREAM);
      sock.connect(['127.0.0.1', (server.address() as AddressInfo).port]);
      const secure = connectTls({ socket: toNodeSocket(sock), rejectUnauthorized: false });
      const [data] = (yield* fromPromise(once(secure, 'data'))) as [Buffer];
      yield* fromPromise(once(secure, 'close'));
      yield* fromPromise(once(server.close(), 'close'));
      return String(data);
    });
    expect(text).toBe('secret');
  });

  it('refuses a datagram socket, and one that a loop uses', async () => {
    await runGuest(function* () {
      using datagrams = new Socket(AF_INET, SOCK_DGRAM);
      expect(() => toNodeSocket(datagrams)).toThrow(/a stream socket is needed/);
      const [ours, theirs] = socketpair();
      ours.setblocking(false);
      const receiving = getRunningLoop().sockRecv(ours, 1);
      expect(() => toNodeSocket(ours)).toThrow(/in use by a loop/);
      theirs.close();
      yield* receiving;
      ours.close();
    });
  });

  it.skipIf(process.env.SELECTLOOP_TEST_DRIVER === 'guest')('raises in a blocking run', () => {
    const [ours, theirs] = socketpair();
    expect(() =>
      run(function* (): Coroutine<void> {
        toNodeSocket(ours);
      }),
    ).toThrow(/stand still while run\(\) blocks/);
    expect(ours.closed).toBe(false);
    ours.close();
    theirs.close();
  });
});

describe('listenInNode', () => {
  it('has a server of Node accept on a socket of ours', async () => {
    const text = await runGuest(function* () {
      const sock = listening();
      const port = sock.getsockname()[1];
      const server = listenInNode(
        createServer((socket) => void socket.end('accepted by Node')),
        sock,
      );
      yield* fromPromise(once(server, 'listening'));
      const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port });
      const answer = String(yield* reader.read());
      writer.close();
      yield* fromPromise(once(server.close(), 'close'));
      return answer;
    });
    expect(text).toBe('accepted by Node');
  });
});

describe('fromNodeSocket', () => {
  it('takes a connection that a server of Node has accepted', async () => {
    const text = await runGuest(function* () {
      const loop = getRunningLoop();
      const server = createServer({ pauseOnConnect: true }, (socket: NetSocket) => {
        const sock = fromNodeSocket(socket);
        createTask(
          (function* (): Coroutine<void> {
            const data = yield* loop.sockRecv(sock, 100);
            yield* loop.sockSendall(sock, Buffer.from(`ours: ${data}`));
            sock.close();
          })(),
        );
      });
      yield* fromPromise(once(server.listen(0, '127.0.0.1'), 'listening'));
      const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
      client.write('hello');
      const [[data]] = (yield* gather([once(client, 'data'), once(client, 'close')])) as [[Buffer], unknown];
      yield* fromPromise(once(server.close(), 'close'));
      return String(data);
    });
    expect(text).toBe('ours: hello');
  });

  it('takes the listening socket of a server of Node', async () => {
    const text = await runGuest(function* () {
      const node = createServer();
      yield* fromPromise(once(node.listen(0, '127.0.0.1'), 'listening'));
      const { port } = node.address() as AddressInfo;
      const sock = fromNodeSocket(node);
      const server = yield* startServer(
        function* (_reader, writer) {
          yield* writer.write(Buffer.from('served by us'));
          writer.close();
        },
        { sock },
      );
      const client = connect(port, '127.0.0.1');
      const [data] = (yield* fromPromise(once(client, 'data'))) as [Buffer];
      client.destroy();
      server.close();
      return String(data);
    });
    expect(text).toBe('served by us');
  });

  it('refuses what could lose bytes, and says what to take', async () => {
    const server = createServer((socket) => void socket.end('bytes'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    expect(() => fromNodeSocket(socket)).toThrow(/not connected yet. fromNodeStream\(\) takes any stream/);
    await once(socket, 'readable');
    expect(() => fromNodeSocket(socket)).toThrow(/begun to read/);
    expect(() => fromNodeSocket(new TLSSocket(socket))).toThrow(/speaks TLS/);
    socket.destroy();
    await once(server.close(), 'close');
    expect(() => fromNodeSocket({} as NetSocket)).toThrow(TypeError);
  });
});

/** Servers: serving, closing, and ending whatever the clients do. */
import { describe, expect, test } from 'vitest';
import { CancelledError, sleep } from '../../../src/index.ts';
import { EMFILE } from '../../../src/kernel/errno.ts';
import { AF_INET, AF_INET6, SO_REUSEPORT, SOCK_DGRAM, SOCK_STREAM, Socket } from '../../../src/socket.ts';
import { kernelWith, owned, realLoop } from '../loop/real-loop.ts';
import { settle, until } from './fixtures.ts';
import { connectTo, Echo, serve } from './serving.ts';

describe('a server', () => {
  test('serves its clients, each with a protocol of its own', () => {
    const { loop } = realLoop();
    const protocols: Echo[] = [];
    using server = serve(loop, protocols);
    const clients = [connectTo(server), connectTo(server)];
    for (const [i, client] of clients.entries()) client.sendall(Buffer.from(`hello ${i}`));
    until(loop, () => protocols.length === 2 && protocols.every(({ received }) => received.length === 7));
    expect(clients.map((client) => client.recv(100).toString())).toEqual(['hello 0', 'hello 1']);
    const peers = protocols.map(({ transport }) => transport.getExtraInfo('peername'));
    expect(peers).toEqual(clients.map((client) => client.getsockname()));
    expect(protocols[0]?.transport.getExtraInfo('sockname')).toEqual(server.sockets[0]?.getsockname());
    for (const client of clients) client.close();
    until(loop, () => protocols.every(({ lostWith }) => lostWith === null));
    expect(server.getLoop()).toBe(loop);
    expect(String(server)).toMatch(/^<Server serving <Socket .*> clients=0>$/);
  });

  test('starts when it is told to', () => {
    const { loop } = realLoop();
    const server = serve(loop, [], { startServing: false });
    expect(server.isServing()).toBe(false);
    expect(() => connectTo(server)).toThrow(/ECONNREFUSED/);
    loop.run(server.startServing());
    loop.run(server.startServing());
    expect(server.isServing()).toBe(true);
    connectTo(server);
    server.close();
    server.close();
    expect([server.isServing(), server.sockets.length]).toEqual([false, 0]);
    expect(() => loop.run(server.startServing())).toThrow(/closed/);
  });

  test('listens on both families for a name, and on several hosts once each', () => {
    const { loop } = realLoop();
    const hosts = ['127.0.0.1', '127.0.0.1', '127.0.0.2'];
    using server = serve(loop, [], { host: hosts });
    expect(server.sockets.map((sock) => sock.getsockname()[0])).toEqual(['127.0.0.1', '127.0.0.2']);
    for (const host of ['', null]) {
      using everywhere = serve(loop, [], { host });
      const names = everywhere.sockets.map((sock) => sock.getsockname()[0]);
      expect(names).toContain('0.0.0.0');
      expect(everywhere.sockets.filter((sock) => sock.family === AF_INET6).length).toBe(names.length - 1);
    }
  });

  test('shares a port when told, and only then', () => {
    const { loop } = realLoop();
    using first = serve(loop, [], { reusePort: true });
    const port = first.sockets[0]?.getsockname()[1];
    expect(first.sockets[0]?.getsockopt(1, SO_REUSEPORT)).toBe(1);
    using second = serve(loop, [], { reusePort: true, port });
    expect(second.sockets).toHaveLength(1);
    expect(() => serve(loop, [], { port })).toThrow(/EADDRINUSE/);
  });

  test('takes a socket instead of a host', () => {
    const { loop } = realLoop();
    const sock = owned(new Socket(AF_INET, SOCK_STREAM));
    sock.bind(['127.0.0.1', 0]);
    using server = loop.run(loop.createServer(() => new Echo(), { sock }));
    expect(server.sockets.length === 1 && server.sockets[0] === sock).toBe(true);
    connectTo(server);
  });

  test.each([
    ['nothing', {}, 'needs host and port, or sock'],
    ['both', { port: 0, sock: true }, 'port cannot be given together with sock'],
    ['a datagram socket', { sock: true, dgram: true }, 'a stream socket is needed'],
  ])('%s is refused', (_what, { sock, dgram, ...options }: Record<string, unknown>, message) => {
    const { loop } = realLoop();
    const given =
      sock === true ? owned(new Socket(AF_INET, dgram === true ? SOCK_DGRAM : SOCK_STREAM)) : undefined;
    expect(() => loop.run(loop.createServer(() => new Echo(), { ...options, sock: given }))).toThrow(message);
  });

  test('goes on when a protocol cannot be made', () => {
    const { loop, takeReports } = realLoop();
    let made = 0;
    const factory = (): Echo => {
      if (made++ === 0) throw new Error('no protocol');
      return new Echo();
    };
    using server = loop.run(loop.createServer(factory, { host: '127.0.0.1', port: 0 }));
    const [unlucky, lucky] = [connectTo(server), connectTo(server)];
    until(loop, () => made === 2);
    expect(takeReports().map(({ message }) => message)).toEqual([
      'Error on transport creation for incoming connection',
    ]);
    expect(unlucky.recv(1)).toHaveLength(0);
    lucky.sendall(Buffer.from('x'));
    settle(loop);
    expect(lucky.recv(1).toString()).toBe('x');
  });

  test('pauses when there are no descriptors left, and recovers', () => {
    let exhausted = true;
    const real = kernelWith({});
    const kernel = kernelWith({
      sockets: { accept: (...args) => (exhausted ? -EMFILE : real.sockets.accept(...args)) },
    });
    const { loop, takeReports } = realLoop({ kernel });
    const protocols: Echo[] = [];
    using server = serve(loop, protocols);
    connectTo(server);
    until(loop, () => takeReports().some(({ message }) => message.startsWith('accept: paused')));
    exhausted = false;
    until(loop, () => protocols.length === 1);
  });

  test('is released with its loop, a connection that was just accepted too', () => {
    const { loop } = realLoop();
    const server = serve(loop);
    const [listener] = server.sockets;
    connectTo(server);
    loop.run(sleep(0));
    loop.close();
    expect(listener?.closed).toBe(true);
  });
});

describe('the end of a server', () => {
  test('waitClosed waits for the close and for the last connection, in either order', () => {
    const { loop } = realLoop();
    for (const order of ['close first', 'client first']) {
      const protocols: Echo[] = [];
      const server = serve(loop, protocols);
      const client = connectTo(server);
      until(loop, () => protocols.length === 1);
      const waiting = loop.createTask(server.waitClosed());
      const steps = [() => server.close(), () => client.close()];
      if (order === 'client first') steps.reverse();
      for (const step of steps) {
        settle(loop);
        expect(waiting.done()).toBe(false);
        step();
      }
      until(loop, () => waiting.done());
      loop.run(server.waitClosed());
    }
  });

  test('closeClients flushes, abortClients does not', () => {
    const { loop } = realLoop();
    const protocols: Echo[] = [];
    const server = serve(loop, protocols);
    const clients = [connectTo(server), connectTo(server)];
    until(loop, () => protocols.length === 2);
    for (const { transport } of protocols) transport.write(Buffer.alloc(8_000_000, 'x'));
    server.closeClients();
    settle(loop);
    expect(protocols.map(({ lostWith }) => lostWith)).toEqual([undefined, undefined]);
    server.abortClients();
    until(loop, () => protocols.every(({ lostWith }) => lostWith === null));
    server.close();
    loop.run(server.waitClosed());
    for (const client of clients) client.close();
  });

  test('serveForever ends when it is cancelled, with its connections', () => {
    const { loop } = realLoop();
    const protocols: Echo[] = [];
    const server = serve(loop, protocols, { startServing: false });
    const serving = loop.createTask(server.serveForever());
    settle(loop);
    const client = connectTo(server);
    until(loop, () => protocols.length === 1);
    expect(() => loop.run(server.serveForever())).toThrow('already being awaited');
    serving.cancel();
    until(loop, () => serving.done());
    expect(serving.cancelled()).toBe(true);
    expect(protocols[0]?.lostWith).toBe(null);
    expect(client.recv(1)).toHaveLength(0);
    expect(() => loop.run(server.serveForever())).toThrow(/closed/);
  });

  test('serveForever does not hang on a client that never reads', () => {
    const { loop } = realLoop();
    const protocols: Echo[] = [];
    const server = serve(loop, protocols);
    connectTo(server);
    const serving = loop.createTask(server.serveForever());
    until(loop, () => protocols.length === 1);
    protocols[0]?.transport.write(Buffer.alloc(8_000_000));
    serving.cancel();
    until(loop, () => serving.done());
    expect(protocols[0]?.lostWith).toBe(null);
  });

  test('close ends serveForever, but not the connections', () => {
    const { loop } = realLoop();
    const protocols: Echo[] = [];
    const server = serve(loop, protocols);
    const client = connectTo(server);
    const serving = loop.createTask(server.serveForever());
    until(loop, () => protocols.length === 1);
    server.close();
    client.sendall(Buffer.from('still served'));
    until(loop, () => protocols[0]?.received === 'still served');
    expect(serving.done()).toBe(false);
    client.close();
    until(loop, () => serving.done());
    expect(() => serving.result()).toThrow(CancelledError);
  });
});

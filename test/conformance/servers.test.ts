import { describe, expect, it } from 'vitest';
import { EAGAIN, EIO } from '../../src/kernel/errno.ts';
import { SO_REUSEPORT, SOL_SOCKET } from '../../src/socket.ts';
import { kernelWith, realLoop, tcpListener } from '../integration/loop/real-loop.ts';
import { portOf } from '../integration/tls/secure-loop.ts';
import { type Noting, settle, until } from '../integration/transports/fixtures.ts';
import { connectTo, serve } from '../integration/transports/serving.ts';
import { caught } from '../unit/loop/virtual-loop.ts';

import { type Case, counted, datagram, internet, newNoting, resolveTo } from './connections-fixture.ts';

describe('a server that is refused', () => {
  it.each<Case>([
    ['create_server_host_port_sock', { host: '0.0.0.0', port: 0, sock: {} }, /together with sock/],
    ['create_server_no_host_port_sock', {}, /needs host and port, or sock/],
    [
      'create_server_ssl_timeout_for_plain_socket',
      { host: '127.0.0.1', port: 80, sslHandshakeTimeoutMs: 1 },
      /sslHandshakeTimeoutMs is only meaningful with ssl/,
    ],
  ])('%s', (_name, options, words) => {
    const { loop, open } = counted();
    expect(caught(() => loop.run(loop.createServer(newNoting, options))).message).toMatch(words);
    expect(open.count).toBe(0);
  });

  it('create_server_wrong_sock, create_server_no_getaddrinfo, create_server_cant_bind: and leaves no socket open', () => {
    const refusal = (changes: object, options: object, hosts?: readonly string[]) => {
      const { loop, open } = counted(changes);
      if (hosts !== undefined) resolveTo(loop, hosts, 0);
      const error = caught(() => loop.run(loop.createServer(newNoting, options)));
      return [error.name, open.count];
    };
    const { loop } = realLoop();
    expect(caught(() => loop.run(loop.createServer(newNoting, { sock: datagram() }))).message).toMatch(
      /stream/,
    );
    expect(refusal({}, { host: 'a.test', port: 0 }, [])).toEqual(['OSError', 0]);
    expect(refusal({ sockets: { bind: () => -EIO } }, { host: '127.0.0.1', port: 0 })).toEqual([
      'OSError',
      0,
    ]);
  });

  it('create_server_addr_in_use: says so', () => {
    const { loop } = realLoop();
    const server = serve(loop);
    const port = portOf(server);
    const error = caught(() => loop.run(loop.createServer(newNoting, { host: '127.0.0.1', port })));
    expect(error).toMatchObject({ code: 'EADDRINUSE', syscall: 'bind' });
    server.close();
    settle(loop);
  });
});

describe('a server', () => {
  it('create_server, create_server_trsock: accepts, and its connections know both names', () => {
    const { loop } = realLoop();
    const protocols: Noting[] = [];
    const server = serve(loop, protocols);
    const client = connectTo(server);
    client.sendall(Buffer.from('xxx'));
    until(loop, () => protocols[0]?.received === 'xxx');
    const [first] = protocols;
    expect(first?.transport.getExtraInfo('peername')).toEqual(client.getsockname());
    expect(first?.transport.getExtraInfo('sockname')).toEqual(client.getpeername());
    server.close();
    first?.transport.close();
    settle(loop);
    expect(first?.calls.at(-1)).toBe('lost');
  });

  it('create_server_empty_host: the empty host is every interface', () => {
    const { loop } = realLoop();
    const server = loop.run(loop.createServer(newNoting, { host: '', port: 0 }));
    const hosts = server.sockets.map((sock) => sock.getsockname()[0]);
    expect(hosts).toContain('0.0.0.0');
    for (const host of hosts) expect(['0.0.0.0', '::']).toContain(host);
    server.close();
    settle(loop);
  });

  it('create_server_multiple_hosts_ipv4: listens on each of them', () => {
    const { loop } = realLoop();
    const server = loop.run(loop.createServer(newNoting, { host: ['127.0.0.1', '127.0.0.2'], port: 0 }));
    expect(server.sockets.map((sock) => sock.getsockname()[0]).sort()).toEqual(['127.0.0.1', '127.0.0.2']);
    server.close();
    settle(loop);
  });

  it('create_server_reuse_port: shares its port when asked to, and only then', () => {
    const { loop } = realLoop();
    for (const reusePort of [false, true]) {
      const server = loop.run(loop.createServer(newNoting, { host: '127.0.0.1', port: 0, reusePort }));
      expect(server.sockets[0]?.getsockopt(SOL_SOCKET, SO_REUSEPORT) !== 0).toBe(reusePort);
      server.close();
      settle(loop);
    }
  });

  it('create_server_sock, create_server_stream_bittype, server_close: takes a socket over, and gives it up', () => {
    const { loop } = realLoop();
    const sock = internet();
    sock.bind(['127.0.0.1', 0]);
    const server = loop.run(loop.createServer(newNoting, { sock }));
    const address = sock.getsockname();
    expect(server.sockets[0]?.getsockname()).toEqual(address);
    server.close();
    settle(loop);
    expect(() => internet().connect(address)).toThrow('ECONNREFUSED');
  });

  it('accept_connection_retry, accept_connection_multiple: accepts all that are there, and nothing there is nothing', () => {
    let refusals = 1;
    const real = kernelWith({});
    const kernel = kernelWith({
      sockets: { accept: (...args) => (refusals-- > 0 ? -EAGAIN : real.sockets.accept(...args)) },
    });
    const { loop } = realLoop({ kernel });
    const protocols: Noting[] = [];
    const server = serve(loop, protocols);
    const clients = Array.from({ length: 10 }, () => connectTo(server));
    until(loop, () => protocols.length === clients.length);
    expect(server.sockets[0]?.closed).toBe(false);
    server.close();
    for (const { transport } of protocols) transport.abort();
    settle(loop);
  });

  it('connect_accepted_socket, connect_accepted_socket_ssl_timeout_for_plain_socket: a socket that was accepted elsewhere', () => {
    const { loop } = realLoop();
    const listener = tcpListener();
    const client = internet();
    client.connect(listener.getsockname());
    const [sock] = listener.accept();
    const [transport, protocol] = loop.run(loop.connectAcceptedSocket(newNoting, sock));
    client.sendall(Buffer.from('x'));
    until(loop, () => protocol.received === 'x');
    const refusal = () => loop.run(loop.connectAcceptedSocket(newNoting, sock, { sslHandshakeTimeoutMs: 1 }));
    expect(refusal).toThrow('sslHandshakeTimeoutMs is only meaningful with ssl');
    transport.abort();
    settle(loop);
  });
});

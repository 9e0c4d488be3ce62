import { describe, expect, it } from 'vitest';
import { Future } from '../../src/index.ts';
import { EIO } from '../../src/kernel/errno.ts';
import type { AddressInfo } from '../../src/names/address-query.ts';
import { AF_INET, AF_INET6, SOCK_STREAM, type Socket, TCP_NODELAY } from '../../src/socket.ts';
import { owned, realLoop, tcpListener } from '../integration/loop/real-loop.ts';
import { clientContext, portOf, serverContext } from '../integration/tls/secure-loop.ts';
import { settle } from '../integration/transports/fixtures.ts';
import { caught } from '../unit/loop/virtual-loop.ts';

import { type Case, counted, datagram, internet, newNoting, resolveTo } from './connections-fixture.ts';

describe('a connection that is refused before anything is opened', () => {
  it.each<Case>([
    ['create_connection_host_port_sock', { host: 'example.com', port: 80, sock: {} }, /together with sock/],
    ['create_connection_no_host_port_sock', {}, /needs host and port, or sock/],
    [
      'create_connection_no_ssl_server_hostname_errors: empty',
      { host: 'a.test', port: 80, serverHostname: '' },
      /only meaningful with ssl/,
    ],
    [
      'create_connection_no_ssl_server_hostname_errors',
      { host: 'a.test', port: 80, serverHostname: 'a.test' },
      /only meaningful with ssl/,
    ],
    [
      'create_connection_ssl_timeout_for_plain_socket',
      { host: 'a.test', port: 80, sslHandshakeTimeoutMs: 1 },
      /sslHandshakeTimeoutMs is only meaningful with ssl/,
    ],
  ])('%s', (_name, options, words) => {
    const { loop, open } = counted();
    expect(caught(() => loop.run(loop.createConnection(newNoting, options))).message).toMatch(words);
    expect(open.count).toBe(0);
  });

  it('create_connection_wrong_sock, create_connection_ssl_server_hostname_errors: a socket of another kind, or without a host for TLS', () => {
    const { loop } = realLoop();
    const refusal = (options: object) =>
      caught(() => loop.run(loop.createConnection(newNoting, options))).message;
    expect(refusal({ sock: datagram() })).toMatch(/a stream socket is needed/);
    expect(refusal({ sock: internet(), ssl: true })).toMatch(/serverHostname/);
  });
});

describe('a connection that fails', () => {
  it('create_connection_no_getaddrinfo: without an address', () => {
    const { loop, open } = counted();
    resolveTo(loop, []);
    expect(caught(() => loop.run(loop.createConnection(newNoting, { host: 'a.test', port: 80 }))).name).toBe(
      'OSError',
    );
    expect(open.count).toBe(0);
  });

  it.each([
    ['create_connection_connect_err', ['127.0.0.1'], 1],
    ['create_connection_multiple', ['127.0.0.1', '127.0.0.2'], 2],
  ] as const)('%s: closes its sockets; one error, or all of them', (_name, hosts, count) => {
    const { loop, open } = counted({ sockets: { connect: () => -EIO } });
    resolveTo(loop, hosts);
    const connect = (allErrors: boolean) =>
      caught(() => loop.run(loop.createConnection(newNoting, { host: 'a.test', port: 80, allErrors })));
    expect(connect(false).message).toMatch(/EIO/);
    const all = connect(true) as AggregateError;
    expect([all.name, all.errors.length, open.count]).toEqual(['AggregateError', count, 0]);
  });

  it('create_connection_multiple_errors, create_connection_multiple_errors_local_addr: one error names them all', () => {
    const { loop, open } = counted({ sockets: { connect: () => -EIO } });
    resolveTo(loop, ['127.0.0.1', '127.0.0.2'], 0);
    const error = caught(() =>
      loop.run(loop.createConnection(newNoting, { host: 'a.test', port: 80, localAddr: ['b.test', 0] })),
    );
    expect(error.message).toMatch(/127\.0\.0\.1/);
    expect(error.message).toMatch(/127\.0\.0\.2/);
    expect(open.count).toBe(0);
  });

  it('create_connection_timeout: closes its socket when connecting throws anything', () => {
    const { loop, open } = counted();
    resolveTo(loop, ['127.0.0.1']);
    loop.sockConnect = () => {
      throw new RangeError('no time');
    };
    expect(() => loop.run(loop.createConnection(newNoting, { host: 'a.test', port: 80 }))).toThrow('no time');
    expect(open.count).toBe(0);
  });
});

describe('a connection', () => {
  it('create_connection_ip_addr, create_connection_service_name, set_nodelay: to an address and a service', () => {
    const { loop } = realLoop();
    const listener = tcpListener();
    const [, port] = listener.getsockname();
    for (const each of [port, String(port)] as const) {
      const [transport, protocol] = loop.run(
        loop.createConnection(newNoting, { host: '127.0.0.1', port: each }),
      );
      const sock = transport.getExtraInfo('socket') as Socket;
      expect([protocol.calls, sock.family]).toEqual([['made'], AF_INET]);
      expect(sock.getsockopt(6, TCP_NODELAY)).not.toBe(0);
      owned(listener.accept()[0]);
      transport.abort();
      settle(loop);
    }
  });

  it('create_connection_local_addr, create_connection_local_addr_in_use: from an address of its own', () => {
    const { loop } = realLoop();
    const listener = tcpListener();
    const [host, port] = listener.getsockname();
    const from = (local: number) =>
      loop.createConnection(newNoting, { host, port, localAddr: ['127.0.0.1', local] });
    const [transport] = loop.run(from(0));
    const [conn, address] = listener.accept();
    owned(conn);
    expect(transport.getExtraInfo('sockname')).toEqual(address);
    expect(caught(() => loop.run(from(port)))).toMatchObject({ code: 'EADDRINUSE' });
    transport.abort();
    settle(loop);
  });

  it('create_connection_local_addr_skip_different_family, create_connection_local_addr_nomatch_family: from one of the same family', () => {
    const { loop } = realLoop();
    const listener = tcpListener();
    const [, port] = listener.getsockname();
    const names: Record<string, readonly AddressInfo[]> = {
      'remote.test': [[AF_INET, SOCK_STREAM, 6, '', ['127.0.0.1', port]]],
      'both.test': [
        [AF_INET6, SOCK_STREAM, 6, '', ['::1', 0, 0, 0]],
        [AF_INET, SOCK_STREAM, 6, '', ['127.0.0.1', 0]],
      ],
      'other.test': [[AF_INET6, SOCK_STREAM, 6, '', ['::1', 0, 0, 0]]],
      'none.test': [],
    };
    loop.getaddrinfo = (host) => {
      const future = new Future<AddressInfo[]>({ loop });
      future.setResult([...(names[String(host)] ?? [])]);
      return future;
    };
    const from = (local: string) =>
      loop.createConnection(newNoting, { host: 'remote.test', port, localAddr: [local, 0] });
    const [transport] = loop.run(from('both.test'));
    expect(transport.getExtraInfo('sockname')?.[0]).toBe('127.0.0.1');
    expect(caught(() => loop.run(from('other.test'))).name).toBe('OSError');
    // create_connection_no_local_addr: the local name has no address at all.
    expect(caught(() => loop.run(from('none.test'))).name).toBe('OSError');
    owned(listener.accept()[0]);
    transport.abort();
    settle(loop);
  });

  it('create_connection_ssl_server_hostname_default: TLS expects the host that is connected to, or the one that is named', () => {
    const { loop } = realLoop();
    const ssl = serverContext();
    const server = loop.run(loop.createServer(newNoting, { host: '127.0.0.1', port: 0, ssl }));
    const port = portOf(server);
    const connect = (options: object) =>
      loop.run(
        loop.createConnection(newNoting, { host: '127.0.0.1', port, ssl: clientContext(), ...options }),
      );
    for (const options of [{}, { serverHostname: 'localhost' }]) {
      const [transport, protocol] = connect(options);
      expect(protocol.calls).toEqual(['made']);
      transport.abort();
      settle(loop);
    }
    expect(caught(() => connect({ serverHostname: 'other.test' }))).toMatchObject({
      name: 'SSLCertVerificationError',
    });
    server.close();
    settle(loop);
  });
});

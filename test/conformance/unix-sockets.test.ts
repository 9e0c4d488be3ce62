/**
 * Unix sockets: what CPython 3.13 asks of them in test_unix_events and test_server; and what protocols have.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Protocol, type SSLContext } from '../../src/index.ts';
import { EIO } from '../../src/kernel/errno.ts';
import { AF_UNIX, SOCK_STREAM, Socket } from '../../src/socket.ts';
import type { Transport } from '../../src/transports/transport.ts';
import { owned, realLoop } from '../integration/loop/real-loop.ts';
import { settle } from '../integration/transports/fixtures.ts';
import { onTeardown } from '../support/teardown.ts';
import { caught } from '../unit/loop/virtual-loop.ts';

import { type Case, counted, internet, newNoting, unixDatagram } from './connections-fixture.ts';

describe('unix sockets', () => {
  const folder = (): string => {
    const made = mkdtempSync(join(tmpdir(), 'selectloop-conformance-'));
    onTeardown(() => rmSync(made, { recursive: true }));
    return made;
  };

  it('create_unix_server_existing_path_sock, unix_server_addr_cleanup: a dead server is replaced, a closed one leaves nothing', () => {
    const { loop } = realLoop();
    const path = join(folder(), 'sock');
    const dead = new Socket(AF_UNIX, SOCK_STREAM);
    dead.bind(path);
    dead.listen(1);
    dead.close();
    const server = loop.run(loop.createUnixServer(newNoting, { path }));
    expect(statSync(path).isSocket()).toBe(true);
    server.close();
    settle(loop);
    expect(() => statSync(path)).toThrow('ENOENT');
  });

  it('unix_server_cleanup_gone, unix_server_cleanup_replaced, unix_server_cleanup_prevented: nothing else is removed', () => {
    const { loop } = realLoop();
    const path = join(folder(), 'sock');
    const closeAfter = (meanwhile: () => void, options: object = {}): void => {
      const server = loop.run(loop.createUnixServer(newNoting, { path, ...options }));
      meanwhile();
      server.close();
      settle(loop);
    };
    closeAfter(() => rmSync(path));
    closeAfter(() => {
      rmSync(path);
      writeFileSync(path, 'another');
    });
    expect(statSync(path).isFile()).toBe(true);
    rmSync(path);
    closeAfter(() => {}, { cleanupSocket: false });
    expect(statSync(path).isSocket()).toBe(true);
  });

  it('create_unix_server_existing_path_nonsock, create_unix_server_path_socket_error: a file is in use', () => {
    const { loop } = realLoop();
    const path = join(folder(), 'file');
    writeFileSync(path, '');
    expect(caught(() => loop.run(loop.createUnixServer(newNoting, { path })))).toMatchObject({
      code: 'EADDRINUSE',
    });
  });

  it('create_unix_server_bind_error: its socket is closed', () => {
    const { loop, open } = counted({ sockets: { bind: () => -EIO } });
    const path = join(folder(), 'sock');
    expect(() => loop.run(loop.createUnixServer(newNoting, { path }))).toThrow('EIO');
    expect(open.count).toBe(0);
  });

  it.each<Case>([
    ['create_unix_server_nopath_nosock, create_unix_connection_nopath_nosock', {}, /needs path, or sock/],
    ['create_unix_connection_path_sock', { path: '/tmp/x', sock: {} }, /together with sock/],
    [
      'create_unix_server_ssl_timeout_with_plain_sock, create_unix_connection_ssl_timeout_with_plain_sock',
      { path: 'spam', sslHandshakeTimeoutMs: 1 },
      /only meaningful with ssl/,
    ],
  ])('%s: are refused', (_name, options, words) => {
    const { loop } = realLoop();
    expect(caught(() => loop.run(loop.createUnixServer(newNoting, options))).message).toMatch(words);
    expect(caught(() => loop.run(loop.createUnixConnection(newNoting, options))).message).toMatch(words);
  });

  it('create_unix_server_path_inetsock, create_unix_connection_path_inetsock, create_unix_server_path_dgram: are refused', () => {
    const { loop } = realLoop();
    for (const sock of [internet(), unixDatagram()]) {
      expect(() => loop.run(loop.createUnixServer(newNoting, { sock }))).toThrow(/stream socket is needed/);
      expect(() => loop.run(loop.createUnixConnection(newNoting, { sock }))).toThrow(
        /stream socket is needed/,
      );
    }
  });

  it('create_unix_server_ssl_bool, create_unix_connection_ssl_noserverhost, create_unix_connection_nossl_serverhost: TLS that lacks something', () => {
    const { loop } = realLoop();
    const ssl = true as unknown as SSLContext;
    expect(() => loop.run(loop.createUnixServer(newNoting, { path: 'spam', ssl }))).toThrow(
      /an SSLContext is needed/,
    );
    expect(() => loop.run(loop.createUnixConnection(newNoting, { path: 'spam', ssl: true }))).toThrow(
      /serverHostname/,
    );
    expect(() =>
      loop.run(loop.createUnixConnection(newNoting, { path: 'spam', serverHostname: 'x' })),
    ).toThrow(/only meaningful with ssl/);
  });

  it('create_unix_server_path_stream_bittype: a socket that was bound before', () => {
    const { loop } = realLoop();
    const path = join(folder(), 'sock');
    const sock = owned(new Socket(AF_UNIX, SOCK_STREAM));
    sock.bind(path);
    const server = loop.run(loop.createUnixServer(newNoting, { sock }));
    const client = owned(new Socket(AF_UNIX, SOCK_STREAM));
    client.connect(path);
    server.close();
    server.abortClients();
    settle(loop);
    expect(sock.closed).toBe(true);
  });
});

describe('protocols and transports', () => {
  it('base_protocol, protocol: every method may be left out', () => {
    const protocol = new (class extends Protocol {})();
    const made: unknown[] = [
      protocol.connectionMade({} as Transport),
      protocol.connectionLost(null),
      protocol.pauseWriting(),
      protocol.resumeWriting(),
      protocol.dataReceived(Buffer.alloc(1)),
    ];
    expect([made, Boolean(protocol.eofReceived())]).toEqual([
      [undefined, undefined, undefined, undefined, undefined],
      false,
    ]);
  });
});

import { describe, expect, test } from 'vitest';

import {
  AF_INET,
  AF_INET6,
  type InetAddress,
  MSG_PEEK,
  SHUT_RD,
  SHUT_WR,
  SO_ERROR,
  SO_LINGER,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
} from '../../../src/socket.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { closeLater, errorOf, hasIPv6, listenOn, newSocket, PATIENCE_MS, tcpPair } from './fixtures.ts';

failOnFdLeaks();

describe.each([
  ['IPv4', AF_INET, '127.0.0.1'],
  ['IPv6', AF_INET6, '::1'],
])('%s', (name, family, host) => {
  test('a connection carries bytes both ways until each side ends its own', (context) => {
    if (family === AF_INET6 && !hasIPv6()) context.skip(`this machine has no ${name}`);
    const [client, server] = tcpPair(host);
    client.sendall(Buffer.from('to the server'));
    expect(server.recv(100).toString()).toBe('to the server');
    server.sendall(Buffer.from('to the client'));
    expect(client.recv(100).toString()).toBe('to the client');
    client.shutdown(SHUT_WR);
    expect(server.recv(100).length).toBe(0);
    server.sendall(Buffer.from('still heard'));
    expect(client.recv(100).toString()).toBe('still heard');
    server.close();
    expect(client.recv(100).length).toBe(0);
  });

  test('both sides agree on their addresses', (context) => {
    if (family === AF_INET6 && !hasIPv6()) context.skip(`this machine has no ${name}`);
    const listener = listenOn(host);
    const client = newSocket(family);
    client.connect(listener.getsockname());
    const [server, address] = listener.accept();
    closeLater(server);
    expect(client.getpeername()).toEqual(listener.getsockname());
    expect(server.getpeername()).toEqual(client.getsockname());
    expect(address).toEqual(client.getsockname());
    expect(address[0]).toBe(host);
    expect(address.length).toBe(family === AF_INET ? 2 : 4);
    expect([server.family, server.type, server.gettimeout()]).toEqual([family, SOCK_STREAM, null]);
  });
});

describe('recv', () => {
  test('takes no more than asked for, and MSG_PEEK takes nothing', () => {
    const [client, server] = tcpPair();
    client.sendall(Buffer.from('abcdef'));
    expect(server.recv(2, MSG_PEEK).toString()).toBe('ab');
    expect(server.recv(2).toString()).toBe('ab');
    expect(server.recv(0).length).toBe(0);
    expect(server.recv(100).toString()).toBe('cdef');
  });

  test('what it returned does not change when it is called again', () => {
    const [client, server] = tcpPair();
    client.sendall(Buffer.from('first'));
    const first = server.recv(100);
    client.sendall(Buffer.from('other'));
    server.recv(100);
    expect(first.toString()).toBe('first');
  });

  test('keeps no large buffer alive for a few bytes', () => {
    const [client, server] = tcpPair();
    client.sendall(Buffer.from('few'));
    const few = server.recv(10_000_000);
    expect(few.toString()).toBe('few');
    // Node's pool, or a block of ours.
    const poolByteCount = Buffer.allocUnsafe(1).buffer.byteLength;
    expect(few.buffer.byteLength).toBeLessThanOrEqual(Math.max(poolByteCount, 65_536));
  });

  test('recvInto fills the caller’s memory and nothing else', () => {
    const [client, server] = tcpPair();
    client.sendall(Buffer.from('abcdef'));
    const buffer = Buffer.from('........');
    expect(server.recvInto(buffer.subarray(2, 7), 3)).toBe(3);
    expect(buffer.toString()).toBe('..abc...');
    expect(server.recvInto(buffer)).toBe(3);
    expect(buffer.toString()).toBe('defbc...');
    expect(server.recvInto(new Uint8Array(0))).toBe(0);
  });
});

describe('time-outs', () => {
  test.each([0.5, 20, 300])('recv raises after %d ms, never earlier', (timeoutMs) => {
    const [client] = tcpPair();
    client.settimeout(timeoutMs);
    const start = performance.now();
    const error = errorOf(() => client.recv(1));
    const elapsedMs = performance.now() - start;
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'ETIMEDOUT' });
    expect(elapsedMs).toBeGreaterThanOrEqual(timeoutMs);
    expect(elapsedMs).toBeLessThan(timeoutMs + PATIENCE_MS);
  });

  test('accept and send raise too, and the socket is good afterwards', () => {
    const listener = listenOn();
    listener.settimeout(10);
    expect(errorOf(() => listener.accept()).message).toMatch(
      /^accept timed out after 10 ms \(<Socket fd=\d+ /,
    );
    const [client, server] = tcpPair();
    client.settimeout(10);
    const chunk = Buffer.alloc(1 << 20, 'x');
    expect(
      errorOf(() => {
        for (;;) client.send(chunk);
      }).name,
    ).toBe('TimeoutError');
    expect(server.recv(3).toString()).toBe('xxx');
  });

  test('a non-blocking call raises BlockingIOError at once', () => {
    const [client, server] = tcpPair();
    const listener = listenOn();
    for (const sock of [client, listener]) sock.setblocking(false);
    expect(errorOf(() => client.recv(1))).toMatchObject({
      name: 'BlockingIOError',
      code: 'EAGAIN',
      syscall: 'recv',
    });
    expect(errorOf(() => listener.accept())).toMatchObject({ name: 'BlockingIOError', syscall: 'accept' });
    const chunk = Buffer.alloc(1 << 20);
    expect(
      errorOf(() => {
        for (;;) client.send(chunk);
      }),
    ).toMatchObject({ name: 'BlockingIOError', syscall: 'send' });
    expect(errorOf(() => client.sendall(chunk)).name).toBe('BlockingIOError');
    expect(server.recv(1).length).toBe(1);
  });

  test('a non-blocking connect is under way, then done', () => {
    const listener = listenOn();
    const client = newSocket();
    client.setblocking(false);
    const answer = client.connectEx(listener.getsockname());
    expect([0, 115, 36]).toContain(answer); // EINPROGRESS is 115 on Linux and 36 on the BSDs
    listener.accept()[0].close();
    expect(client.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0);
    expect(client.getpeername()).toEqual(listener.getsockname());
  });
});

describe('refusals', () => {
  test('nobody listens: ECONNREFUSED, blocking or not', () => {
    const address = unusedAddress();
    for (const timeoutMs of [null, 1000]) {
      const client = newSocket();
      client.settimeout(timeoutMs);
      expect(errorOf(() => client.connect(address))).toMatchObject({
        name: 'OSError',
        message: `connect ECONNREFUSED 127.0.0.1:${address[1]} (connection refused)`,
        code: 'ECONNREFUSED',
        syscall: 'connect',
        address: '127.0.0.1',
        port: address[1],
      });
    }
    expect(newSocket().connectEx(address)).toBeGreaterThan(0);
  });

  test('the address is taken: EADDRINUSE', () => {
    const address = listenOn().getsockname();
    const error = errorOf(() => newSocket().bind(address));
    expect(error).toMatchObject({
      code: 'EADDRINUSE',
      syscall: 'bind',
      address: '127.0.0.1',
      port: address[1],
    });
  });

  test('not an address of this machine: EADDRNOTAVAIL', () => {
    expect(errorOf(() => newSocket().bind(['192.0.2.1', 0]))).toMatchObject({ code: 'EADDRNOTAVAIL' });
  });

  test('broadcasting without permission: EACCES', () => {
    const sock = newSocket(AF_INET, SOCK_DGRAM);
    expect(errorOf(() => sock.connect(['<broadcast>', 9]))).toMatchObject({
      code: 'EACCES',
      address: '<broadcast>',
      port: 9,
    });
  });

  test('the peer has reset: ECONNRESET once, then the end of the stream', () => {
    const [client, server] = tcpPair();
    reset(server);
    expect(errorOf(() => client.recv(1))).toMatchObject({ code: 'ECONNRESET', syscall: 'recv' });
    expect(client.recv(1).length).toBe(0);
  });

  test('the peer has gone: EPIPE', () => {
    const [client, server] = tcpPair();
    reset(server);
    errorOf(() => client.recv(1));
    expect(errorOf(() => client.sendall(Buffer.from('x')))).toMatchObject({ code: 'EPIPE', syscall: 'send' });
  });

  test('own side shut down: EPIPE', () => {
    const [client] = tcpPair();
    client.shutdown(SHUT_WR);
    expect(errorOf(() => client.send(Buffer.from('x')))).toMatchObject({ code: 'EPIPE' });
  });

  test('not connected: ENOTCONN', () => {
    const sock = newSocket();
    expect(errorOf(() => sock.getpeername())).toMatchObject({ code: 'ENOTCONN', syscall: 'getpeername' });
    expect(errorOf(() => sock.recv(1))).toMatchObject({ code: 'ENOTCONN', syscall: 'recv' });
    expect(errorOf(() => sock.shutdown(SHUT_RD))).toMatchObject({ code: 'ENOTCONN', syscall: 'shutdown' });
  });

  test('an unknown family, type or protocol', () => {
    expect(errorOf(() => new Socket(9999)).syscall).toBe('socket');
    expect(errorOf(() => new Socket(AF_INET, 77)).name).toBe('OSError');
    expect(errorOf(() => new Socket(AF_INET, SOCK_STREAM, 200))).toMatchObject({ code: 'EPROTONOSUPPORT' });
  });
});

/** Closes so that the peer sees a reset: SO_LINGER with no time to linger. */
function reset(sock: Socket): void {
  sock.setsockopt(SOL_SOCKET, SO_LINGER, Buffer.from(Int32Array.of(1, 0).buffer));
  sock.close();
}

/** An address that nobody listens on: bound by this test, so nobody else will. */
function unusedAddress(): InetAddress {
  const holder = newSocket();
  holder.bind(['127.0.0.1', 0]);
  return holder.getsockname();
}

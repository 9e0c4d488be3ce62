import { describe, expect, test } from 'vitest';

import {
  IPPROTO_TCP,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_SNDBUF,
  SOL_SOCKET,
  TCP_NODELAY,
} from '../../../src/socket.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { errorOf, newSocket, tcpPair } from './fixtures.ts';

failOnFdLeaks();

describe('options', () => {
  test('numbers', () => {
    const sock = newSocket();
    expect(sock.getsockopt(IPPROTO_TCP, TCP_NODELAY)).toBe(0);
    sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
    expect(sock.getsockopt(IPPROTO_TCP, TCP_NODELAY)).not.toBe(0);
    sock.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1);
    expect(sock.getsockopt(SOL_SOCKET, SO_KEEPALIVE)).not.toBe(0);
    sock.setsockopt(SOL_SOCKET, SO_RCVBUF, 50_000);
    expect(sock.getsockopt(SOL_SOCKET, SO_RCVBUF)).toBeGreaterThanOrEqual(50_000);
  });

  test('bytes', () => {
    const sock = newSocket();
    const linger = Buffer.from(Int32Array.of(1, 7).buffer);
    sock.setsockopt(SOL_SOCKET, SO_LINGER, linger);
    expect(sock.getsockopt(SOL_SOCKET, SO_LINGER, 100)).toEqual(linger);
  });

  test('one that does not exist', () => {
    const sock = newSocket();
    expect(errorOf(() => sock.setsockopt(SOL_SOCKET, 9999, 1))).toMatchObject({ code: 'ENOPROTOOPT' });
    expect(errorOf(() => sock.getsockopt(SOL_SOCKET, 9999))).toMatchObject({ code: 'ENOPROTOOPT' });
  });

  test('an address is free again at once with SO_REUSEADDR', () => {
    const listener = newSocket();
    // Linux wants the option on the old socket as well as on the new one (socket(7), SO_REUSEADDR).
    listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    listener.bind(['127.0.0.1', 0]);
    listener.listen();
    const address = listener.getsockname();
    const client = newSocket();
    client.connect(address);
    const [server] = listener.accept();
    // This side closes first, so the address stays with it in TIME_WAIT.
    server.close();
    listener.close();
    client.recv(1);
    client.close();
    const again = newSocket();
    expect(errorOf(() => again.bind(address)).message).toMatch(/EADDRINUSE/);
    again.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    again.bind(address);
    expect(again.getsockname()).toEqual(address);
  });

  test('a small send buffer makes send take a part only', () => {
    const [client] = tcpPair();
    client.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096);
    client.setblocking(false);
    const sent = client.send(Buffer.alloc(10_000_000));
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(10_000_000);
  });
});

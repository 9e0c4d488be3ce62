import { describe, expect, test } from 'vitest';

import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  createConnection,
  createServer,
  getdefaulttimeout,
  hasDualstackIpv6,
  htonl,
  htons,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  ifIndextoname,
  ifNameindex,
  ifNametoindex,
  lingerValue,
  ntohl,
  ntohs,
  SO_LINGER,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOL_SOCKET,
  Socket,
  setdefaulttimeout,
  type UnixAddress,
} from '../../../src/socket.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { onTeardown } from '../../support/teardown.ts';
import { closeLater, errorOf, hasIPv6, newDirectory, newSocket, PATIENCE_MS } from './fixtures.ts';

failOnFdLeaks();

function serverOn(...args: Parameters<typeof createServer>): Socket {
  const server = createServer(...args);
  closeLater(server);
  server.settimeout(PATIENCE_MS);
  return server;
}

describe('createServer and createConnection', () => {
  test('find each other', () => {
    const server = serverOn(['127.0.0.1', 0]);
    expect(server.getsockopt(SOL_SOCKET, SO_REUSEADDR)).not.toBe(0);
    using client = createConnection(['127.0.0.1', server.getsockname()[1]], { timeoutMs: PATIENCE_MS });
    using connection = server.accept()[0];
    client.sendall(Buffer.from('x'));
    expect(connection.recv(1).toString()).toBe('x');
    expect(client.gettimeout()).toBe(PATIENCE_MS);
  });

  test('localhost is tried on all its addresses', () => {
    const server = serverOn(['127.0.0.1', 0]);
    using client = createConnection(['localhost', server.getsockname()[1]], { timeoutMs: PATIENCE_MS });
    expect(client.getpeername()).toEqual(server.getsockname());
  });

  test('a source address is bound', () => {
    const server = serverOn(['127.0.0.1', 0]);
    const address = server.getsockname();
    using client = createConnection(address, {
      sourceAddress: ['127.0.0.2', 0],
      timeoutMs: 1000,
    });
    expect(client.getsockname()[0]).toBe('127.0.0.2');
  });

  test('nobody there: the first error, or all of them', () => {
    const gone = serverOn(['127.0.0.1', 0]);
    const [, port] = gone.getsockname();
    gone.close();
    expect(errorOf(() => createConnection(['127.0.0.1', port]))).toMatchObject({
      code: 'ECONNREFUSED',
      port,
    });
    if (!hasIPv6()) return;
    const error = errorOf(() => createConnection(['localhost', port], { allErrors: true }));
    expect(error).toBeInstanceOf(AggregateError);
    expect((error as unknown as AggregateError).errors.length).toBe(2);
  });

  test('bad input leaves no socket behind', () => {
    expect(errorOf(() => createConnection('host' as never))).toBeInstanceOf(TypeError);
    expect(errorOf(() => createConnection(['127.0.0.1', 70_000]))).toBeInstanceOf(RangeError);
    expect(errorOf(() => createConnection(['127.0.0.1', 1], { timeoutMs: -1 }))).toBeInstanceOf(RangeError);
    const server = serverOn(['127.0.0.1', 0]);
    const error = errorOf(() => createServer(server.getsockname()));
    expect(error).toMatchObject({ code: 'EADDRINUSE', address: '127.0.0.1', port: server.getsockname()[1] });
    expect(errorOf(() => createServer(['127.0.0.1', 0], { dualstackIpv6: true })).message).toMatch(
      /AF_INET6/,
    );
    expect(errorOf(() => createServer(['127.0.0.1', 0], { backlog: 0.5 }))).toBeInstanceOf(RangeError);
  });

  test('two listeners on one port with reusePort', () => {
    const first = serverOn(['127.0.0.1', 0], { reusePort: true });
    const second = serverOn(first.getsockname(), { reusePort: true });
    expect(second.getsockopt(SOL_SOCKET, SO_REUSEPORT)).not.toBe(0);
    expect(second.getsockname()).toEqual(first.getsockname());
  });

  test('a unix path', () => {
    const path = `${newDirectory()}/server`;
    const server = serverOn(path, { family: AF_UNIX });
    const client = newSocket(AF_UNIX);
    client.connect(path);
    closeLater(server.accept<UnixAddress>()[0]);
  });

  test.runIf(hasIPv6())('IPv6 alone, or with IPv4', () => {
    const alone = serverOn(['::', 0], { family: AF_INET6 });
    expect(alone.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY)).not.toBe(0);
    expect(hasDualstackIpv6()).toBe(true);
    const both = serverOn(['::', 0], { family: AF_INET6, dualstackIpv6: true });
    using client = createConnection(['127.0.0.1', both.getsockname()[1]], { timeoutMs: 1000 });
    using connection = both.accept()[0];
    expect(connection.getpeername()[0]).toBe('::ffff:127.0.0.1');
    expect(client.family).toBe(AF_INET);
  });
});

describe('the default time-out', () => {
  test('is that of sockets made from then on, accepted ones too', () => {
    onTeardown(() => setdefaulttimeout(null));
    expect(getdefaulttimeout()).toBe(null);
    const before = newSocket();
    before.settimeout(null);
    setdefaulttimeout(250);
    expect(getdefaulttimeout()).toBe(250);
    using made = new Socket();
    made.bind(['127.0.0.1', 0]);
    made.listen();
    const address = made.getsockname();
    using client = createConnection(address);
    using accepted = made.accept()[0];
    expect([before.timeout, made.timeout, client.timeout, accepted.timeout]).toEqual([null, 250, 250, 250]);
  });

  test('refuses what is no time', () => {
    for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(errorOf(() => setdefaulttimeout(wrong))).toBeInstanceOf(RangeError);
    }
    expect(errorOf(() => setdefaulttimeout('1' as never))).toBeInstanceOf(TypeError);
    expect(getdefaulttimeout()).toBe(null);
  });
});

describe('byte order', () => {
  test('there and back', () => {
    for (const value of [0, 1, 0x1234, 0xffff]) expect(ntohs(htons(value))).toBe(value);
    for (const value of [0, 1, 0x12345678, 0xffffffff]) expect(ntohl(htonl(value))).toBe(value);
    const bytes = Buffer.from(new Uint16Array([htons(0x1234)]).buffer);
    expect([...bytes]).toEqual([0x12, 0x34]);
    expect([...Buffer.from(new Uint32Array([htonl(0x12345678)]).buffer)]).toEqual([0x12, 0x34, 0x56, 0x78]);
  });

  test.each([-1, 65_536, 1.5, Number.NaN])('refuses %d', (value) => {
    expect(errorOf(() => htons(value)).message).toMatch(/^htons: expected an integer from 0 to 65535/);
    expect(errorOf(() => ntohs(value))).toBeInstanceOf(RangeError);
    expect(errorOf(() => htonl(value === 65_536 ? 2 ** 32 : value))).toBeInstanceOf(RangeError);
  });
});

describe('interfaces', () => {
  test('names and indices belong together', () => {
    const all = ifNameindex();
    expect(all.length).toBeGreaterThan(0);
    for (const [index, name] of all) {
      expect([ifNametoindex(name), ifIndextoname(index)]).toEqual([index, name]);
    }
  });

  test('those that do not exist', () => {
    expect(errorOf(() => ifNametoindex('no-such-if'))).toMatchObject({ syscall: 'if_nametoindex' });
    expect(errorOf(() => ifNametoindex('no-such-if')).message).toContain('no-such-if');
    expect(errorOf(() => ifNametoindex(''))).toHaveProperty('code');
    expect(errorOf(() => ifIndextoname(99_999))).toMatchObject({ code: 'ENXIO' });
    expect(errorOf(() => ifNametoindex('a-name-that-is-too-long'))).toBeInstanceOf(RangeError);
    expect(errorOf(() => ifNametoindex(1 as never))).toBeInstanceOf(TypeError);
    expect(errorOf(() => ifIndextoname(Number.NaN))).toBeInstanceOf(RangeError);
  });
});

test('the value of SO_LINGER', () => {
  const sock = newSocket();
  sock.setsockopt(SOL_SOCKET, SO_LINGER, lingerValue(true, 3));
  expect(sock.getsockopt(SOL_SOCKET, SO_LINGER, 8)).toEqual(lingerValue(true, 3));
});

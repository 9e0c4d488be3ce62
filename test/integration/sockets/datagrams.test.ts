import { describe, expect, test } from 'vitest';

import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IP_ADD_MEMBERSHIP,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IPPROTO_IP,
  inetPton,
  ipMreq,
  MSG_PEEK,
  MSG_TRUNC,
  SO_BROADCAST,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socketpair,
  type UnixAddress,
} from '../../../src/socket.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { closeLater, errorOf, hasIPv6, newDirectory, newSocket, PATIENCE_MS, tcpPair } from './fixtures.ts';

failOnFdLeaks();

function udp(host = '127.0.0.1'): Socket {
  const sock = newSocket(host.includes(':') ? AF_INET6 : AF_INET, SOCK_DGRAM);
  sock.bind([host, 0]);
  return sock;
}

function timedPair(type: number): [Socket, Socket] {
  const pair = socketpair(AF_UNIX, type);
  closeLater(...pair);
  for (const sock of pair) sock.settimeout(PATIENCE_MS);
  return pair;
}

describe('UDP', () => {
  test('messages keep their limits and name their senders', () => {
    const [left, right] = [udp(), udp()];
    expect(left.sendto(Buffer.from('one'), right.getsockname())).toBe(3);
    expect(left.sendto(Buffer.from('three'), right.getsockname())).toBe(5);
    expect(right.recvfrom(100)).toEqual([Buffer.from('one'), left.getsockname()]);
    const buffer = Buffer.from('......');
    expect(right.recvfromInto(buffer)).toEqual([5, left.getsockname()]);
    expect(buffer.toString()).toBe('three.');
  });

  test('an empty message is a message', () => {
    const [left, right] = [udp(), udp()];
    left.sendto(Buffer.alloc(0), right.getsockname());
    left.sendto(Buffer.from('x'), right.getsockname());
    expect(right.recvfrom(10)).toEqual([Buffer.alloc(0), left.getsockname()]);
    expect(right.recvfrom(10)[0].toString()).toBe('x');
  });

  test('what does not fit is cut, and recvmsg says so', () => {
    const [left, right] = [udp(), udp()];
    left.sendto(Buffer.from('abcdef'), right.getsockname());
    left.sendto(Buffer.from('abcdef'), right.getsockname());
    left.sendto(Buffer.from('next'), right.getsockname());
    const [data, ancillary, flags, address] = right.recvmsg(3);
    expect([data.toString(), ancillary, flags & MSG_TRUNC, address]).toEqual([
      'abc',
      [],
      MSG_TRUNC,
      left.getsockname(),
    ]);
    // With the flag given, Linux answers with the true length: no more bytes for that.
    expect(right.recv(3, MSG_TRUNC).toString()).toBe('abc');
    expect(right.recvfrom(10)[0].toString()).toBe('next');
  });

  test('MSG_PEEK leaves the message there', () => {
    const [left, right] = [udp(), udp()];
    left.sendto(Buffer.from('x'), right.getsockname());
    expect(right.recvfrom(9, MSG_PEEK)).toEqual(right.recvfrom(9));
  });

  test('a connected socket tells that nobody is there, and goes on', () => {
    const [left, gone] = [udp(), udp()];
    left.connect(gone.getsockname());
    gone.close();
    left.send(Buffer.from('x'));
    expect(errorOf(() => left.recvfrom(10))).toMatchObject({ code: 'ECONNREFUSED', syscall: 'recvfrom' });
    left.settimeout(1);
    expect(errorOf(() => left.recvfrom(10)).name).toBe('TimeoutError');
  });

  test('a message that is too long is EMSGSIZE and names the address', () => {
    const left = udp();
    const error = errorOf(() => left.sendto(Buffer.alloc(70_000), ['127.0.0.1', 9]));
    expect(error).toMatchObject({ code: 'EMSGSIZE', syscall: 'sendto', address: '127.0.0.1', port: 9 });
  });

  test.runIf(hasIPv6())('IPv6', () => {
    const [left, right] = [udp('::1'), udp('::1')];
    left.sendto(Buffer.from('x'), right.getsockname());
    expect(right.recvfrom(10)).toEqual([Buffer.from('x'), left.getsockname()]);
  });

  test('broadcast needs the option', () => {
    const left = udp();
    expect(errorOf(() => left.sendto(Buffer.from('x'), ['<broadcast>', 9]))).toMatchObject({
      code: 'EACCES',
    });
    left.setsockopt(SOL_SOCKET, SO_BROADCAST, 1);
    expect(left.getsockopt(SOL_SOCKET, SO_BROADCAST)).not.toBe(0);
  });

  test('multicast over the loopback interface reaches who has joined', () => {
    const member = newSocket(AF_INET, SOCK_DGRAM);
    member.bind(['', 0]);
    member.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, ipMreq('239.255.77.77', '127.0.0.1'));
    const sender = udp();
    sender.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, inetPton(AF_INET, '127.0.0.1'));
    sender.setsockopt(IPPROTO_IP, IP_MULTICAST_LOOP, Uint8Array.of(1));
    sender.sendto(Buffer.from('all'), ['239.255.77.77', member.getsockname()[1]]);
    expect(member.recvfrom(10)[0].toString()).toBe('all');
  });
});

describe('many at once', () => {
  test('more than one native call takes, in order, with addresses', () => {
    const [left, right] = [udp(), udp()];
    const texts = Array.from({ length: 150 }, (_, i) => `message ${i}`);
    const address = right.getsockname();
    expect(left.sendMany(texts.map((text) => [Buffer.from(text), address] as const))).toBe(150);
    const received = [...right.recvMany(100, 64), ...right.recvMany(100, 64)];
    expect(received.map(([data]) => data.toString())).toEqual(texts);
    for (const [, sender, flags] of received) expect([sender, flags]).toEqual([left.getsockname(), 0]);
  });

  test('to the connected peer; cut messages say so; copies stay what they are', () => {
    const [left, right] = [udp(), udp()];
    left.connect(right.getsockname());
    left.sendMany([Buffer.from('abcdef'), Buffer.alloc(0), Buffer.from('gh')]);
    const first = right.recvMany(8, 4);
    expect(first.map(([data, , flags]) => [data.toString(), flags & MSG_TRUNC])).toEqual([
      ['abcd', MSG_TRUNC],
      ['', 0],
      ['gh', 0],
    ]);
    left.sendMany([Buffer.from('zzzz')]);
    right.recvMany(8, 4);
    expect(first[0]?.[0].toString()).toBe('abcd');
  });

  test('an error after the first message is the next call’s', () => {
    const [left, right] = [udp(), udp()];
    const address = right.getsockname();
    const messages = [Buffer.from('ok'), Buffer.alloc(70_000)].map((data) => [data, address] as const);
    expect(left.sendMany(messages)).toBe(1);
    expect(errorOf(() => left.sendMany(messages.slice(1)))).toMatchObject({ code: 'EMSGSIZE' });
    expect(right.recvMany(5, 10).length).toBe(1);
  });

  test('nothing to send is nothing; nothing to receive is waited for', () => {
    const left = udp();
    expect(left.sendMany([])).toBe(0);
    left.settimeout(1);
    expect(errorOf(() => left.recvMany(5, 10)).name).toBe('TimeoutError');
    left.setblocking(false);
    expect(errorOf(() => left.recvMany(5, 10)).name).toBe('BlockingIOError');
  });

  test('bad input', () => {
    const left = udp();
    const mixed = [[Buffer.alloc(1), left.getsockname()] as const, Buffer.alloc(1)];
    expect(errorOf(() => left.sendMany(mixed)).message).toMatch(/sendMany: expected \[data, address\] like/);
    expect(errorOf(() => left.sendMany('text' as never)).message).toMatch(/expected an array of messages/);
    for (const count of [0, -1, 1.5, Number.NaN, 5000]) {
      expect(errorOf(() => left.recvMany(count, 10))).toBeInstanceOf(RangeError);
      expect(errorOf(() => left.recvMany(10, count === 5000 ? 1e9 : count))).toBeInstanceOf(RangeError);
    }
  });
});

describe('AF_UNIX', () => {
  test('datagrams between paths, and from nobody', () => {
    const directory = newDirectory();
    const [left, right] = [newSocket(AF_UNIX, SOCK_DGRAM), newSocket(AF_UNIX, SOCK_DGRAM)];
    left.bind(`${directory}/left`);
    right.bind(`${directory}/right`);
    left.sendto(Buffer.from('named'), `${directory}/right`);
    expect(right.recvfrom<UnixAddress>(10)).toEqual([Buffer.from('named'), `${directory}/left`]);
    newSocket(AF_UNIX, SOCK_DGRAM).sendto(Buffer.from('unnamed'), `${directory}/right`);
    expect(right.recvfrom<UnixAddress | null>(10)).toEqual([Buffer.from('unnamed'), null]);
  });

  test.runIf(process.platform === 'linux')('datagrams between abstract names', () => {
    const [left, right] = [newSocket(AF_UNIX, SOCK_DGRAM), newSocket(AF_UNIX, SOCK_DGRAM)];
    left.bind('');
    right.bind(`\0selectloop-${process.pid}`);
    left.sendto(Buffer.from('x'), right.getsockname<UnixAddress>());
    expect(right.recvfrom<UnixAddress>(10)[1]).toEqual(left.getsockname<UnixAddress>());
  });

  test.runIf(process.platform === 'linux')('packets in sequence', () => {
    const [left, right] = timedPair(SOCK_SEQPACKET);
    left.sendmsg([Buffer.from('a'), Buffer.from('b')]);
    left.send(Buffer.from('c'));
    expect([right.recv(10).toString(), right.recv(10).toString()]).toEqual(['ab', 'c']);
    left.close();
    expect(right.recv(10).length).toBe(0);
  });

  test('a full receiver is waited for', () => {
    const [left, right] = timedPair(SOCK_DGRAM);
    left.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096);
    left.setblocking(false);
    const fill = () => {
      for (;;) left.sendmsg([Buffer.alloc(1000)]);
    };
    expect(errorOf(fill)).toMatchObject({ name: 'BlockingIOError', syscall: 'sendmsg' });
    left.settimeout(1);
    expect(errorOf(() => left.sendmsg([Buffer.alloc(1000)])).name).toBe('TimeoutError');
    while (right.recvMany(100, 1000).length === 100);
    expect(left.sendmsg([Buffer.alloc(1000)])).toBe(1000);
  });
});

describe('streams', () => {
  test('recvfrom names nobody where there is a connection', () => {
    const [client, server] = tcpPair();
    client.sendall(Buffer.from('abc'));
    expect(server.recvfrom<null>(10)).toEqual([Buffer.from('abc'), null]);
    client.sendall(Buffer.from('abc'));
    expect(server.recvmsg(10)).toEqual([Buffer.from('abc'), [], expect.any(Number), null]);
  });

  test('sendto on a connection is EISCONN or goes to the peer, and on none ENOTCONN or EPIPE', () => {
    const alone = newSocket(AF_INET, SOCK_STREAM);
    expect(['ENOTCONN', 'EPIPE']).toContain(
      errorOf(() => alone.sendto(Buffer.from('x'), ['127.0.0.1', 9])).code,
    );
  });

  test('gathered and scattered', () => {
    const [client, server] = tcpPair();
    expect(client.sendmsg([Buffer.from('ab'), Buffer.alloc(0), Buffer.from('cdef')])).toBe(6);
    const [first, second] = [Buffer.alloc(4), Buffer.alloc(4)];
    expect(server.recvmsgInto([first, second])[0]).toBe(6);
    expect([first.toString(), second.subarray(0, 2).toString()]).toEqual(['abcd', 'ef']);
  });
});

import { describe, expect, test } from 'vitest';

import { BusyResourceError } from '../../../src/base/errors.ts';
import { defaultKernel } from '../../../src/kernel/default-kernel.ts';
import { AF_INET, fromfd, SOCK_STREAM, Socket, socketpair } from '../../../src/socket.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { closeFdsLater, closeLater, errorOf, listenOn, newSocket, PATIENCE_MS, tcpPair } from './fixtures.ts';

failOnFdLeaks();

const { fds } = defaultKernel();

/** A pair whose second end is a bare descriptor. */
function halfPair(): [Socket, number] {
  const [left, right] = socketpair();
  closeLater(left);
  left.settimeout(PATIENCE_MS);
  return [left, right.detach()];
}

describe('detach', () => {
  test('leaves the descriptor open and the socket closed', () => {
    const [left, fd] = halfPair();
    expect(fds.write(fd, Buffer.from('x'), 0, 1)).toBe(1);
    expect(left.recv(1).toString()).toBe('x');
    expect(fds.close(fd)).toBe(0);
  });
});

describe('a descriptor taken over', () => {
  test('works, says what it is, and is closed with the socket', () => {
    const [left, fd] = halfPair();
    const taken = new Socket(undefined, undefined, undefined, { fileno: fd });
    expect([taken.family, taken.type, taken.proto]).toEqual([left.family, left.type, 0]);
    taken.sendall(Buffer.from('x'));
    expect(left.recv(1).toString()).toBe('x');
    taken.close();
    expect(left.recv(1).length).toBe(0);
    expect(fds.close(fd)).toBeLessThan(0);
  });

  test('is made non-blocking, so that a time-out holds', () => {
    const [, fd] = halfPair();
    expect(fds.setNonblocking(fd, false)).toBe(0);
    using taken = new Socket(undefined, undefined, undefined, { fileno: fd });
    taken.settimeout(10);
    expect(errorOf(() => taken.recv(1)).name).toBe('TimeoutError');
  });

  test('must be an open socket', () => {
    const pipe = new Int32Array(2);
    expect(fds.pipe(pipe)).toBe(0);
    closeFdsLater(...pipe);
    const [reader] = pipe;
    expect(errorOf(() => new Socket(AF_INET, SOCK_STREAM, 0, { fileno: reader }))).toMatchObject({
      code: 'ENOTSOCK',
    });
    expect(errorOf(() => new Socket(AF_INET, SOCK_STREAM, 0, { fileno: 123_456 }))).toMatchObject({
      code: 'EBADF',
    });
    expect(errorOf(() => fromfd(reader as number)).code).toBe('ENOTSOCK');
    expect(errorOf(() => fromfd(123_456))).toMatchObject({ code: 'EBADF', syscall: 'dup' });
  });
});

describe('Socket.fromFd', () => {
  test('finds family, type and protocol, and owns the descriptor', () => {
    const [left, fd] = halfPair();
    using taken = Socket.fromFd(fd);
    expect([taken.family, taken.type, taken.proto, taken.fileno()]).toEqual([left.family, left.type, 0, fd]);
    const listener = listenOn();
    const again = Socket.fromFd(listener.detach());
    closeLater(again);
    expect([again.family, again.type]).toEqual([AF_INET, SOCK_STREAM]);
    expect(again.proto).toBe(process.platform === 'linux' ? 6 : again.proto);
  });

  test('refuses what is not open, no socket, or no descriptor, and leaves it to its owner', () => {
    const pipe = new Int32Array(2);
    expect(fds.pipe(pipe)).toBe(0);
    closeFdsLater(...pipe);
    expect(errorOf(() => Socket.fromFd(pipe[0] as number)).code).toBe('ENOTSOCK');
    expect(fds.setNonblocking(pipe[0] as number, true)).toBe(0);
    expect(errorOf(() => Socket.fromFd(123_456)).code).toBe('EBADF');
    expect(errorOf(() => Socket.fromFd(-1))).toBeInstanceOf(RangeError);
    expect(errorOf(() => Socket.fromFd('3' as never)).message).toContain('Socket.fromFd: expected a number');
  });

  test('refuses the descriptor of a Socket, until that is closed or detached', () => {
    const [left, right] = socketpair();
    closeLater(left);
    closeLater(right);
    const { fd } = right;
    const refusal = errorOf(() => Socket.fromFd(fd));
    expect(refusal).toBeInstanceOf(BusyResourceError);
    expect(refusal.message).toContain(`a Socket has descriptor ${fd} already`);
    const taken = Socket.fromFd(right.detach());
    expect(errorOf(() => Socket.fromFd(fd))).toBeInstanceOf(BusyResourceError);
    taken.close();
    expect(errorOf(() => Socket.fromFd(fd)).code).toBe('EBADF');
    expect(left.recv(1).length).toBe(0);
  });
});

describe('duplicates', () => {
  test('the connection lives until both are closed', () => {
    const [client, server] = tcpPair();
    client.settimeout(77);
    const twin = client.dup();
    closeLater(twin);
    expect(twin.fileno()).not.toBe(client.fileno());
    expect([twin.gettimeout(), twin.family, twin.type]).toEqual([77, client.family, client.type]);
    client.close();
    twin.sendall(Buffer.from('x'));
    expect(server.recv(1).toString()).toBe('x');
    twin.close();
    expect(server.recv(1).length).toBe(0);
  });

  test('fromfd leaves the original to its owner', () => {
    const [left, fd] = halfPair();
    using copy = fromfd(fd);
    expect(copy.fileno()).not.toBe(fd);
    expect(fds.close(fd)).toBe(0);
    copy.sendall(Buffer.from('x'));
    expect(left.recv(1).toString()).toBe('x');
  });
});

test('every descriptor is close-on-exec and non-blocking', async () => {
  const { readFileSync } = await import('node:fs');
  if (process.platform !== 'linux') return;
  const pipe = new Int32Array(2);
  fds.pipe(pipe);
  closeFdsLater(...pipe);
  const [client, server] = tcpPair();
  const twin = client.dup();
  closeLater(twin);
  const [left, fd] = halfPair();
  closeFdsLater(fd);
  for (const number of [...pipe, client.fd, server.fd, twin.fd, left.fd, fd, listenOn().fd]) {
    const line = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${number}`, 'utf8'));
    const flags = Number.parseInt(line?.[1] ?? '0', 8);
    expect([number, flags & 0o2000000, flags & 0o4000]).toEqual([number, 0o2000000, 0o4000]);
  }
});

test('a socket closed behind our back is EBADF, at the call and at close', () => {
  const sock = newSocket();
  const { fd } = sock;
  fds.close(fd);
  expect(errorOf(() => sock.listen())).toMatchObject({ code: 'EBADF', syscall: 'listen' });
  expect(`${sock}`).toBe(`<Socket fd=${fd} AF_INET SOCK_STREAM>`);
  expect(errorOf(() => sock.close())).toMatchObject({ code: 'EBADF', syscall: 'close' });
  expect(sock.closed).toBe(true);
});

// Judged by failOnFdLeaks, which compares the table of descriptors before and after.
test('a thousand sockets, made, connected, refused and closed, leave nothing open', () => {
  const listener = listenOn();
  for (let i = 0; i < 250; i++) {
    using client = new Socket();
    client.connect(listener.getsockname());
    using server = listener.accept()[0];
    expect(server.closed).toBe(false);
    using refused = new Socket();
    expect(refused.connectEx(['127.0.0.1', 1])).not.toBe(0);
    using taken = new Socket(undefined, undefined, undefined, { fileno: new Socket().detach() });
    expect(taken.closed).toBe(false);
  }
});

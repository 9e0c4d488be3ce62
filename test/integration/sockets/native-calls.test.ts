/** The bare calls: what the addon does with arguments that TypeScript should not have let through. */

import { describe, expect, test } from 'vitest';
import { ADDRESS_RECORD_BYTES, encodeAddress } from '../../../src/addresses/address.ts';
import { defaultKernel } from '../../../src/kernel/default-kernel.ts';
import { EAFNOSUPPORT, EAGAIN, EBADF, EFAULT, EINVAL, ENOSYS } from '../../../src/kernel/errno.ts';
import { READABLE, WRITABLE } from '../../../src/kernel/kernel.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { errorOf, listenOn, newPair, newSocket, PATIENCE_MS } from './fixtures.ts';

failOnFdLeaks();

const { sockets, fds, constants, nowMs } = defaultKernel();

describe('parts of buffers', () => {
  test('move what they cover and nothing else', () => {
    const [left, right] = newPair();
    expect(sockets.send(left, Buffer.from('abcdef'), 1, 3, 0)).toBe(3);
    const buffer = Buffer.from('......');
    expect(sockets.recv(right, buffer, 2, 4, 0)).toBe(3);
    expect(buffer.toString()).toBe('..bcd.');
    expect(fds.write(right, buffer, 5, 1)).toBe(1);
    expect(fds.read(left, buffer, 0, 1)).toBe(1);
    expect(buffer.toString()).toBe('..bcd.');
  });

  test('may lie in a view with an offset of its own, or in shared memory', () => {
    const [left, right] = newPair();
    const memory = new Uint8Array(16);
    sockets.send(left, Buffer.from('xyz'), 0, 3, 0);
    expect(sockets.recv(right, memory.subarray(4, 12), 1, 3, 0)).toBe(3);
    expect(Buffer.from(memory.subarray(5, 8)).toString()).toBe('xyz');
    const shared = new Uint8Array(new SharedArrayBuffer(8));
    sockets.send(left, Buffer.from('abc'), 0, 3, 0);
    expect(sockets.recv(right, shared, 2, 6, 0)).toBe(3);
    expect([...shared]).toEqual([0, 0, 97, 98, 99, 0, 0, 0]);
  });

  const outside: readonly (readonly [number, number])[] = [
    [-1, 1],
    [0, -1],
    [0, 9],
    [8, 1],
    [9, 0],
    [1, 8],
    [2 ** 31, 1],
    [0, 2 ** 31],
    [2 ** 32, 2 ** 32],
    [Number.NaN, 1],
    [0, Number.NaN],
    [Number.POSITIVE_INFINITY, 1],
    [0, Number.NEGATIVE_INFINITY],
    [0.5, 1],
    [0, 1.5],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ];

  test.each(outside)(
    'offset %d and byteCount %d of 8 bytes are refused, and nothing moves',
    (offset, byteCount) => {
      const [left, right] = newPair();
      const buffer = Buffer.alloc(8);
      const calls = [
        () => sockets.send(left, buffer, offset, byteCount, 0),
        () => sockets.recv(right, buffer, offset, byteCount, 0),
        () => fds.write(left, buffer, offset, byteCount),
        () => fds.read(right, buffer, offset, byteCount),
      ];
      for (const call of calls) {
        const error = errorOf(call);
        expect(error).toBeInstanceOf(RangeError);
        expect(error.message).toMatch(/buffer, which has 8 bytes/);
      }
      expect(sockets.recv(right, buffer, 0, 8, 0)).toBe(-EAGAIN);
    },
  );

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32, 0.5])('%d is no descriptor', (fd) => {
    const buffer = Buffer.alloc(8);
    for (const call of [() => fds.close(fd), () => fds.read(fd, buffer, 0, 8), () => sockets.listen(fd, 1)]) {
      expect(errorOf(call).message).toMatch(/argument 1, fd, must be a 32-bit integer/);
    }
  });

  test('memory that was given away has no bytes', () => {
    const [left] = newPair();
    const buffer = new Uint8Array(8);
    structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
    expect(errorOf(() => sockets.send(left, buffer, 0, 8, 0)).message).toMatch(/which has 0 bytes/);
    expect(sockets.send(left, buffer, 0, 0, 0)).toBe(0);
    expect(errorOf(() => fds.read(left, buffer, 0, 1))).toBeInstanceOf(RangeError);
  });

  test.each([
    null,
    undefined,
    'text',
    [1, 2],
    new ArrayBuffer(8),
    new DataView(new ArrayBuffer(8)),
    new Int32Array(2),
  ])('a %o is no Uint8Array', (value) => {
    const [left] = newPair();
    const error = errorOf(() => sockets.send(left, value as unknown as Uint8Array, 0, 1, 0));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/send\(\): argument 2, buffer, must be a Uint8Array/);
  });

  test('missing arguments', () => {
    const call = sockets.recv as unknown as (fd: number) => number;
    expect(errorOf(() => call(1))).toBeInstanceOf(TypeError);
  });
});

describe('addresses', () => {
  test('a record that contradicts itself is EINVAL, one that is not all there EFAULT', () => {
    const { fd } = newSocket();
    const record = new Uint8Array(ADDRESS_RECORD_BYTES);
    const byteCount = encodeAddress(constants, 'test', constants.AF_INET as number, ['127.0.0.1', 0], record);
    expect(sockets.bind(fd, record, byteCount - 1)).toBe(-EINVAL);
    expect(sockets.bind(fd, record, 4)).toBe(-EINVAL);
    expect(sockets.bind(fd, record.subarray(0, 8), byteCount)).toBe(-EFAULT);
    expect(sockets.bind(fd, record, -1)).toBe(-EFAULT);
    new Uint32Array(record.buffer)[0] = 20;
    expect(sockets.bind(fd, record, 20)).toBe(-EINVAL);
    new Uint32Array(record.buffer)[0] = byteCount;
    expect(sockets.bind(fd, record, byteCount)).toBe(0);
  });

  test('of another family than the socket’s', () => {
    const { fd } = newSocket();
    const record = new Uint8Array(ADDRESS_RECORD_BYTES);
    const byteCount = encodeAddress(constants, 'test', constants.AF_INET6 as number, ['::1', 0], record);
    expect([-EAFNOSUPPORT, -EINVAL]).toContain(sockets.bind(fd, record, byteCount));
  });

  test('without room for the peer’s address nothing is accepted', () => {
    const listener = listenOn();
    const client = newSocket();
    client.connect(listener.getsockname());
    expect(sockets.accept(listener.fd, new Uint8Array(16))).toBe(-EFAULT);
    const [server] = listener.accept();
    server.close();
  });
});

describe('waitReady', () => {
  test('says what is ready', () => {
    const [left, right] = newPair();
    expect(fds.waitReady(left, READABLE | WRITABLE, 0)).toBe(WRITABLE);
    expect(fds.waitReady(left, READABLE, 0)).toBe(0);
    sockets.send(right, Buffer.from('x'), 0, 1, 0);
    expect(fds.waitReady(left, READABLE | WRITABLE, PATIENCE_MS)).toBe(READABLE | WRITABLE);
  });

  test('a hang-up is news for every interest', () => {
    const pipe = new Int32Array(2);
    fds.pipe(pipe);
    const [reader, writer] = pipe as unknown as [number, number];
    fds.close(reader);
    expect(fds.waitReady(writer, WRITABLE, PATIENCE_MS)).toBe(WRITABLE);
    expect(fds.waitReady(writer, READABLE | WRITABLE, PATIENCE_MS)).toBe(READABLE | WRITABLE);
    fds.close(writer);
  });

  test.each([0.25, 1.0001, 12.5])('lasts at least %d ms', (timeoutMs) => {
    const [left] = newPair();
    const start = nowMs();
    expect(fds.waitReady(left, READABLE, timeoutMs)).toBe(0);
    expect(nowMs() - start).toBeGreaterThanOrEqual(timeoutMs);
  });

  test('refuses what is no descriptor or no time', () => {
    const [left] = newPair();
    expect(fds.waitReady(-1, READABLE, 1000)).toBe(-EBADF);
    expect(fds.waitReady(123_456, READABLE, 1000)).toBe(-EBADF);
    expect(fds.waitReady(left, READABLE, Number.NaN)).toBe(-EINVAL);
  });
});

test('every call says EBADF of a descriptor that is not open', () => {
  const record = new Uint8Array(ADDRESS_RECORD_BYTES);
  const byteCount = encodeAddress(constants, 'test', constants.AF_INET as number, ['127.0.0.1', 0], record);
  const ints = new Int32Array(1);
  const fd = 123_456;
  const answers = {
    bind: sockets.bind(fd, record, byteCount),
    connect: sockets.connect(fd, record, byteCount),
    listen: sockets.listen(fd, 1),
    accept: sockets.accept(fd, new Uint8Array(ADDRESS_RECORD_BYTES)),
    recv: sockets.recv(fd, record, 0, 1, 0),
    send: sockets.send(fd, record, 0, 1, 0),
    recvfrom: sockets.recvfrom(fd, record, 0, 1, 0, new Uint8Array(ADDRESS_RECORD_BYTES)),
    sendto: sockets.sendto(fd, record, 0, 1, 0, record, byteCount),
    recvmsg: sockets.recvmsg(
      fd,
      [record],
      0,
      record,
      new Uint8Array(ADDRESS_RECORD_BYTES),
      new Int32Array(2),
    ),
    sendmsg: sockets.sendmsg(fd, [record], 0, new Uint8Array(0), record, 0),
    recvMany: sockets.recvMany(fd, new Uint8Array(8), 8, 0, new Int32Array(2), new Uint8Array(0)),
    sendMany: sockets.sendMany(fd, [new Uint8Array(8)], 0, new Uint8Array(0), 0),
    adopt: fds.adopt(fd),
    getInheritable: fds.getInheritable(fd),
    setInheritable: fds.setInheritable(fd, true),
    shutdown: sockets.shutdown(fd, 0),
    getsockname: sockets.getsockname(fd, new Uint8Array(ADDRESS_RECORD_BYTES)),
    getpeername: sockets.getpeername(fd, new Uint8Array(ADDRESS_RECORD_BYTES)),
    getsockoptInt: sockets.getsockoptInt(fd, 1, 1, ints),
    setsockoptInt: sockets.setsockoptInt(fd, 1, 1, 1),
    getsockoptBytes: sockets.getsockoptBytes(fd, 1, 1, new Uint8Array(8)),
    setsockoptBytes: sockets.setsockoptBytes(fd, 1, 1, new Uint8Array(8)),
    read: fds.read(fd, record, 0, 1),
    write: fds.write(fd, record, 0, 1),
    dup: fds.dup(fd),
    close: fds.close(fd),
    setNonblocking: fds.setNonblocking(fd, true),
  };
  for (const [name, answer] of Object.entries(answers)) expect([name, answer]).toEqual([name, -EBADF]);
  // Where the system has no such call, it does not look at the descriptor.
  expect([-EBADF, -ENOSYS]).toContain(sockets.sendfile(fd, fd, 0, 1));
});

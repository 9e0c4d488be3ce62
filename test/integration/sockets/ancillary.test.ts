import { closeSync, fstatSync, openSync, readSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { defaultKernel } from '../../../src/kernel/default-kernel.ts';
import { EINVAL } from '../../../src/kernel/errno.ts';
import {
  AF_UNIX,
  cmsgLen,
  cmsgSpace,
  dup,
  MSG_CTRUNC,
  recvFds,
  SCM_CREDENTIALS,
  SCM_RIGHTS,
  SO_PASSCRED,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
  sendFds,
  socketpair,
} from '../../../src/socket.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { onTeardown } from '../../support/teardown.ts';
import { closeLater, errorOf, newDirectory, PATIENCE_MS } from './fixtures.ts';

failOnFdLeaks();

const { fds, sockets } = defaultKernel();

function unixPair(type = SOCK_STREAM): [Socket, Socket] {
  const pair = socketpair(AF_UNIX, type);
  closeLater(...pair);
  for (const sock of pair) sock.settimeout(PATIENCE_MS);
  return pair;
}

function newFile(text: string): number {
  const path = `${newDirectory()}/file`;
  writeFileSync(path, text);
  const fd = openSync(path, 'r');
  onTeardown(() => closeSync(fd));
  return fd;
}

describe('descriptors', () => {
  test('arrive with the bytes, in order, close-on-exec, as the same files', () => {
    const [left, right] = unixPair();
    const [first, second] = [newFile('first'), newFile('second')];
    expect(sendFds(left, [Buffer.from('a'), Buffer.from('bc')], [first, second])).toBe(3);
    const [data, received, flags, address] = recvFds(right, 100, 4);
    expect([data.toString(), received.length, flags & MSG_CTRUNC, address]).toEqual(['abc', 2, 0, null]);
    for (const [i, fd] of received.entries()) {
      expect(fstatSync(fd).ino).toBe(fstatSync(i === 0 ? first : second).ino);
      expect(fds.getInheritable(fd)).toBe(0);
      closeSync(fd);
    }
  });

  test('a listening socket passed on accepts', () => {
    const [left, right] = unixPair();
    const listener = new Socket();
    listener.bind(['127.0.0.1', 0]);
    listener.listen();
    const address = listener.getsockname();
    sendFds(left, [Buffer.from('l')], [listener.fileno()]);
    listener.close();
    const [, [fileno]] = recvFds(right, 1, 1);
    using taken = new Socket(undefined, undefined, undefined, { fileno });
    using client = new Socket();
    client.connect(address);
    taken.settimeout(PATIENCE_MS);
    using connection = taken.accept()[0];
    expect(connection.getpeername()).toEqual(client.getsockname());
  });

  // Judged by failOnFdLeaks too: those that nobody took are closed.
  test.each([0, 1, 3])('of five, %d are taken and the others closed', (maxFds) => {
    const [left, right] = unixPair();
    const file = newFile('x');
    sendFds(left, [Buffer.from('x')], new Array(5).fill(file));
    const [data, received, flags] = recvFds(right, 10, maxFds);
    expect([data.toString(), received.length, flags & MSG_CTRUNC]).toEqual(['x', maxFds, MSG_CTRUNC]);
    for (const fd of received) closeSync(fd);
  });

  test('recv, recvfrom and recvmsg without room drop them', () => {
    const [left, right] = unixPair();
    const file = newFile('x');
    for (const receive of [() => right.recv(9), () => right.recvfrom(9), () => right.recvmsg(9)]) {
      sendFds(left, [Buffer.from('x')], [file, file]);
      receive();
    }
    sendFds(left, [Buffer.from('x')], [file, file]);
    // Room for one and three quarters of another: one is handed out.
    const [, [[level, type, data] = []]] = right.recvmsg(9, cmsgLen(7));
    expect([level, type, data?.length]).toEqual([SOL_SOCKET, SCM_RIGHTS, 4]);
    closeSync(data?.readInt32LE(0) as number);
  });

  test('as many as Linux passes at once, and one more', () => {
    const [left, right] = unixPair();
    const file = newFile('x');
    expect(sendFds(left, [Buffer.from('x')], new Array(253).fill(file))).toBe(1);
    const [, received] = recvFds(right, 1, 253);
    expect(received.length).toBe(253);
    for (const fd of received) closeSync(fd);
    if (process.platform !== 'linux') return;
    expect(errorOf(() => sendFds(left, [Buffer.from('x')], new Array(254).fill(file)))).toMatchObject({
      code: 'EINVAL',
    });
  });

  test('datagrams carry them to an address, also without a byte', () => {
    const directory = newDirectory();
    using receiver = new Socket(AF_UNIX, SOCK_DGRAM);
    receiver.settimeout(PATIENCE_MS);
    receiver.bind(`${directory}/r`);
    using sender = new Socket(AF_UNIX, SOCK_DGRAM);
    sendFds(sender, [], [newFile('text')], 0, `${directory}/r`);
    const [data, [fd]] = recvFds(receiver, 10, 1);
    const buffer = Buffer.alloc(4);
    readSync(fd as number, buffer, 0, 4, 0);
    expect([data.length, buffer.toString()]).toEqual([0, 'text']);
    closeSync(fd as number);
  });

  test('bad input', () => {
    const [left, right] = unixPair();
    expect(errorOf(() => sendFds(left, [Buffer.from('x')], [123_456]))).toMatchObject({ code: 'EBADF' });
    expect(errorOf(() => sendFds(left, [Buffer.from('x')], [-1]))).toBeInstanceOf(RangeError);
    expect(errorOf(() => sendFds(left, [Buffer.from('x')], 3 as never))).toBeInstanceOf(TypeError);
    expect(errorOf(() => sendFds(left, [], [0])).message).toMatch(/at least one byte/);
    for (const max of [-1, 1.5, Number.NaN, 1e6]) {
      expect(errorOf(() => recvFds(right, 1, max))).toBeInstanceOf(RangeError);
    }
    right.setblocking(false);
    expect(errorOf(() => recvFds(right, 1, 1)).name).toBe('BlockingIOError');
  });

  test('dup gives a number that is the caller’s', () => {
    const file = newFile('x');
    const copy = dup(file);
    expect(fstatSync(copy).ino).toBe(fstatSync(file).ino);
    closeSync(copy);
    expect(errorOf(() => dup(123_456))).toMatchObject({ code: 'EBADF' });
    expect(errorOf(() => dup(-1))).toBeInstanceOf(RangeError);
  });
});

describe('other ancillary data', () => {
  test.runIf(SCM_CREDENTIALS !== undefined)('credentials', () => {
    const [left, right] = unixPair();
    right.setsockopt(SOL_SOCKET, SO_PASSCRED as number, 1);
    left.sendall(Buffer.from('x'));
    const [, ancillary] = right.recvmsg(10, cmsgSpace(12));
    const [level, type, data] = ancillary[0] ?? [];
    expect([level, type]).toEqual([SOL_SOCKET, SCM_CREDENTIALS]);
    expect(data?.readInt32LE(0)).toBe(process.pid);
  });

  test.runIf(SCM_CREDENTIALS !== undefined)('credentials and descriptors together, cut between them', () => {
    const [left, right] = unixPair();
    right.setsockopt(SOL_SOCKET, SO_PASSCRED as number, 1);
    const file = newFile('x');
    sendFds(left, [Buffer.from('x')], [file]);
    const [, both, flags] = right.recvmsg(10, cmsgSpace(12) + cmsgSpace(4));
    expect([new Set(both.map(([, type]) => type)), flags & MSG_CTRUNC]).toEqual([
      new Set([SCM_RIGHTS, SCM_CREDENTIALS]),
      0,
    ]);
    closeSync(both.find(([, type]) => type === SCM_RIGHTS)?.[2].readInt32LE(0) as number);
    sendFds(left, [Buffer.from('x')], [file]);
    const [, one, cut] = right.recvmsg(10, cmsgSpace(12));
    expect([one.length, cut & MSG_CTRUNC]).toEqual([1, MSG_CTRUNC]);
  });

  test('an item that contradicts itself is EINVAL, and nothing is sent', () => {
    const [left, right] = unixPair();
    const parts = [Buffer.from('x')];
    const send = (control: Uint8Array) => sockets.sendmsg(left.fd, parts, 0, control, new Uint8Array(0), 0);
    const item = new Uint8Array(Uint32Array.of(1000, 1, 1, 0).buffer);
    expect(send(item)).toBe(-EINVAL);
    expect(send(new Uint8Array(Uint32Array.of(4, 1, 1).buffer))).toBe(-EINVAL);
    expect(send(new Uint8Array(5))).toBe(-EINVAL);
    right.setblocking(false);
    expect(errorOf(() => right.recv(1)).name).toBe('BlockingIOError');
  });

  test('sizes of control messages', () => {
    expect(cmsgLen(0)).toBe(cmsgSpace(0));
    expect(cmsgSpace(1)).toBeGreaterThanOrEqual(cmsgLen(1));
    expect(cmsgSpace(8) - cmsgSpace(0)).toBe(8);
    expect(errorOf(() => cmsgLen(-1))).toBeInstanceOf(RangeError);
    expect(errorOf(() => cmsgSpace(Number.POSITIVE_INFINITY))).toBeInstanceOf(RangeError);
  });
});

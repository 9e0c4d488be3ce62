/** `sendEach`: one call sends to many sockets. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { ADDRESS_RECORD_BYTES, type AddressInput, encodeAddress } from '../../../src/addresses/address.ts';
import { defaultKernel } from '../../../src/kernel/default-kernel.ts';
import { EAGAIN, EBADF, ECONNREFUSED, EINVAL, EPIPE } from '../../../src/kernel/errno.ts';
import { AF_INET, AF_UNIX, IPPROTO_UDP, SOCK_DGRAM, type Socket, socketpair } from '../../../src/socket.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { onTeardown } from '../../support/teardown.ts';
import { errorOf, newPair, newSocket } from './fixtures.ts';

failOnFdLeaks();

const { sockets, fds } = defaultKernel();
const CLOSED_FD = 2 ** 20;
/** Linux's. */
const UDP_CORK = 1;

/** What has arrived at `fd`. */
function arrivedAt(fd: number): string {
  const buffer = Buffer.alloc(100);
  const result = sockets.recv(fd, buffer, 0, 100, 0);
  return result < 0 ? `errno ${-result}` : buffer.toString('latin1', 0, result);
}

/** Requests: a descriptor, how many bytes, and the size of the address before them. */
const asked = (...parts: readonly (readonly [fd: number, byteCount: number, addressByteCount?: number])[]) =>
  Int32Array.from(
    parts.flatMap(([fd, byteCount, addressByteCount = 0]) => [fd, byteCount, addressByteCount]),
  );
const answersOf = (requests: Int32Array): number[] => [...requests].filter((_, i) => i % 3 === 1);

function newDatagramSocket(): Socket {
  const sock = newSocket(AF_INET, SOCK_DGRAM);
  sock.bind(['127.0.0.1', 0]);
  return sock;
}

/** Two descriptors of which the first is connected to the second. */
function connectedPair(): [number, number] {
  const [sender, receiver] = [newDatagramSocket(), newDatagramSocket()];
  sender.connect(receiver.getsockname());
  return [sender.fd, receiver.fd];
}

function unixPair(): [number, number] {
  const ends = socketpair(AF_UNIX, SOCK_DGRAM);
  onTeardown(() => {
    for (const end of ends) end.close();
  });
  return [ends[0].fd, ends[1].fd];
}

function recordOf(address: AddressInput, family: number = AF_INET): Buffer {
  const record = Buffer.alloc(ADDRESS_RECORD_BYTES);
  const { constants } = defaultKernel();
  return record.subarray(0, encodeAddress(constants, 'test', family, address, record));
}

describe('sendEach', () => {
  test('sends each its part, and puts each answer in its place', () => {
    const [first, second, third] = [newPair(), newPair(), newPair()];
    const dead = newPair();
    fds.close(dead[1]);
    const requests = asked([first[0], 3], [CLOSED_FD, 2], [dead[0], 1], [second[0], 4], [third[0], 0]);
    expect(sockets.sendEach(requests, Buffer.from('abcXXYdefg'), 5)).toBe(5);
    expect(answersOf(requests)).toEqual([3, -EBADF, -EPIPE, 4, 0]);
    expect([arrivedAt(first[1]), arrivedAt(second[1])]).toEqual(['abc', 'defg']);
    expect(arrivedAt(third[1])).toBe(`errno ${EAGAIN}`);
  });

  test('one that is full takes nothing, and those behind it get what is theirs', () => {
    const [full, other] = [newPair(), newPair()];
    const much = Buffer.alloc(1 << 20);
    while (sockets.send(full[0], much, 0, much.length, 0) > 0);
    const requests = asked([full[0], 2], [other[0], 3]);
    expect(sockets.sendEach(requests, Buffer.from('XXabc'), 2)).toBe(2);
    expect(answersOf(requests)).toEqual([-EAGAIN, 3]);
    expect(arrivedAt(other[1])).toBe('abc');
  });

  test('stops before one that says more than there is', () => {
    const [first, second] = [newPair(), newPair()];
    const requests = asked([first[0], 2], [second[0], 3]);
    expect(sockets.sendEach(requests, Buffer.from('abcd'), 2)).toBe(1);
    expect(arrivedAt(first[1])).toBe('ab');
    expect(arrivedAt(second[1])).toBe(`errno ${EAGAIN}`);
    expect(sockets.sendEach(asked([first[0], -1]), Buffer.from('abcd'), 1)).toBe(0);
  });

  test('refuses what does not fit, before anything is sent', () => {
    const [left, right] = newPair();
    const requests = asked([left, 1]);
    expect(sockets.sendEach(requests, Buffer.from('a'), 2)).toBe(-EINVAL);
    expect(sockets.sendEach(requests, Buffer.from('a'), -1)).toBe(-EINVAL);
    expect(errorOf(() => sockets.sendEach(new Int32Array(0), Buffer.from('a'), 0))).toBeInstanceOf(TypeError);
    expect(arrivedAt(right)).toBe(`errno ${EAGAIN}`);
  });

  test('messages go each to its address, and what is refused is that one alone', () => {
    const [sender, first, second] = [newDatagramSocket(), newDatagramSocket(), newDatagramSocket()];
    const nowhere = recordOf(['127.0.0.1', 0]);
    const parts: [number, Buffer, string][] = [
      [sender.fd, recordOf(first.getsockname()), 'one'],
      [sender.fd, nowhere, 'two'],
      [sender.fd, recordOf(second.getsockname()), ''],
      [first.fd, recordOf(second.getsockname()), 'from first'],
      [sender.fd, recordOf(first.getsockname()), 'three'],
      [sender.fd, Buffer.from([3, 0, 0, 0, 0, 0, 0, 0]), 'no record'],
      [sender.fd, recordOf(first.getsockname()), 'four'],
    ];
    const requests = asked(...parts.map(([fd, record, text]) => [fd, text.length, record.length] as const));
    const memory = Buffer.concat(parts.flatMap(([, record, text]) => [record, Buffer.from(text)]));
    expect(sockets.sendEach(requests, memory, parts.length)).toBe(parts.length);
    expect(answersOf(requests)).toEqual([3, -EINVAL, 0, 10, 5, -EINVAL, 4]);
    const texts = (sock: Socket): string[] => sock.recvMany(9, 100).map(([data]) => data.toString());
    expect(texts(first)).toEqual(['one', 'three', 'four']);
    expect(texts(second)).toEqual(['', 'from first']);
  });

  test('nothing of a socket overtakes a message that there was no room for', () => {
    const folder = mkdtempSync(join(tmpdir(), 'selectloop-'));
    onTeardown(() => rmSync(folder, { recursive: true }));
    const [full, other] = [join(folder, 'full'), join(folder, 'other')];
    const [sender, second] = [newSocket(AF_UNIX, SOCK_DGRAM), newSocket(AF_UNIX, SOCK_DGRAM)];
    const [fullReceiver, receiver] = [newSocket(AF_UNIX, SOCK_DGRAM), newSocket(AF_UNIX, SOCK_DGRAM)];
    fullReceiver.bind(full);
    receiver.bind(other);
    sender.setblocking(false);
    expect(
      errorOf(() => {
        for (;;) sender.sendto(Buffer.alloc(1000), full);
      }),
    ).toMatchObject({ code: 'EAGAIN' });
    const parts: [number, string, string][] = [
      [sender.fd, other, 'before'],
      [sender.fd, full, 'full'],
      [sender.fd, other, 'behind'],
      [second.fd, other, 'of another'],
      [sender.fd, other, 'behind, too'],
    ];
    const records = parts.map(([, path]) => recordOf(path, AF_UNIX));
    const memory = Buffer.concat(parts.flatMap(([, , text], i) => [records[i] as Buffer, Buffer.from(text)]));
    const requests = asked(
      ...parts.map(([fd, , text], i) => [fd, text.length, records[i]?.length ?? 0] as const),
    );
    expect(sockets.sendEach(requests, memory, parts.length)).toBe(parts.length);
    expect(answersOf(requests)).toEqual([6, -EAGAIN, -EAGAIN, 10, -EAGAIN]);
    expect(receiver.recvMany(9, 100).map(([data]) => data.toString())).toEqual(['before', 'of another']);
  });

  test('more parts than a call has room for are refused', () => {
    const [left] = newPair();
    const requests = new Int32Array(3 * 65);
    requests[0] = left;
    expect(sockets.sendEach(requests, Buffer.alloc(1), 65)).toBe(-EINVAL);
  });

  test('equal messages to one address stay messages, whatever the system makes of them on the way', () => {
    const [sender, receiver] = [newDatagramSocket(), newDatagramSocket()];
    const texts = ['aaaa', 'bbbb', 'cc', 'dddd', 'eeeee', '', '', 'ffff', 'gggg'];
    const record = recordOf(receiver.getsockname());
    const requests = asked(...texts.map((text) => [sender.fd, text.length, record.length] as const));
    const memory = Buffer.concat(texts.flatMap((text) => [record, Buffer.from(text)]));
    expect(sockets.sendEach(requests, memory, texts.length)).toBe(texts.length);
    expect(answersOf(requests)).toEqual(texts.map((text) => text.length));
    expect(receiver.recvMany(20, 100).map(([data]) => data.toString())).toEqual(texts);
  });

  test.each(['udp', 'unix'])('messages of a connected %s socket stay messages, too', (kind) => {
    const [sender, receiver] = kind === 'udp' ? connectedPair() : unixPair();
    const texts = ['aaaa', 'bbbb', 'cccc', 'dd', 'e', ''];
    const requests = asked(...texts.map((text) => [sender, text.length] as const));
    expect(sockets.sendEach(requests, Buffer.from(texts.join('')), texts.length)).toBe(texts.length);
    expect(answersOf(requests)).toEqual(texts.map((text) => text.length));
    expect(texts.map(() => arrivedAt(receiver))).toEqual(texts);
  });

  test('what a connected socket is told of an earlier message is the error of one, and the others go', () => {
    const receiver = newDatagramSocket();
    const sender = newDatagramSocket();
    sender.connect(receiver.getsockname());
    const address = receiver.getsockname();
    receiver.close();
    expect(sockets.send(sender.fd, Buffer.from('x'), 0, 1, 0)).toBe(1);
    const again = newSocket(AF_INET, SOCK_DGRAM);
    again.bind(address);
    const requests = asked([sender.fd, 1], [sender.fd, 1], [sender.fd, 1]);
    expect(sockets.sendEach(requests, Buffer.from('abc'), 3)).toBe(3);
    expect(answersOf(requests)).toEqual([-ECONNREFUSED, 1, 1]);
    expect(again.recvMany(9, 9).map(([data]) => data.toString())).toEqual(['b', 'c']);
  });

  test('messages larger than the path carries at a time go as ever', () => {
    const [sender, receiver] = [newDatagramSocket(), newDatagramSocket()];
    const record = recordOf(receiver.getsockname());
    const parts = Array.from({ length: 4 }, (_, i) => Buffer.alloc(4000, i));
    const requests = asked(...parts.map((data) => [sender.fd, data.length, record.length] as const));
    sockets.sendEach(requests, Buffer.concat(parts.flatMap((data) => [record, data])), 4);
    expect(answersOf(requests)).toEqual([4000, 4000, 4000, 4000]);
    expect(receiver.recvMany(9, 5000).map(([data]) => data)).toEqual(parts);
  });

  test.skipIf(process.platform !== 'linux')(
    'a corked socket makes one message of them, as it was told to',
    () => {
      const [sender, receiver] = [newDatagramSocket(), newDatagramSocket()];
      sender.connect(receiver.getsockname());
      sender.setsockopt(IPPROTO_UDP, UDP_CORK, 1);
      const requests = asked([sender.fd, 2], [sender.fd, 2]);
      sockets.sendEach(requests, Buffer.from('abcd'), 2);
      sender.setsockopt(IPPROTO_UDP, UDP_CORK, 0);
      expect(receiver.recvMany(9, 9).map(([data]) => data.toString())).toEqual(['abcd']);
    },
  );
});

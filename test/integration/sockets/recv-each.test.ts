/** `recvEach`: one call receives for many sockets. */

import { describe, expect, test } from 'vitest';

import { defaultKernel } from '../../../src/kernel/default-kernel.ts';
import { EAGAIN, EBADF, EINVAL } from '../../../src/kernel/errno.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { errorOf, newPair } from './fixtures.ts';

failOnFdLeaks();

const { sockets, constants } = defaultKernel();
const CLOSED_FD = 2 ** 20;

/** A receiving end into which `text` was sent. */
function holding(text: string): number {
  const [left, right] = newPair();
  if (text.length > 0) sockets.send(left, Buffer.from(text), 0, text.length, 0);
  return right;
}

/** A receiving end at the end of its stream. */
function ended(): number {
  const [left, right] = newPair();
  sockets.shutdown(left, constants.SHUT_WR as number);
  return right;
}

describe('recvEach', () => {
  test('puts what came side by side, and each answer in its place', () => {
    const requests = new Int32Array([
      ...[holding('abc'), 100],
      ...[holding(''), 100],
      ...[CLOSED_FD, 100],
      ...[ended(), 100],
      ...[holding('defgh'), 4],
    ]);
    const buffer = Buffer.alloc(64, '.');
    expect(sockets.recvEach(requests, buffer, 8, 48, 5, 16)).toBe(5);
    expect([...requests].filter((_, i) => i % 2 === 1)).toEqual([3, -EAGAIN, -EBADF, 0, 4]);
    expect(buffer.toString()).toBe(`${'.'.repeat(8)}abcdefg${'.'.repeat(49)}`);
  });

  test('takes no more than what is left, and stops where that is too little', () => {
    const ends = [holding('a'.repeat(30)), holding('b'.repeat(30)), holding('c'.repeat(30)), holding('ddd')];
    const requests = new Int32Array(ends.flatMap((fd) => [fd, 30]));
    const buffer = Buffer.alloc(50);
    // 30, then the 20 that are left; then there is no room for another.
    expect(sockets.recvEach(requests, buffer, 0, 50, 4, 16)).toBe(2);
    expect([...requests]).toEqual([ends[0], 30, ends[1], 20, ends[2], 30, ends[3], 30]);
    expect(buffer.toString()).toBe('a'.repeat(30) + 'b'.repeat(20));
    // Nothing of the others was taken; who wants less than the least is served with less.
    requests.set([ends[3] as number, 3]);
    expect(sockets.recvEach(requests, buffer, 47, 3, 1, 16)).toBe(1);
    expect(buffer.toString('latin1', 47)).toBe('ddd');
  });

  test('refuses what does not fit, before anything is received', () => {
    const fd = holding('abc');
    const requests = new Int32Array([fd, 100]);
    const buffer = Buffer.alloc(8);
    expect(sockets.recvEach(requests, buffer, 0, 8, 2, 1)).toBe(-EINVAL);
    expect(sockets.recvEach(requests, buffer, 0, 8, -1, 1)).toBe(-EINVAL);
    expect(sockets.recvEach(requests, buffer, 0, 8, 1, 0)).toBe(-EINVAL);
    expect(errorOf(() => sockets.recvEach(requests, buffer, 4, 5, 1, 1))).toBeInstanceOf(RangeError);
    expect(errorOf(() => sockets.recvEach(new Int32Array(0), buffer, 0, 8, 0, 1))).toBeInstanceOf(TypeError);
    expect(sockets.recv(fd, buffer, 0, 8, 0)).toBe(3);
  });
});

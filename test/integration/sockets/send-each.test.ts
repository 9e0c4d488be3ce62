/** `sendEach`: one call sends to many sockets. */

import { describe, expect, test } from 'vitest';

import { defaultKernel } from '../../../src/kernel/default-kernel.ts';
import { EAGAIN, EBADF, EINVAL, EPIPE } from '../../../src/kernel/errno.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { errorOf, newPair } from './fixtures.ts';

failOnFdLeaks();

const { sockets, fds } = defaultKernel();
const CLOSED_FD = 2 ** 20;

/** What has arrived at `fd`. */
function arrivedAt(fd: number): string {
  const buffer = Buffer.alloc(100);
  const result = sockets.recv(fd, buffer, 0, 100, 0);
  return result < 0 ? `errno ${-result}` : buffer.toString('latin1', 0, result);
}

describe('sendEach', () => {
  test('sends each its part, and puts each answer in its place', () => {
    const [first, second, third] = [newPair(), newPair(), newPair()];
    const dead = newPair();
    fds.close(dead[1]);
    const requests = new Int32Array([first[0], 3, CLOSED_FD, 2, dead[0], 1, second[0], 4, third[0], 0]);
    expect(sockets.sendEach(requests, Buffer.from('abcXXYdefg'), 5)).toBe(5);
    expect([...requests].filter((_, i) => i % 2 === 1)).toEqual([3, -EBADF, -EPIPE, 4, 0]);
    expect([arrivedAt(first[1]), arrivedAt(second[1])]).toEqual(['abc', 'defg']);
    expect(arrivedAt(third[1])).toBe(`errno ${EAGAIN}`);
  });

  test('one that is full takes nothing, and those behind it get what is theirs', () => {
    const [full, other] = [newPair(), newPair()];
    const much = Buffer.alloc(1 << 20);
    while (sockets.send(full[0], much, 0, much.length, 0) > 0);
    const requests = new Int32Array([full[0], 2, other[0], 3]);
    expect(sockets.sendEach(requests, Buffer.from('XXabc'), 2)).toBe(2);
    expect([...requests]).toEqual([full[0], -EAGAIN, other[0], 3]);
    expect(arrivedAt(other[1])).toBe('abc');
  });

  test('stops before one that says more than there is', () => {
    const [first, second] = [newPair(), newPair()];
    const requests = new Int32Array([first[0], 2, second[0], 3]);
    expect(sockets.sendEach(requests, Buffer.from('abcd'), 2)).toBe(1);
    expect(arrivedAt(first[1])).toBe('ab');
    expect(arrivedAt(second[1])).toBe(`errno ${EAGAIN}`);
    expect(sockets.sendEach(new Int32Array([first[0], -1]), Buffer.from('abcd'), 1)).toBe(0);
  });

  test('refuses what does not fit, before anything is sent', () => {
    const [left, right] = newPair();
    const requests = new Int32Array([left, 1]);
    expect(sockets.sendEach(requests, Buffer.from('a'), 2)).toBe(-EINVAL);
    expect(sockets.sendEach(requests, Buffer.from('a'), -1)).toBe(-EINVAL);
    expect(errorOf(() => sockets.sendEach(new Int32Array(0), Buffer.from('a'), 0))).toBeInstanceOf(TypeError);
    expect(arrivedAt(right)).toBe(`errno ${EAGAIN}`);
  });
});

/** The bare calls that send several buffers at once, and the one that says what a descriptor leads to. */
import { closeSync, openSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { defaultKernel } from '../../../src/kernel/default-kernel.ts';
import { EAGAIN, EBADF, EPIPE } from '../../../src/kernel/errno.ts';
import { closeFdsLater, errorOf, newPair } from './fixtures.ts';

const { sockets, fds, constants } = defaultKernel();

function newPipe(): [number, number] {
  const out = new Int32Array(2);
  expect(fds.pipe(out)).toBe(0);
  closeFdsLater(...out);
  return [out[0] as number, out[1] as number];
}

const pieces = ['ab', '', 'cde', 'f'].map((text) => Buffer.from(text));

describe('several buffers in one call', () => {
  test('sendv takes them in order, from one on, without the first bytes of that one', () => {
    const [left, right] = newPair();
    expect(sockets.sendv(left, pieces, 0, 4, 1, 0)).toBe(5);
    expect(sockets.sendv(left, pieces, 2, 1, 0, 0)).toBe(3);
    const buffer = Buffer.alloc(20);
    const received = sockets.recv(right, buffer, 0, 20, 0);
    expect(buffer.subarray(0, received).toString()).toBe('bcdefcde');
  });

  test('writev does the same on a pipe', () => {
    const [reader, writer] = newPipe();
    expect(fds.writev(writer, pieces, 0, 4, 0)).toBe(6);
    const buffer = Buffer.alloc(20);
    expect(fds.read(reader, buffer, 0, 20)).toBe(6);
    expect(buffer.subarray(0, 6).toString()).toBe('abcdef');
  });

  test('takes at most as many pieces as the system allows, and says how much that was', () => {
    const [left, right] = newPair();
    const many = Array.from({ length: 5000 }, (_, i) => Buffer.of(i & 0xff));
    const sent = sockets.sendv(left, many, 0, many.length, 0, 0);
    expect(sent).toBeGreaterThanOrEqual(16);
    expect(sent).toBeLessThanOrEqual(1024);
    const buffer = Buffer.alloc(5000);
    expect(sockets.recv(right, buffer, 0, 5000, 0)).toBe(sent);
    expect(buffer.subarray(0, sent)).toEqual(Buffer.concat(many.slice(0, sent)));
  });

  test('refusals of the system are numbers, a dead peer no signal', () => {
    const [left, right] = newPair();
    const large = [Buffer.alloc(1 << 20)];
    while (sockets.sendv(left, large, 0, 1, 0, 0) > 0);
    expect(sockets.sendv(left, large, 0, 1, 0, 0)).toBe(-EAGAIN);
    fds.close(fds.dup(right));
    expect(sockets.sendv(-1, large, 0, 1, 0, 0)).toBe(-EBADF);
    expect(sockets.shutdown(left, constants.SHUT_WR as number)).toBe(0);
    expect(sockets.sendv(left, large, 0, 1, 0, 0)).toBe(-EPIPE);
  });

  test('an array that is too short, or holds something else, is our own mistake', () => {
    const [left] = newPair();
    const call = (buffers: unknown[], count: number): unknown =>
      errorOf(() => sockets.sendv(left, buffers as Uint8Array[], 0, count, 0, 0));
    expect(call([Buffer.from('a')], 2)).toBeInstanceOf(TypeError);
    expect(call(['a'], 1)).toBeInstanceOf(TypeError);
    expect(sockets.sendv(left, [Buffer.from('abc')], 0, 1, 99, 0)).toBe(0);
  });
});

test('what a descriptor leads to', () => {
  const [socket] = newPair();
  const [reader, writer] = newPipe();
  const device = openSync('/dev/null', 'w');
  const file = openSync(new URL(import.meta.url).pathname, 'r');
  try {
    expect([reader, writer, socket, device, file].map((fd) => fds.fileType(fd))).toEqual([1, 1, 2, 3, 0]);
  } finally {
    closeSync(device);
    closeSync(file);
  }
  expect(fds.fileType(-1)).toBe(-EBADF);
});

/**
 * The bare calls on messages: what the addon does with arguments that TypeScript should not have let through.
 */

import { describe, expect, test } from 'vitest';
import { ADDRESS_RECORD_BYTES } from '../../../src/addresses/address.ts';
import { defaultKernel } from '../../../src/kernel/default-kernel.ts';
import { EFAULT, EINVAL, errnoNumber } from '../../../src/kernel/errno.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { newPair } from './fixtures.ts';

failOnFdLeaks();

const { sockets } = defaultKernel();

const EMSGSIZE = errnoNumber('EMSGSIZE') as number;

describe('calls on messages', () => {
  const nothing = new Uint8Array(0);
  const room = new Uint8Array(ADDRESS_RECORD_BYTES);

  test('without room for the sender’s address nothing is taken', () => {
    const [left, right] = newPair();
    sockets.send(left, Buffer.from('x'), 0, 1, 0);
    const buffer = Buffer.alloc(8);
    const out = new Int32Array(2);
    expect(sockets.recvfrom(right, buffer, 0, 8, 0, new Uint8Array(16))).toBe(-EFAULT);
    expect(sockets.recvmsg(right, [buffer], 0, nothing, new Uint8Array(16), out)).toBe(-EFAULT);
    expect(sockets.recvMany(right, buffer, 8, 0, out, new Uint8Array(16))).toBe(-EFAULT);
    expect(sockets.recv(right, buffer, 0, 8, 0)).toBe(1);
  });

  test('what is no array of Uint8Arrays is EFAULT, too many are EMSGSIZE', () => {
    const [left] = newPair();
    for (const parts of ['text', {}, [1], [new Int32Array(1)], [null]] as unknown as Uint8Array[][]) {
      expect(sockets.sendmsg(left, parts, 0, nothing, nothing, 0)).toBe(-EFAULT);
      expect(sockets.sendMany(left, parts, 0, nothing, 0)).toBe(-EFAULT);
    }
    expect(
      sockets.sendmsg(
        left,
        Array.from({ length: 1025 }, () => nothing),
        0,
        nothing,
        nothing,
        0,
      ),
    ).toBe(-EMSGSIZE);
    expect(
      sockets.sendMany(
        left,
        Array.from({ length: 65 }, () => nothing),
        0,
        nothing,
        0,
      ),
    ).toBe(-EMSGSIZE);
  });

  test('addresses that do not lie in their array are EFAULT', () => {
    const [left] = newPair();
    const two = [Buffer.from('x'), Buffer.from('y')];
    expect(sockets.sendMany(left, two, 0, room, ADDRESS_RECORD_BYTES)).toBe(-EINVAL);
    new Uint32Array(room.buffer)[0] = 2 ** 31;
    expect(sockets.sendMany(left, two, 0, room, 0)).toBe(-EFAULT);
    expect(sockets.sendMany(left, two, 0, room, -1)).toBe(-EFAULT);
    expect(sockets.sendMany(left, two, 0, room, 2 ** 31 - 1)).toBe(-EFAULT);
    expect(sockets.sendto(left, two[0] as Buffer, 0, 1, 0, room, 1000)).toBe(-EFAULT);
  });

  test('no slots, or none that hold anything', () => {
    const [left] = newPair();
    const out = new Int32Array(2);
    expect(sockets.recvMany(left, nothing, 8, 0, out, nothing)).toBe(-EFAULT);
    expect(sockets.recvMany(left, new Uint8Array(8), 0, 0, out, nothing)).toBe(-EINVAL);
    expect(sockets.recvMany(left, new Uint8Array(8), -8, 0, out, nothing)).toBe(-EINVAL);
  });

  test('sendfile of no part of a file', () => {
    const [left] = newPair();
    for (const [offset, byteCount] of [
      [-1, 1],
      [0, 0],
      [0, -1],
      [Number.NaN, 1],
      [0, Number.NaN],
      [0.5, 1],
      [2 ** 60, 1],
    ] as const) {
      expect(sockets.sendfile(left, 0, offset, byteCount)).toBe(-EINVAL);
    }
  });
});

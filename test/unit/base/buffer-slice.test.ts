import { expect, test } from 'vitest';
import { sliceOf } from '../../../src/base/buffer-slice.ts';

test('a slice is a Buffer as Node makes it, of the same memory', () => {
  const whole = Buffer.allocUnsafeSlow(8).fill('abcdefgh');
  const slice = sliceOf(whole.buffer, 2, 3);
  expect(Object.getPrototypeOf(slice)).toBe(Buffer.prototype);
  expect(slice).toStrictEqual(whole.subarray(2, 5));
  whole[2] = 'x'.charCodeAt(0);
  expect(slice.toString()).toBe('xde');
  expect(sliceOf(whole.buffer, 8, 0).length).toBe(0);
});

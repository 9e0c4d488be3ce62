/** What is no lock of another thread is refused in our words; `null` was refused in V8's. */
import { expect, it } from 'vitest';
import { SharedLock, SharedRLock } from '../../src/index.ts';

it.each([null, 5, 'lock', {}, { memory: 5 }])('%j', (wrong) => {
  expect(() => new SharedLock(wrong as never)).toThrow(
    'new SharedLock(): what was received is no SharedLock',
  );
  expect(() => new SharedRLock(wrong as never)).toThrow(
    'new SharedRLock(): what was received is no SharedRLock',
  );
});

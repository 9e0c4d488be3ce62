/** Bare poller handles and pipes that are closed at the end of the test. */
import { expect } from 'vitest';
import type { PollerKind } from '../../src/kernel/kernel.ts';
import { onTeardown } from '../support/teardown.ts';
import { addon, openPair } from './addon-programs.ts';

export function openHandle(kind: PollerKind): number {
  const handle = addon.pollerOpen(kind);
  expect(handle).toBeGreaterThanOrEqual(0);
  onTeardown(() => {
    addon.pollerClose(handle);
  });
  return handle;
}

export function openPipe(): [number, number] {
  const ends = openPair((out) => addon.pipe(out));
  onTeardown(() => {
    for (const end of ends) addon.close(end);
  });
  return ends;
}

/** All that is ready now, as pairs. */
export function readyNow(handle: number, capacity = 64): [number, number][] {
  const events = new Int32Array(capacity * 2);
  const count = addon.pollerWait(handle, events, 0);
  expect(count).toBeGreaterThanOrEqual(0);
  return Array.from({ length: count }, (_, i) => [events[i * 2] ?? -1, events[i * 2 + 1] ?? -1]);
}

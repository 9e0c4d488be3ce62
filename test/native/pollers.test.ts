/** The native pollers at their own face: handles, errors as numbers, time, capacity. */
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { READABLE, WRITABLE } from '../../src/kernel/kernel.ts';
import { nowMs } from '../../src/kernel/native-kernel.ts';
import { nativePollerKinds, openNativePoller } from '../../src/kernel/native-poller.ts';
import { failOnFdLeaks } from '../support/fd-leaks.ts';
import { onTeardown } from '../support/teardown.ts';
import { addon, isEmulated } from './addon-programs.ts';
import { openHandle, openPipe, readyNow } from './poller-handles.ts';

failOnFdLeaks();

const { EBADF, EINVAL, EPERM } = constants.errno;
const kinds = nativePollerKinds();
// libkqueue opens descriptors of its own with the first queue and keeps them; the leak checks must not see
// that.
for (const kind of kinds.filter(isEmulated)) addon.pollerClose(addon.pollerOpen(kind));

test('poll is in every build, last', () => {
  expect(kinds.at(-1)).toBe('poll');
  if (process.platform === 'linux') expect(kinds[0]).toBe('epoll');
  if (process.platform === 'darwin') expect(kinds[0]).toBe('kqueue');
});

test('a kind that is not there is refused in words', () => {
  expect(addon.pollerOpen('select')).toBe(-EINVAL);
  expect(addon.pollerOpen('a name far too long for any kind of poller')).toBe(-EINVAL);
  expect(() => openNativePoller('simulated')).toThrow(/no poller of kind 'simulated'.*it has .*poll/);
});

test('arguments of a wrong type are a TypeError that names call, place and argument', () => {
  const call = addon.pollerWait as (...args: unknown[]) => number;
  expect(() => call()).toThrow(TypeError);
  expect(() => call(1, new Float64Array(4), 0)).toThrow(
    /pollerWait\(\): argument 2, events, must be an Int32Array/,
  );
  expect(() => call('1', new Int32Array(4), 0)).toThrow(/argument 1, handle, must be a number/);
});

describe.each(kinds)('%s', (kind) => {
  test('a closed handle answers -EBADF, and closing twice is harmless', () => {
    const handle = addon.pollerOpen(kind);
    expect(addon.pollerClose(handle)).toBe(0);
    expect(addon.pollerClose(handle)).toBe(-EBADF);
    expect(addon.pollerSet(handle, 0, 0, READABLE, 1)).toBe(-EBADF);
    expect(addon.pollerWait(handle, new Int32Array(2), 0)).toBe(-EBADF);
    expect(addon.pollerPollableFd(handle)).toBe(-EBADF);
    const poller = openNativePoller(kind);
    poller.close();
    poller.close();
    expect(poller.wait(new Int32Array(2), 0)).toBe(-EBADF);
  });

  test('a closed handle never means the poller that came after', () => {
    const [readEnd, writeEnd] = openPipe();
    const stale = addon.pollerOpen(kind);
    addon.pollerClose(stale);
    const fresh = openHandle(kind);
    addon.pollerSet(fresh, readEnd, 0, READABLE, 1);
    addon.write(writeEnd, Buffer.from('x'), 0, 1);
    expect(addon.pollerWait(stale, new Int32Array(2), 0)).toBe(-EBADF);
    expect(addon.pollerClose(stale)).toBe(-EBADF);
    expect(readyNow(fresh)).toEqual([[1, READABLE]]);
  });

  test('numbers that never were handles answer -EBADF', () => {
    for (const handle of [-1, 65_535, 2 ** 31 - 1, -(2 ** 31)])
      expect(addon.pollerClose(handle)).toBe(-EBADF);
  });

  test.skipIf(isEmulated(kind))(
    'a handle never comes back, however often pollers are opened and closed',
    () => {
      const seen = new Set<number>();
      // More often than one place in the table has generations.
      for (let i = 0; i < 33_000; i++) {
        const handle = addon.pollerOpen(kind);
        if (handle < 0 || seen.has(handle)) expect.unreachable(`round ${i} answered ${handle}`);
        seen.add(handle);
        addon.pollerClose(handle);
      }
    },
  );

  test('bad numbers answer -EINVAL', () => {
    const handle = openHandle(kind);
    const [readEnd] = openPipe();
    expect(addon.pollerSet(handle, readEnd, 0, 4, 1)).toBe(-EINVAL);
    expect(addon.pollerSet(handle, readEnd, 4, READABLE, 1)).toBe(-EINVAL);
    expect(addon.pollerSet(handle, readEnd, 0, READABLE, -1)).toBe(-EINVAL);
    expect(addon.pollerWait(handle, new Int32Array(0), 0)).toBe(-EINVAL);
    expect(addon.pollerWait(handle, new Int32Array(1), 0)).toBe(-EINVAL);
    expect(addon.pollerWait(handle, new Int32Array(2), Number.NaN)).toBe(-EINVAL);
  });

  test('descriptors that are not open are -EBADF, files without readiness -EPERM', () => {
    const handle = openHandle(kind);
    const file = openSync(fileURLToPath(import.meta.url), 'r');
    const folder = openSync(fileURLToPath(new URL('.', import.meta.url)), 'r');
    onTeardown(() => {
      closeSync(file);
      closeSync(folder);
    });
    for (const interest of [READABLE, WRITABLE, READABLE | WRITABLE]) {
      expect(addon.pollerSet(handle, -1, 0, interest, 1)).toBe(-EBADF);
      expect(addon.pollerSet(handle, 19_999, 0, interest, 1)).toBe(-EBADF);
      expect(addon.pollerSet(handle, file, 0, interest, 1)).toBe(-EPERM);
      expect(addon.pollerSet(handle, folder, 0, interest, 1)).toBe(-EPERM);
    }
    expect(readyNow(handle)).toEqual([]);
  });

  test('letting go never fails because there is nothing to let go of', () => {
    const handle = openHandle(kind);
    const [readEnd] = openPipe();
    expect(addon.pollerSet(handle, readEnd, READABLE, 0, 1)).toBe(0);
    expect(addon.pollerSet(handle, 19_999, READABLE, 0, 1)).toBe(0);
    expect(addon.pollerSet(handle, -1, READABLE | WRITABLE, 0, 1)).toBe(0);
    const file = openSync(fileURLToPath(import.meta.url), 'r');
    expect(addon.pollerSet(handle, file, READABLE, 0, 1)).toBe(0);
    closeSync(file);
  });

  test.each([0.05, 0.5, 1, 1.3, 10])('a wait of %d ms is never early', (timeoutMs) => {
    const handle = openHandle(kind);
    const events = new Int32Array(2);
    let shortestMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 30; i++) {
      const startMs = nowMs();
      expect(addon.pollerWait(handle, events, timeoutMs)).toBe(0);
      shortestMs = Math.min(shortestMs, nowMs() - startMs);
    }
    expect(shortestMs).toBeGreaterThanOrEqual(timeoutMs);
    // Rounding up to the next whole millisecond is allowed; more would be a wrong unit.
    expect(shortestMs).toBeLessThan(timeoutMs + 50);
  });

  test('a wait of 0 does not wait, and an endless one ends with the first event', () => {
    const handle = openHandle(kind);
    const [readEnd, writeEnd] = openPipe();
    const startMs = nowMs();
    for (let i = 0; i < 1000; i++) addon.pollerWait(handle, new Int32Array(2), 0);
    expect(nowMs() - startMs).toBeLessThan(1000);
    addon.pollerSet(handle, readEnd, 0, READABLE, 9);
    addon.write(writeEnd, Buffer.from('x'), 0, 1);
    const events = new Int32Array(2);
    for (const timeoutMs of [-1, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 1e300]) {
      expect(addon.pollerWait(handle, events, timeoutMs)).toBe(1);
    }
  });
});

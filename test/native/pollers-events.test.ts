import { describe, expect, test } from 'vitest';
import { READABLE, WRITABLE } from '../../src/kernel/kernel.ts';
import { nowMs } from '../../src/kernel/native-kernel.ts';
import { nativePollerKinds } from '../../src/kernel/native-poller.ts';
import { failOnFdLeaks } from '../support/fd-leaks.ts';
import { onTeardown } from '../support/teardown.ts';
import { addon, isEmulated, openPair, outputOf, signalsAreDeferred } from './addon-programs.ts';
import { openHandle, openPipe, readyNow } from './poller-handles.ts';

failOnFdLeaks();

const kinds = nativePollerKinds();
// libkqueue opens descriptors of its own with the first queue and keeps them; the leak checks must not see
// that.
for (const kind of kinds.filter(isEmulated)) addon.pollerClose(addon.pollerOpen(kind));

describe.each(kinds)('%s', (kind) => {
  test('tokens come back whole, and change without a change of interest', () => {
    const handle = openHandle(kind);
    const [readEnd, writeEnd] = openPipe();
    addon.write(writeEnd, Buffer.from('x'), 0, 1);
    let before = 0;
    for (const token of [0, 1, 2 ** 16, 2 ** 31 - 1]) {
      expect(addon.pollerSet(handle, readEnd, before, READABLE, token)).toBe(0);
      expect(readyNow(handle)).toEqual([[token, READABLE]]);
      before = READABLE;
    }
  });

  test('both directions of one descriptor come in one pair', () => {
    const handle = openHandle(kind);
    const { AF_UNIX = 1, SOCK_STREAM = 1 } = addon.constants;
    const [one, other] = openPair((out) => addon.socketpair(AF_UNIX, SOCK_STREAM, 0, out));
    addon.write(other, Buffer.from('x'), 0, 1);
    addon.pollerSet(handle, one, 0, READABLE | WRITABLE, 5);
    expect(readyNow(handle)).toEqual([[5, READABLE | WRITABLE]]);
    addon.pollerSet(handle, one, READABLE | WRITABLE, WRITABLE, 6);
    expect(readyNow(handle)).toEqual([[6, WRITABLE]]);
    addon.close(other);
    addon.pollerSet(handle, one, WRITABLE, READABLE, 7);
    expect(readyNow(handle)).toEqual([[7, READABLE]]);
    addon.pollerSet(handle, one, READABLE, READABLE | WRITABLE, 8);
    expect(readyNow(handle)).toEqual([[8, READABLE | WRITABLE]]);
    addon.pollerSet(handle, one, READABLE | WRITABLE, 0, 8);
    expect(readyNow(handle)).toEqual([]);
    addon.close(one);
  });

  test('the end of a pipe wakes whoever waits, for what he waits for', () => {
    const handle = openHandle(kind);
    const [read1, write1] = openPair((out) => addon.pipe(out));
    const [read2, write2] = openPair((out) => addon.pipe(out));
    addon.close(write1);
    addon.close(read2);
    expect(addon.pollerSet(handle, read1, 0, READABLE, 1)).toBe(0);
    expect(addon.pollerSet(handle, write2, 0, WRITABLE, 2)).toBe(0);
    expect(readyNow(handle).sort(([a], [b]) => a - b)).toEqual([
      [1, READABLE],
      [2, WRITABLE],
    ]);
    for (const fd of [read1, write2]) {
      addon.pollerSet(handle, fd, READABLE | WRITABLE, 0, 0);
      addon.close(fd);
    }
  });

  test('an addition of what exists and a change of what is missing repair themselves', () => {
    const handle = openHandle(kind);
    const [readEnd, writeEnd] = openPipe();
    addon.write(writeEnd, Buffer.from('x'), 0, 1);
    expect(addon.pollerSet(handle, readEnd, READABLE, READABLE, 1)).toBe(0);
    expect(readyNow(handle)).toEqual([[1, READABLE]]);
    expect(addon.pollerSet(handle, readEnd, 0, READABLE, 2)).toBe(0);
    expect(readyNow(handle)).toEqual([[2, READABLE]]);
  });

  test('a descriptor that was closed without a word is forgotten', () => {
    const handle = openHandle(kind);
    const [readEnd, writeEnd] = openPair((out) => addon.pipe(out));
    addon.pollerSet(handle, readEnd, 0, READABLE, 1);
    addon.pollerSet(handle, writeEnd, 0, WRITABLE, 2);
    addon.close(readEnd);
    addon.close(writeEnd);
    const startMs = nowMs();
    expect(addon.pollerWait(handle, new Int32Array(2), 5)).toBe(0);
    expect(nowMs() - startMs).toBeGreaterThanOrEqual(5);
    expect(readyNow(handle)).toEqual([]);
    expect(addon.pollerSet(handle, readEnd, READABLE, 0, 1)).toBe(0);
  });

  test.skipIf(isEmulated(kind))(
    'more than a thousand events in one call, and none starves in small ones',
    () => {
      const fdCount = 1100;
      const handle = openHandle(kind);
      const [readEnd, writeEnd] = openPipe();
      addon.write(writeEnd, Buffer.from('x'), 0, 1);
      const fds = Array.from({ length: fdCount }, () => addon.dup(readEnd));
      onTeardown(() => {
        for (const fd of fds) addon.close(fd);
      });
      fds.forEach((fd, token) => {
        expect(addon.pollerSet(handle, fd, 0, READABLE, token)).toBe(0);
      });
      expect(new Set(readyNow(handle, 2048).map(([token]) => token)).size).toBe(fdCount);
      expect(readyNow(handle, 10_000).length).toBe(fdCount);
      const seen = new Set<number>();
      for (let i = 0; i < fdCount / 50; i++) for (const [token] of readyNow(handle, 100)) seen.add(token);
      expect(seen.size).toBe(fdCount);
      for (const fd of fds) expect(addon.pollerSet(handle, fd, READABLE, 0, 0)).toBe(0);
      expect(readyNow(handle)).toEqual([]);
    },
  );

  test.skipIf(isEmulated(kind))('pollers do not see each other, but one can watch the other', () => {
    const [first, second] = [openHandle(kind), openHandle(kind)];
    const [readEnd, writeEnd] = openPipe();
    addon.pollerSet(first, readEnd, 0, READABLE, 1);
    addon.write(writeEnd, Buffer.from('x'), 0, 1);
    expect(readyNow(second)).toEqual([]);
    const fd = addon.pollerPollableFd(first);
    if (kind === 'poll') {
      expect(fd).toBe(-1);
    } else {
      expect(addon.pollerSet(second, fd, 0, READABLE, 2)).toBe(0);
      expect(readyNow(second)).toEqual([[2, READABLE]]);
      addon.pollerSet(second, fd, READABLE, 0, 2);
    }
    expect(readyNow(first)).toEqual([[1, READABLE]]);
  });

  test.skipIf(signalsAreDeferred)('a signal ends a wait with no events', () => {
    const output = outputOf(`
      const ends = new Int32Array(2);
      addon.pipe(ends);
      const { SIGUSR2 } = require('node:os').constants.signals;
      if (addon.signalWatch(SIGUSR2, ends[1], false) !== 0) throw new Error('not watched');
      const handle = addon.pollerOpen('${kind}');
      // Again and again: the first may come before the wait has begun.
      const sender = 'while sleep 0.2 && kill -USR2 ' + process.pid + '; do :; done';
      const child = require('node:child_process').spawn('sh', ['-c', sender], { stdio: 'ignore' });
      const start = performance.now();
      const result = addon.pollerWait(handle, new Int32Array(2), 8000);
      console.log(result, performance.now() - start < 7000, addon.read(ends[0], Buffer.alloc(8), 0, 8) > 0);
      child.kill();`);
    expect(output).toBe('0 true true');
  });
});

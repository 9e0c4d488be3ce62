/**
 * Groups of wake-ups, which memory that threads share refers to by a number; and threads that are seen to
 * end.
 */
import { expect, test } from 'vitest';
import { READABLE, type Wakeup } from '../../src/kernel/kernel.ts';
import { nativeWakeGroups as groups } from '../../src/kernel/native-wake-groups.ts';
import { openNativeWakeup } from '../../src/kernel/native-wakeup.ts';
import { failOnFdLeaks } from '../support/fd-leaks.ts';
import { onTeardown } from '../support/teardown.ts';
import { addon, ended, nextMessage, startWorker } from './addon-programs.ts';

failOnFdLeaks();

const EBADF = 9;
/** No thread of Node has such a number. */
const NOBODY = 0x7fff_0001;
const PATIENCE_MS = 5000;

function open(): Wakeup {
  const wakeup = openNativeWakeup();
  onTeardown(() => wakeup.close());
  return wakeup;
}

/** Whether it was woken. It is not any more. */
function tookWake(wakeup: Wakeup, timeoutMs = 0): boolean {
  const isReadable = addon.waitReady(wakeup.fd, READABLE, timeoutMs) === READABLE;
  wakeup.drain();
  return isReadable;
}

test('a wake reaches all members of the group, and nobody else', () => {
  const [one, two, other] = [open(), open(), open()];
  const group = groups.open();
  groups.join(group, one);
  groups.join(group, two);
  groups.join(groups.open(), other);
  groups.wake(group);
  expect([tookWake(one), tookWake(two), tookWake(other)]).toEqual([true, true, false]);
  groups.leave(group, one);
  groups.wake(group);
  expect([tookWake(one), tookWake(two)]).toEqual([false, true]);
  groups.leave(group, two);
  expect(addon.groupWake(group)).toBe(0);
});

test('a member leaves as often as it has joined', () => {
  const wakeup = open();
  const group = groups.open();
  groups.join(group, wakeup);
  groups.join(group, wakeup);
  groups.leave(group, wakeup);
  expect(addon.groupWake(group)).toBe(1);
  groups.leave(group, wakeup);
  expect(addon.groupWake(group)).toBe(0);
  groups.leave(group, wakeup);
});

test('a wake-up that closes has left its groups; one that is not open here cannot join', () => {
  const wakeup = openNativeWakeup();
  const group = groups.open();
  groups.join(group, wakeup);
  wakeup.close();
  expect(addon.groupWake(group)).toBe(0);
  expect(() => groups.join(group, wakeup)).toThrow(/EBADF/);
  expect(addon.groupJoin(group, new Int32Array(new SharedArrayBuffer(8)))).toBe(-EBADF);
});

test('the end of a thread, terminated in the middle of its work, wakes all groups', async () => {
  const wakeup = open();
  groups.join(groups.open(), wakeup);
  const worker = startWorker('addon.threadEnter(data); parentPort.postMessage(1); for (;;);', NOBODY);
  expect(groups.isThreadAlive(NOBODY)).toBe(false);
  await nextMessage(worker);
  expect(groups.isThreadAlive(NOBODY)).toBe(true);
  expect(tookWake(wakeup)).toBe(false);
  await worker.terminate();
  expect(groups.isThreadAlive(NOBODY)).toBe(false);
  expect(tookWake(wakeup, PATIENCE_MS)).toBe(true);
});

test('threads wake, join and end at the same time: nobody is woken after its close', {
  timeout: 60_000,
}, async () => {
  const group = groups.open();
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const waker = startWorker(
    `for (let n = 0; Atomics.load(data.stop, 0) === 0; n++) addon.groupWake(data.group);`,
    { group, stop },
  );
  const wakerEnd = ended(waker);
  // Members that come and go, in this thread and in threads that end without closing theirs.
  const member = `
    addon.threadEnter(data.number);
    const words = new Int32Array(new SharedArrayBuffer(8));
    addon.wakeupOpen(words, new Int32Array(2));
    addon.groupJoin(data.group, words);
    parentPort.postMessage(1);`;
  for (let round = 0; round < 10; round++) {
    const thread = startWorker(member, { group, number: NOBODY + round });
    const threadEnd = ended(thread);
    for (let i = 0; i < 200; i++) {
      const wakeup = openNativeWakeup();
      groups.join(group, wakeup);
      if (i % 2 === 0) groups.leave(group, wakeup);
      wakeup.close();
    }
    await threadEnd;
  }
  Atomics.store(stop, 0, 1);
  await wakerEnd;
  expect(addon.groupWake(group)).toBe(0);
});

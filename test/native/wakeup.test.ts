/** Wake-ups from real threads: none is lost, none hits a descriptor that is somebody else's by now. */
import { describe, expect, test } from 'vitest';
import { READABLE, type WakeHandle, type Wakeup } from '../../src/kernel/kernel.ts';
import { openNativeWakeup, wake } from '../../src/kernel/native-wakeup.ts';
import { startBuiltWorker } from '../support/built-program.ts';
import { failOnFdLeaks } from '../support/fd-leaks.ts';
import { sized } from '../support/size.ts';
import { onTeardown } from '../support/teardown.ts';
import { addon, ended, nextMessage, openPair, startWorker } from './addon-programs.ts';

failOnFdLeaks();

const PATIENCE_MS = 5000;
/** What the rounds between two threads may take. */
const ROUNDS_MS = 5000;

function open(): Wakeup {
  const wakeup = openNativeWakeup();
  onTeardown(() => wakeup.close());
  return wakeup;
}

function isReadable(fd: number, timeoutMs = 0): boolean {
  return addon.waitReady(fd, READABLE, timeoutMs) === READABLE;
}

describe('in one thread', () => {
  test('a wake makes it readable until it is drained', () => {
    const wakeup = open();
    expect(isReadable(wakeup.fd)).toBe(false);
    wakeup.wake();
    expect(isReadable(wakeup.fd)).toBe(true);
    wakeup.drain();
    expect(isReadable(wakeup.fd)).toBe(false);
    wake(wakeup.handle);
    expect(isReadable(wakeup.fd)).toBe(true);
    wakeup.drain();
    wakeup.drain();
    expect(isReadable(wakeup.fd)).toBe(false);
  });

  test('wakes before one drain cost one system call', () => {
    const wakeup = open();
    const words = new Int32Array(wakeup.handle.state);
    expect(addon.wakeupWake(words, wakeup.handle.writeFd)).toBe(1);
    for (let i = 0; i < 100; i++) expect(addon.wakeupWake(words, wakeup.handle.writeFd)).toBe(0);
    wakeup.drain();
    expect(addon.wakeupWake(words, wakeup.handle.writeFd)).toBe(1);
  });

  test('after close, a wake is nothing, also to whoever has the descriptor now', () => {
    const wakeup = openNativeWakeup();
    const { handle } = wakeup;
    wakeup.close();
    wakeup.close();
    // The same numbers again, for another purpose.
    const [readEnd, writeEnd] = openPair((out) => addon.pipe(out));
    for (const writeFd of [handle.writeFd, writeEnd, readEnd]) wake({ ...handle, writeFd });
    wakeup.wake();
    wakeup.drain();
    expect(isReadable(readEnd)).toBe(false);
    addon.close(readEnd);
    addon.close(writeEnd);
  });

  test('what is not a handle is refused in words', () => {
    const bad = { writeFd: 1, state: new ArrayBuffer(8) } as unknown as WakeHandle;
    expect(() => wake(bad)).toThrow(/wake\(\) takes the `handle` of a Wakeup/);
  });
});

describe('between threads', () => {
  test('a worker wakes the loop through a handle that came by postMessage', async () => {
    const wakeup = open();
    const worker = startBuiltWorker('test/native/programs/wake-worker.ts', { workerData: wakeup.handle });
    onTeardown(async () => {
      await worker.terminate();
    });
    await nextMessage(worker);
    expect(isReadable(wakeup.fd, PATIENCE_MS)).toBe(true);
  });

  test('no wake is lost: whatever is queued before a wake is seen after a drain', async () => {
    const wakeup = open();
    const rounds = sized(5_000, 20_000);
    const queued = new Int32Array(new SharedArrayBuffer(4));
    const seen = new Int32Array(new SharedArrayBuffer(4));
    // Two wakes a round: the first sets off a drain here, the second comes at any moment of it. Then nothing
    // more until both have been seen, so a wake that is lost is not made good by the next.
    const worker = startWorker(
      `for (let round = 1; round <= data.rounds; round++) {
         Atomics.add(data.queued, 0, 1);
         addon.wakeupWake(data.words, data.writeFd);
         for (let i = (round * 7) % 400; i > 0; i--) Atomics.load(data.seen, 0);
         Atomics.add(data.queued, 0, 1);
         addon.wakeupWake(data.words, data.writeFd);
         while (Atomics.load(data.seen, 0) < 2 * round);
       }`,
      { rounds, queued, seen, words: new Int32Array(wakeup.handle.state), writeFd: wakeup.handle.writeFd },
    );
    const workerEnd = ended(worker);
    let seenCount = 0;
    // Asks without sleeping at first, to be back before the second wake; a wake is lost when asking and
    // sleeping fail.
    const becomesReadable = () => {
      for (let i = 0; i < 2000; i++) if (isReadable(wakeup.fd)) return true;
      return isReadable(wakeup.fd, PATIENCE_MS);
    };
    let isLost = false;
    // On a busy machine a round takes two turns of the scheduler: then fewer rounds must do.
    const stopAtMs = performance.now() + ROUNDS_MS;
    while (seenCount < 2 * rounds && performance.now() < stopAtMs) {
      isLost = !becomesReadable();
      if (isLost) break;
      wakeup.drain();
      seenCount = Atomics.load(queued, 0);
      Atomics.store(seen, 0, seenCount);
    }
    Atomics.store(seen, 0, 2 ** 30);
    await workerEnd;
    expect(isLost).toBe(false);
    expect(seenCount).toBeGreaterThan(100);
  });

  test('closing while others wake: nobody writes to what comes after', async () => {
    const rounds = sized(100, 300);
    const shared = { stop: new Int32Array(new SharedArrayBuffer(4)) };
    const wakers = [1, 2].map(() =>
      startWorker(
        `const { receiveMessageOnPort } = require('node:worker_threads');
         parentPort.postMessage('ready');
         let handles = [];
         while (Atomics.load(data.stop, 0) === 0) {
           const message = receiveMessageOnPort(parentPort);
           if (message) handles = [...handles.slice(-3), message.message];
           for (const handle of handles) addon.wakeupWake(new Int32Array(handle.state), handle.writeFd);
         }`,
        shared,
      ),
    );
    const allEnded = Promise.all(wakers.map(ended));
    await Promise.all(wakers.map(nextMessage));
    let strayBytes = 0;
    let wokenCount = 0;
    for (let round = 0; round < rounds; round++) {
      const wakeup = openNativeWakeup();
      for (const waker of wakers) waker.postMessage(wakeup.handle);
      if (isReadable(wakeup.fd, 20)) wokenCount++;
      wakeup.close();
      // Takes the numbers just given up; a late wake would be found in here.
      const ends = openPair((out) => addon.pipe(out));
      if (isReadable(ends[0], 0.2)) strayBytes++;
      for (const end of ends) addon.close(end);
    }
    Atomics.store(shared.stop, 0, 1);
    await allEnded;
    expect(strayBytes).toBe(0);
    expect(wokenCount).toBeGreaterThan(rounds / 2);
  });

  test('a waker that is terminated at any moment neither hangs close nor silences later wakes', async () => {
    for (let round = 0; round < 8; round++) {
      const wakeup = openNativeWakeup();
      const waker = startWorker(
        `parentPort.postMessage('ready');
         for (;;) addon.wakeupWake(data.words, data.writeFd);`,
        { words: new Int32Array(wakeup.handle.state), writeFd: wakeup.handle.writeFd },
      );
      await nextMessage(waker);
      await waker.terminate();
      wakeup.drain();
      expect(isReadable(wakeup.fd)).toBe(false);
      wakeup.wake();
      expect(isReadable(wakeup.fd)).toBe(true);
      wakeup.close();
    }
  });

  test('a loop whose worker is terminated leaves a handle that does nothing', async () => {
    const owner = startWorker(
      `const words = new Int32Array(new SharedArrayBuffer(8));
       const fds = new Int32Array(2);
       addon.wakeupOpen(words, fds);
       parentPort.postMessage({ writeFd: fds[1], readFd: fds[0], state: words.buffer });
       setInterval(() => {}, 1000);`,
    );
    const handle = (await nextMessage(owner)) as WakeHandle & { readonly readFd: number };
    wake(handle);
    expect(isReadable(handle.readFd)).toBe(true);
    await owner.terminate();
    expect(addon.waitReady(handle.readFd, READABLE, 0)).toBeLessThan(0);
    const words = new Int32Array(handle.state);
    Atomics.store(words, 0, 0);
    expect(addon.wakeupWake(words, handle.writeFd)).toBe(0);
  });
});

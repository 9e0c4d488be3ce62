/**
 * Holds every poller to the contract at the top of `native/poller/poller.h`: registrations, arguments, time,
 * signals. What readiness means for which object is in `poller-readiness.test.ts`.
 */
import { isMainThread } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { EINVAL, EPERM } from '../../src/kernel/errno.ts';
import { READABLE, WRITABLE } from '../../src/kernel/kernel.ts';
import { FakeKernel } from '../support/fake-kernel.ts';
import { failOnFdLeaks } from '../support/fd-leaks.ts';
import { onTeardown } from '../support/teardown.ts';
import { clockMs, isEmulated, kernel, openOsObjects, openPoller, PATIENCE_MS } from './os-objects.ts';
import { describeRegistrations, waitFor } from './registration-contract.ts';
import { startSecondThread } from './second-thread.ts';

const BOTH = READABLE | WRITABLE;
const secondThread = startSecondThread();
failOnFdLeaks();

describeRegistrations('fake', () => {
  const fake = new FakeKernel();
  return {
    poller: fake.openPoller(),
    openReadable: () => fake.open(READABLE),
    openIdle: () => fake.open(),
    dup: (fd) => fake.dup(fd),
    close: (fd) => fake.close(fd),
  };
});

it('the best kind comes first, poll is always there, and the default is the first', () => {
  expect(kernel.pollerKinds).toContain('poll');
  const poller = kernel.openPoller();
  onTeardown(() => poller.close());
  expect(poller.kind).toBe(kernel.pollerKinds[0]);
  expect(kernel.pollerKinds).toContain(process.platform === 'linux' ? 'epoll' : 'kqueue');
});

it('a kind that this build has not is a TypeError that names those it has', () => {
  const missing = (['epoll', 'kqueue'] as const).find((kind) => !kernel.pollerKinds.includes(kind));
  const kind = missing ?? 'simulated';
  expect(() => kernel.openPoller(kind)).toThrow(TypeError);
  expect(() => kernel.openPoller(kind)).toThrow(kernel.pollerKinds.join(', '));
});

for (const kind of kernel.pollerKinds) {
  describeRegistrations(kind, () => {
    const os = openOsObjects();
    // Not writable; its peer is the next higher number and stays open.
    const openFull = (byteCount: number): number => {
      const [fd, peer] = os.socketpair();
      os.fill(fd);
      for (let i = 0; i < byteCount; i += 1) os.write(peer);
      return fd;
    };
    return {
      poller: openPoller(kind),
      openReadable: () => openFull(1),
      openIdle: () => openFull(0),
      dup: (fd) => os.dup(fd),
      close: (fd) => os.close(fd),
    };
  });
}

describe.each(kernel.pollerKinds)('%s: arguments', (kind) => {
  it('that are a bug of the caller are EINVAL', () => {
    const poller = openPoller(kind);
    const [fd] = openOsObjects().pipe();
    expect(poller.set(fd, 0, 4, 1)).toBe(-EINVAL);
    expect(poller.set(fd, 8, READABLE, 1)).toBe(-EINVAL);
    expect(poller.set(fd, 0, READABLE, -1)).toBe(-EINVAL);
    expect(poller.wait(new Int32Array(0), 0)).toBe(-EINVAL);
    expect(poller.wait(new Int32Array(1), 0)).toBe(-EINVAL);
    expect(poller.wait(new Int32Array(2), Number.NaN)).toBe(-EINVAL);
    expect(waitFor(poller, 0)).toEqual([]);
  });

  it.each(['file', 'directory'] as const)('a %s is refused with EPERM, and leaves no trace', (thing) => {
    const poller = openPoller(kind);
    const fd = openOsObjects()[thing]();
    for (const interest of [READABLE, WRITABLE, BOTH]) expect(poller.set(fd, 0, interest, 1)).toBe(-EPERM);
    expect(waitFor(poller, 0)).toEqual([]);
    expect(poller.set(fd, READABLE, 0, 1)).toBe(0);
  });

  it('/dev/null is taken, or refused with EPERM', () => {
    const poller = openPoller(kind);
    expect([0, -EPERM]).toContain(poller.set(openOsObjects().openPath('/dev/null', 'r+'), 0, READABLE, 1));
  });
});

it('poll finds /dev/null ready for ever', () => {
  const poller = openPoller('poll');
  expect(poller.set(openOsObjects().openPath('/dev/null', 'r+'), 0, BOTH, 1)).toBe(0);
  for (let i = 0; i < 2; i += 1) expect(waitFor(poller, 0)).toEqual([[1, BOTH]]);
});

describe.each(kernel.pollerKinds)('%s: time', (kind) => {
  it.each([0.2, 0.5, 1, 1.7, 3, 10.1])('%d ms is never less', (timeoutMs) => {
    const poller = openPoller(kind);
    poller.set(openOsObjects().pipe()[0], 0, READABLE, 1);
    const events = new Int32Array(8);
    let shortestMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 30; i += 1) {
      const start = clockMs();
      expect(poller.wait(events, timeoutMs)).toBe(0);
      shortestMs = Math.min(shortestMs, clockMs() - start);
    }
    expect(shortestMs).toBeGreaterThanOrEqual(timeoutMs);
  });

  it('fractions count: 0.2 ms is not a whole one', () => {
    const poller = openPoller(kind);
    const events = new Int32Array(8);
    // A busy machine may hold us up many times, but not every time.
    const waitsMs = Array.from({ length: 200 }, () => {
      const start = clockMs();
      poller.wait(events, 0.2);
      return clockMs() - start;
    });
    expect(Math.min(...waitsMs)).toBeLessThan(0.9);
  });

  it('0 does not wait, with or without registrations', () => {
    const poller = openPoller(kind);
    // The quickest of many: a wait that lasts is never short, and a busy machine makes some of the others
    // long.
    const quickestMs = (): number =>
      Math.min(
        ...Array.from({ length: 100 }, () => {
          const startMs = clockMs();
          expect(poller.wait(new Int32Array(2), 0)).toBe(0);
          return clockMs() - startMs;
        }),
      );
    expect(quickestMs()).toBeLessThan(0.9);
    poller.set(openOsObjects().pipe()[0], 0, READABLE, 1);
    expect(quickestMs()).toBeLessThan(0.9);
  });

  it('without registrations a wait is a sleep', () => {
    const poller = openPoller(kind);
    const start = clockMs();
    expect(poller.wait(new Int32Array(2), 30)).toBe(0);
    expect(clockMs() - start).toBeGreaterThanOrEqual(30);
  });

  it('an event ends a wait early', () => {
    const poller = openPoller(kind);
    const os = openOsObjects();
    const [reader, writer] = os.pipe();
    poller.set(reader, 0, READABLE, 1);
    os.write(writer);
    const start = clockMs();
    expect(waitFor(poller, PATIENCE_MS)).toEqual([[1, READABLE]]);
    expect(clockMs() - start).toBeLessThan(PATIENCE_MS / 2);
  });

  it.each([-1, Number.NEGATIVE_INFINITY, 2 ** 31, 1e12, Number.MAX_VALUE, Number.POSITIVE_INFINITY])(
    '%d ms waits, until another thread writes',
    (timeoutMs) => {
      const poller = openPoller(kind);
      const [reader, writer] = openOsObjects().pipe();
      poller.set(reader, 0, READABLE, 1);
      const start = clockMs();
      secondThread.writeLater(writer, 30);
      expect(waitFor(poller, timeoutMs)).toEqual([[1, READABLE]]);
      expect(clockMs() - start).toBeGreaterThan(25);
    },
  );
});

describe.each(kernel.pollerKinds)('%s: signals', (kind) => {
  // A signal to the process interrupts its main thread; the tests of a thread pool run on others.
  it.runIf(isMainThread)('end a wait, with 0 events, before its time and without an error', () => {
    const poller = openPoller(kind);
    poller.set(openOsObjects().pipe()[0], 0, READABLE, 1);
    const ignore = (): void => {};
    process.on('SIGUSR2', ignore);
    onTeardown(() => void process.off('SIGUSR2', ignore));
    for (const timeoutMs of [PATIENCE_MS, PATIENCE_MS + 0.5, -1]) {
      const start = clockMs();
      secondThread.signalLater('SIGUSR2', 30);
      expect(poller.wait(new Int32Array(2), timeoutMs)).toBe(0);
      const elapsedMs = clockMs() - start;
      expect(elapsedMs).toBeGreaterThan(25);
      expect(elapsedMs).toBeLessThan(PATIENCE_MS / 2);
    }
  });
});

it('poll has no descriptor of its own', () => {
  expect(openPoller('poll').pollableFd()).toBe(-1);
});

describe.each(kernel.pollerKinds.filter((kind) => kind !== 'poll' && !isEmulated(kind)))(
  '%s: the poller as a descriptor',
  (kind) => {
    it('is readable while there is something to report', () => {
      const poller = openPoller(kind);
      const fd = poller.pollableFd();
      const os = openOsObjects();
      const [reader, writer] = os.pipe();
      poller.set(reader, 0, READABLE, 1);
      expect(fd).toBeGreaterThanOrEqual(0);
      const outer = kernel.pollerKinds.map((each) => openPoller(each));
      for (const each of outer) expect(each.set(fd, 0, READABLE, 9)).toBe(0);
      expect(outer.map((each) => waitFor(each, 0))).toEqual(outer.map(() => []));
      os.write(writer);
      expect(outer.map((each) => waitFor(each, PATIENCE_MS))).toEqual(outer.map(() => [[9, READABLE]]));
      expect(waitFor(poller, 0)).toEqual([[1, READABLE]]);
      expect(outer.map((each) => waitFor(each, 0))).toEqual(outer.map(() => [[9, READABLE]]));
      os.drain(reader);
      expect(waitFor(poller, 0)).toEqual([]);
      expect(outer.map((each) => waitFor(each, 0))).toEqual(outer.map(() => []));
    });
  },
);

/**
 * A descriptor closed before it was unregistered, while a duplicate lives: the poller goes on reporting a
 * dead token.
 */
import { describe, expect, it } from 'vitest';
import { ENOMEM } from '../../../src/kernel/errno.ts';
import { EVENT_READ, EVENT_WRITE } from '../../../src/selectors/interest.ts';
import { DefaultSelector } from '../../../src/selectors/named-selectors.ts';
import { FakeKernel } from '../../support/fake-kernel.ts';

function withLeakedRegistration(liveCount = 0): { kernel: FakeKernel; selector: DefaultSelector } {
  const kernel = new FakeKernel();
  const selector = new DefaultSelector({ kernel });
  for (let i = 0; i < liveCount; i += 1) selector.register(kernel.open(), EVENT_READ);
  const fd = kernel.open(EVENT_READ);
  kernel.dup(fd);
  selector.register(fd, EVENT_READ);
  kernel.close(fd);
  selector.unregister(fd);
  return { kernel, selector };
}

function drain(selector: DefaultSelector, timeoutMs: number): number {
  const count = selector.poll(timeoutMs);
  let live = 0;
  for (let i = 0; i < count; i += 1) if (selector.readyKey(i) !== null) live += 1;
  return live;
}

describe('select()', () => {
  it('drops the dead events, keeps its promise about time, and stops spinning', () => {
    const { kernel, selector } = withLeakedRegistration();
    const start = kernel.nowMs();
    expect(selector.select(1000)).toEqual([]);
    expect(kernel.nowMs() - start).toBe(1000);
    expect(kernel.waits.length).toBeLessThan(20);
    expect(kernel.pollers.map((poller) => poller.closed)).toEqual([true, false]);
  });

  it('has lost no live registration by that', () => {
    const { kernel, selector } = withLeakedRegistration(3);
    selector.select(100);
    const keys = [...selector.getMap().values()];
    for (const key of keys) kernel.setReady(key.fd, EVENT_READ | EVENT_WRITE);
    expect(selector.select(0)).toEqual(keys.map((key) => [key, EVENT_READ]));
    selector.unregister(keys[0]?.fd as number);
    expect(selector.select(0)).toHaveLength(2);
  });
});

describe('when', () => {
  it('waits 8 + size times: the cure costs about that', () => {
    const { kernel, selector } = withLeakedRegistration(20);
    for (let i = 0; i < 28; i += 1) drain(selector, 50);
    expect(kernel.pollers).toHaveLength(1);
    drain(selector, 50);
    expect(kernel.pollers).toHaveLength(2);
  });

  it('counts wasted waits also when real events come in between, and leaves mixed ones out', () => {
    const { kernel, selector } = withLeakedRegistration(1);
    const live = [...selector.getMap().keys()][0] as number;
    for (let i = 0; i < 100; i += 1) {
      kernel.setReady(live, EVENT_READ);
      expect(drain(selector, 50)).toBe(1);
    }
    expect(kernel.pollers).toHaveLength(1);
    for (let i = 0; i < 40; i += 1) {
      kernel.setReady(live, i % 2 === 0 ? EVENT_READ : 0);
      drain(selector, 50);
    }
    expect(kernel.pollers).toHaveLength(2);
  });

  it('never without dead events', () => {
    const kernel = new FakeKernel();
    const selector = new DefaultSelector({ kernel });
    selector.register(kernel.open(EVENT_READ), EVENT_READ);
    for (let i = 0; i < 1000; i += 1) drain(selector, 50);
    expect(kernel.pollers).toHaveLength(1);
  });
});

describe('the replacement', () => {
  it('does not know keys with interest 0, but those keys live on', () => {
    const { kernel, selector } = withLeakedRegistration(1);
    const key = [...selector.getMap().values()][0];
    if (key === undefined) throw new Error('no key');
    selector.setInterest(key, 0);
    selector.select(10);
    expect(kernel.pollers).toHaveLength(2);
    kernel.setReady(key.fd, EVENT_READ);
    expect(selector.select(0)).toEqual([]);
    selector.setInterest(key, EVENT_READ);
    expect(selector.select(0)).toEqual([[key, EVENT_READ]]);
  });

  it('leaves out a key whose descriptor was closed, as the old poller had', () => {
    const { kernel, selector } = withLeakedRegistration(2);
    const [closed, other] = [...selector.getMap().keys()] as [number, number];
    kernel.close(closed);
    selector.select(10);
    expect(kernel.pollers.map((poller) => poller.closed)).toEqual([true, false]);
    kernel.setReady(other, EVENT_READ);
    expect(selector.select(0)).toHaveLength(1);
    selector.unregister(closed);
  });

  it('is given up, and the old poller kept, when the system refuses one', () => {
    const { kernel, selector } = withLeakedRegistration(1);
    const live = [...selector.getMap().keys()][0] as number;
    kernel.refuseOpen = true;
    for (let i = 0; i < 30; i += 1) drain(selector, 50);
    expect(kernel.pollers).toHaveLength(1);
    kernel.refuseOpen = false;
    kernel.refuseSet = { errno: ENOMEM, fd: live };
    for (let i = 0; i < 30; i += 1) drain(selector, 50);
    expect(kernel.pollers[0]?.closed).toBe(false);
    expect(kernel.pollers.slice(1).every((poller) => poller.closed)).toBe(true);
    kernel.setReady(live, EVENT_READ);
    expect(drain(selector, 0)).toBe(1);
    kernel.refuseSet = null;
    kernel.setReady(live, 0);
    for (let i = 0; i < 30; i += 1) drain(selector, 50);
    expect(kernel.pollers[0]?.closed).toBe(true);
  });
});

describe('who holds fileno()', () => {
  it('keeps its descriptor when it cannot be told of another', () => {
    const { kernel, selector } = withLeakedRegistration();
    selector.fileno();
    for (let i = 0; i < 50; i += 1) drain(selector, 0);
    expect(kernel.pollers).toHaveLength(1);
  });

  it('is told of the new one while the old one is open', () => {
    const { kernel, selector } = withLeakedRegistration();
    const before = selector.fileno();
    const told: [number, boolean | undefined][] = [];
    selector.onFilenoReplaced = (fd) => told.push([fd, kernel.pollers[0]?.closed]);
    for (let i = 0; i < 50; i += 1) drain(selector, 0);
    expect(told).toEqual([[before + 1, false]]);
    expect(selector.fileno()).toBe(before + 1);
    expect(kernel.pollers[0]?.closed).toBe(true);
  });

  it('may throw: the new poller is in place all the same, and the old one closed', () => {
    const { kernel, selector } = withLeakedRegistration();
    selector.fileno();
    selector.onFilenoReplaced = () => {
      throw new Error('no');
    };
    expect(() => {
      for (let i = 0; i < 50; i += 1) drain(selector, 0);
    }).toThrow('no');
    expect(kernel.pollers.map((poller) => poller.closed)).toEqual([true, false]);
    expect(drain(selector, 0)).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { KeyError } from '../../../src/base/errors.ts';
import { EINVAL, ENOMEM } from '../../../src/kernel/errno.ts';
import { EVENT_READ, EVENT_WRITE } from '../../../src/selectors/interest.ts';
import { DefaultSelector } from '../../../src/selectors/named-selectors.ts';
import type { SelectorKey } from '../../../src/selectors/selector.ts';
import { FakeKernel } from '../../support/fake-kernel.ts';

const BOTH = EVENT_READ | EVENT_WRITE;

function start(): { kernel: FakeKernel; selector: DefaultSelector<string> } {
  const kernel = new FakeKernel();
  return { kernel, selector: new DefaultSelector<string>({ kernel }) };
}

function batch(selector: DefaultSelector<string>, timeoutMs = 0): [SelectorKey<string> | null, number][] {
  const count = selector.poll(timeoutMs);
  return Array.from({ length: count }, (_, i) => [selector.readyKey(i), selector.readyEvents(i)]);
}

describe('poll', () => {
  it('is one wait, not sliced, and an interrupted one gives 0', () => {
    const { kernel, selector } = start();
    expect(selector.poll(1000)).toBe(0);
    kernel.interruptAfter(5);
    expect(selector.poll(-1)).toBe(0);
    expect(kernel.waits).toEqual([1000, -1]);
  });

  it('gives keys and events, masked by the interest', () => {
    const { kernel, selector } = start();
    const a = selector.register(kernel.open(BOTH), EVENT_READ, 'a');
    const b = selector.register(kernel.open(BOTH), BOTH, 'b');
    expect(batch(selector)).toEqual([
      [a, EVENT_READ],
      [b, BOTH],
    ]);
  });

  it('what did not fit comes first in the next batch, which has room for twice as many, up to 4,096', () => {
    const { kernel, selector } = start();
    const fds = Array.from({ length: 1500 }, () => kernel.open(EVENT_READ));
    for (const fd of fds) selector.register(fd, EVENT_READ, '');
    const first = batch(selector).map(([key]) => key?.fd);
    expect(first).toHaveLength(1024);
    const second = batch(selector).map(([key]) => key?.fd);
    expect(second).toHaveLength(1500);
    expect(new Set([...first, ...second.slice(0, 476)])).toEqual(new Set(fds));
    for (let i = 0; i < 5000; i += 1) selector.register(kernel.open(EVENT_READ), EVENT_READ, '');
    expect([0, 0, 0].map((timeoutMs) => selector.poll(timeoutMs))).toEqual([2048, 4096, 4096]);
    expect(kernel.waits).toEqual([0, 0, 0, 0, 0]);
  });

  it('throws what the system says, and has no events then', () => {
    const { kernel, selector } = start();
    selector.register(kernel.open(EVENT_READ), EVENT_READ, '');
    const poller = kernel.pollers[0];
    Object.assign(poller as object, { wait: () => -EINVAL });
    expect(() => selector.poll(0)).toThrow(/^epoll_wait EINVAL/);
  });
});

describe('a registration that ends within its batch', () => {
  it('has no key any more, and neither has its successor on the same descriptor', () => {
    const { kernel, selector } = start();
    const a = kernel.open(EVENT_READ);
    const b = kernel.open(EVENT_READ);
    selector.register(a, EVENT_READ, 'a');
    selector.register(b, EVENT_READ, 'b');
    expect(selector.poll(0)).toBe(2);
    expect(selector.readyKey(0)?.data).toBe('a');
    selector.unregister(b);
    kernel.close(b);
    expect(kernel.open()).toBe(b);
    selector.register(b, EVENT_READ, 'new b');
    expect([selector.readyKey(1), selector.readyEvents(1)]).toEqual([null, 0]);
  });

  it('and one that loses its interest has its key, with no events', () => {
    const { kernel, selector } = start();
    const key = selector.register(kernel.open(BOTH), BOTH, 'a');
    selector.poll(0);
    selector.setInterest(key, EVENT_WRITE);
    expect([selector.readyKey(0), selector.readyEvents(0)]).toEqual([key, EVENT_WRITE]);
    selector.setInterest(key, 0);
    expect([selector.readyKey(0), selector.readyEvents(0)]).toEqual([key, 0]);
  });

  it('close() within a batch ends them all', () => {
    const { kernel, selector } = start();
    selector.register(kernel.open(EVENT_READ), EVENT_READ, 'a');
    selector.poll(0);
    selector.close();
    expect(selector.readyKey(0)).toBeNull();
  });
});

describe('setInterest', () => {
  it('changes the key in place, and asks the kernel only for a difference', () => {
    const { kernel, selector } = start();
    const fd = kernel.open();
    const key = selector.register(fd, EVENT_READ, 'a');
    selector.setInterest(key, BOTH);
    selector.setInterest(key, BOTH);
    selector.setInterest(key, 0);
    selector.setInterest(key, EVENT_WRITE);
    expect(selector.getKey(fd)).toBe(key);
    expect(key.events).toBe(EVENT_WRITE);
    expect(kernel.changes.map(({ before, after }) => [before, after])).toEqual([
      [0, EVENT_READ],
      [EVENT_READ, BOTH],
      [BOTH, 0],
      [0, EVENT_WRITE],
    ]);
  });

  it('with interest 0, unregister() asks the kernel nothing', () => {
    const { kernel, selector } = start();
    const key = selector.register(kernel.open(), EVENT_READ, 'a');
    selector.setInterest(key, 0);
    const before = kernel.changes.length;
    selector.unregister(key.fd);
    expect(kernel.changes).toHaveLength(before);
  });

  it('rolls back when the kernel refuses', () => {
    const { kernel, selector } = start();
    const fd = kernel.open(BOTH);
    const key = selector.register(fd, EVENT_READ, 'a');
    kernel.refuseSet = { errno: ENOMEM };
    expect(() => selector.setInterest(key, BOTH)).toThrow(/^epoll_ctl ENOMEM fd /);
    kernel.refuseSet = null;
    expect(key.events).toBe(EVENT_READ);
    expect(batch(selector)).toEqual([[key, EVENT_READ]]);
  });

  it('refuses a key that is not live, and names it', () => {
    const { kernel, selector } = start();
    const fd = kernel.open();
    const old = selector.register(fd, EVENT_READ, 'old');
    const current = selector.modify(fd, EVENT_READ, 'new');
    expect(() => selector.setInterest(old, EVENT_WRITE)).toThrow(KeyError);
    selector.setInterest(current, EVENT_WRITE);
    selector.unregister(fd);
    expect(() => selector.setInterest(current, EVENT_READ)).toThrow(/fd: \d+.*was unregistered or replaced/);
  });
});

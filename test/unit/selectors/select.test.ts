import { describe, expect, it } from 'vitest';
import { OSError } from '../../../src/base/errors.ts';
import { EVENT_READ, EVENT_WRITE } from '../../../src/selectors/interest.ts';
import { select } from '../../../src/selectors/select.ts';
import { FakeKernel } from '../../support/fake-kernel.ts';

describe('select', () => {
  it('returns the objects passed, each list in its order, duplicates kept', () => {
    const kernel = new FakeKernel();
    const a = kernel.open(EVENT_READ);
    const b = { name: 'b', fd: kernel.open(EVENT_READ | EVENT_WRITE), fileno: () => b.fd };
    const c = kernel.open(EVENT_WRITE);
    expect(select([b, a, c, b], [c, b, a], 0, { kernel })).toEqual([
      [b, a, b],
      [c, b],
    ]);
  });

  it('asks for no more than each list says', () => {
    const kernel = new FakeKernel();
    const fd = kernel.open(EVENT_WRITE);
    const start = kernel.nowMs();
    expect(select([fd], [], 70, { kernel })).toEqual([[], []]);
    expect(kernel.nowMs() - start).toBe(70);
  });

  it('waits, for ever too, and takes any iterable', () => {
    const kernel = new FakeKernel();
    const fd = kernel.open();
    kernel.after(5000, () => kernel.setReady(fd, EVENT_READ));
    expect(select(new Set([fd]), [], null, { kernel })).toEqual([[fd], []]);
  });

  it('with nothing to watch is a sleep', () => {
    const kernel = new FakeKernel();
    const start = kernel.nowMs();
    expect(select([], [], 300, { kernel })).toEqual([[], []]);
    expect(kernel.nowMs() - start).toBe(300);
  });

  it('waits in poll where there is one, in the best otherwise', () => {
    const usual = new FakeKernel(['epoll', 'poll']);
    select([], [], 0, { kernel: usual });
    expect(usual.pollers.map((poller) => poller.kind)).toEqual(['poll']);
    const simulated = new FakeKernel(['simulated']);
    select([], [], 0, { kernel: simulated });
    expect(simulated.pollers.map((poller) => poller.kind)).toEqual(['simulated']);
  });

  it('closes its poller also when a descriptor is refused', () => {
    const kernel = new FakeKernel();
    expect(() => select([77], [], 0, { kernel })).toThrow(OSError);
    expect(() => select([kernel.open(0, true)], [], 0, { kernel })).toThrow('EPERM');
    expect(kernel.pollers.every((poller) => poller.closed)).toBe(true);
  });

  it('opens nothing for what is no file object', () => {
    const kernel = new FakeKernel();
    expect(() => select([-1], [], 0, { kernel })).toThrow(RangeError);
    expect(() => select([], [null as never], 0, { kernel })).toThrow(TypeError);
    for (const wrong of [null, 5, '12'] as never[]) {
      expect(() => select(wrong, [], 0, { kernel })).toThrow('expected an iterable as readers, got');
      expect(() => select([], wrong, 0, { kernel })).toThrow('expected an iterable as writers, got');
    }
    expect(kernel.pollers).toEqual([]);
  });
});

import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ClosedResourceError, KeyError, OSError } from '../../../src/base/errors.ts';
import { ENOMEM } from '../../../src/kernel/errno.ts';
import { EVENT_READ, EVENT_WRITE } from '../../../src/selectors/interest.ts';
import { DefaultSelector, KqueueSelector, SelectSelector } from '../../../src/selectors/named-selectors.ts';
import { PollerSelector } from '../../../src/selectors/poller-selector.ts';
import { FakeKernel } from '../../support/fake-kernel.ts';

const BOTH = EVENT_READ | EVENT_WRITE;

describe('choice of poller', () => {
  it('takes the best kind the kernel offers, or the one asked for', () => {
    const kernel = new FakeKernel(['kqueue', 'poll']);
    expect(new DefaultSelector({ kernel }).kind).toBe('kqueue');
    expect(new KqueueSelector({ kernel }).kind).toBe('kqueue');
    expect(new SelectSelector({ kernel }).kind).toBe('poll');
  });

  it('refuses a kind that is not offered, and names those that are', () => {
    const kernel = new FakeKernel(['epoll', 'poll']);
    expect(() => new KqueueSelector({ kernel })).toThrow(TypeError);
    expect(() => new KqueueSelector({ kernel })).toThrow(
      'KqueueSelector: kqueue is not offered here (this machine has epoll, poll); use DefaultSelector',
    );
    expect(kernel.pollers).toHaveLength(0);
  });
});

describe('register', () => {
  it('rolls back when the kernel refuses, and throws what it said', () => {
    const kernel = new FakeKernel();
    const selector = new DefaultSelector({ kernel });
    const error = caught(() => selector.register(50, EVENT_READ));
    expect(error).toBeInstanceOf(OSError);
    expect(error).toMatchObject({ code: 'EBADF', syscall: 'epoll_ctl' });
    expect(error.message).toContain('fd 50');
    expect(selector.getMap().size).toBe(0);
    expect(() => selector.getKey(50)).toThrow(KeyError);
  });

  it('says what to do with a regular file', () => {
    const kernel = new FakeKernel();
    const selector = new DefaultSelector({ kernel });
    const file = kernel.open(0, true);
    expect(caught(() => selector.register(file, EVENT_READ))).toMatchObject({ code: 'EPERM' });
    expect(() => selector.register(file, EVENT_READ)).toThrow('cannot be watched; read them with node:fs');
  });

  it('asks no kernel when the arguments are wrong', () => {
    const kernel = new FakeKernel();
    const selector = new DefaultSelector({ kernel });
    expect(() => selector.register(3, 0)).toThrow(RangeError);
    expect(() => selector.register(-1, EVENT_READ)).toThrow(RangeError);
    expect(() => selector.register('3' as never, EVENT_READ)).toThrow(TypeError);
    expect(kernel.changes).toEqual([]);
  });
});

describe('modify', () => {
  it('always tells the kernel, which may have forgotten the descriptor; of nothing returns the same key', () => {
    const kernel = new FakeKernel();
    const selector = new DefaultSelector<string>({ kernel });
    const fd = kernel.open();
    const key = selector.register(fd, EVENT_READ, 'a');
    expect(selector.modify(fd, EVENT_READ, 'a')).toBe(key);
    const other = selector.modify(fd, EVENT_READ, 'b');
    expect([key.data, other.data]).toEqual(['a', 'b']);
    const same = { fd, before: EVENT_READ, after: EVENT_READ };
    expect(kernel.changes.slice(1)).toEqual([same, same]);
    expect(selector.modify(fd, BOTH, 'b')).toBe(selector.getKey(fd));
    expect(kernel.changes.at(-1)).toEqual({ fd, before: EVENT_READ, after: BOTH });
  });

  it('leaves the object unregistered when the kernel refuses', () => {
    const kernel = new FakeKernel();
    const selector = new DefaultSelector({ kernel });
    const fd = kernel.open(BOTH);
    selector.register(fd, EVENT_READ);
    kernel.refuseSet = { errno: ENOMEM };
    expect(caught(() => selector.modify(fd, EVENT_WRITE))).toMatchObject({ code: 'ENOMEM' });
    kernel.refuseSet = null;
    expect(selector.getMap().has(fd)).toBe(false);
    expect(kernel.changes.at(-1)).toEqual({ fd, before: EVENT_READ, after: 0 });
  });
});

describe('unregister', () => {
  it('is silent about a closed descriptor', () => {
    const kernel = new FakeKernel();
    const selector = new DefaultSelector({ kernel });
    const fd = kernel.open();
    const key = selector.register(fd, EVENT_READ);
    kernel.close(fd);
    expect(selector.unregister(fd)).toBe(key);
    expect(() => selector.unregister(fd)).toThrow(KeyError);
  });
});

describe('select', () => {
  it('reports readiness within the interest, and again as long as it lasts', () => {
    const kernel = new FakeKernel();
    const selector = new DefaultSelector({ kernel });
    const fd = kernel.open(BOTH);
    const key = selector.register(fd, EVENT_WRITE);
    expect(selector.select(0)).toEqual([[key, EVENT_WRITE]]);
    expect(selector.select()).toEqual([[key, EVENT_WRITE]]);
    kernel.setReady(fd, EVENT_READ);
    expect(selector.select(0)).toEqual([]);
  });

  it('sleeps in slices of at most 250 ms, for exactly the time asked', () => {
    const kernel = new FakeKernel();
    const selector = new DefaultSelector({ kernel });
    const start = kernel.nowMs();
    expect(selector.select(600.5)).toEqual([]);
    expect(kernel.nowMs() - start).toBe(600.5);
    expect(kernel.waits).toEqual([250, 250, 100.5, 0]);
  });

  it('goes on with the rest after an interruption', () => {
    const kernel = new FakeKernel();
    const selector = new DefaultSelector({ kernel });
    for (const delayMs of [10, 20, 30]) kernel.interruptAfter(delayMs);
    const start = kernel.nowMs();
    expect(selector.select(100)).toEqual([]);
    expect(kernel.nowMs() - start).toBe(100);
    expect(kernel.waits).toEqual([100, 90, 80, 70, 0]);
  });

  it('null, undefined and Infinity wait until something happens, however long that takes', () => {
    for (const timeoutMs of [null, undefined, Number.POSITIVE_INFINITY]) {
      const kernel = new FakeKernel();
      const selector = new DefaultSelector({ kernel });
      const fd = kernel.open();
      const key = selector.register(fd, EVENT_READ);
      kernel.after(3_600_000, () => kernel.setReady(fd, EVENT_READ));
      expect(selector.select(timeoutMs)).toEqual([[key, EVENT_READ]]);
      expect(kernel.waits.every((waitMs) => waitMs <= 250)).toBe(true);
    }
  });

  it('0 and negative numbers look once', () => {
    const kernel = new FakeKernel();
    const selector = new DefaultSelector({ kernel });
    for (const timeoutMs of [0, -0, -1, -1e9, Number.NEGATIVE_INFINITY])
      expect(selector.select(timeoutMs)).toEqual([]);
    expect(kernel.waits).toEqual([0, 0, 0, 0, 0]);
  });

  it('does not slice a simulated wait, so that the simulation sees that nothing can happen', () => {
    const kernel = new FakeKernel(['simulated']);
    const selector = new DefaultSelector({ kernel });
    expect(selector.select(900)).toEqual([]);
    expect(kernel.waits).toEqual([900, 0]);
    expect(() => selector.select()).toThrow('nothing can ever happen');
  });

  it('looks once more at the deadline: what came while this thread was held up is not missed', () => {
    const kernel = new FakeKernel();
    const selector = new DefaultSelector({ kernel });
    const fd = kernel.open();
    const key = selector.register(fd, EVENT_READ);
    // Interrupted at 50 ms and not scheduled again before 1,050 ms; the data came in between.
    let heldUpMs = 0;
    const realNow = kernel.nowMs.bind(kernel);
    kernel.nowMs = () => realNow() + heldUpMs;
    kernel.after(50, () => {
      heldUpMs = 1000;
    });
    kernel.interruptAfter(50);
    const poller = kernel.pollers[0];
    const wait = poller?.wait.bind(poller) as (events: Int32Array, timeoutMs: number) => number;
    Object.assign(poller as object, {
      wait: (events: Int32Array, timeoutMs: number) => {
        if (heldUpMs > 0) kernel.setReady(fd, EVENT_READ);
        return wait(events, timeoutMs);
      },
    });
    expect(selector.select(100)).toEqual([[key, EVENT_READ]]);
    expect(kernel.waits).toEqual([100, 0]);
  });

  it.each([Number.NaN, '5', {}])('refuses %o as a time-out', (timeoutMs) => {
    const selector = new DefaultSelector({ kernel: new FakeKernel() });
    expect(() => selector.select(timeoutMs as number)).toThrow(TypeError);
  });

  it('returns all that is ready in one call, once each, also beyond what one wait can report', () => {
    const kernel = new FakeKernel();
    const selector = new DefaultSelector({ kernel });
    for (let i = 0; i < 3000; i += 1) selector.register(kernel.open(EVENT_READ), EVENT_READ);
    expect(new Set(selector.select().map(([key]) => key)).size).toBe(3000);
    expect(selector.select()).toHaveLength(3000);
    for (let i = 0; i < 6000; i += 1) selector.register(kernel.open(EVENT_READ), EVENT_READ);
    const before = kernel.waits.length;
    expect(new Set(selector.select().map(([key]) => key)).size).toBe(9000);
    expect(selector.select()).toHaveLength(9000);
    expect(kernel.waits.slice(before)).toEqual([250, 0, 0, 0, 250, 0, 0, 0]);
  });

  it('merges two events of one key into one pair, should a poller report them apart', () => {
    const kernel = new FakeKernel();
    const selector = new DefaultSelector({ kernel });
    const key = selector.register(kernel.open(BOTH), BOTH);
    const other = selector.register(kernel.open(EVENT_READ), EVENT_READ);
    splitEvents(kernel);
    expect(selector.select(0)).toEqual([
      [key, BOTH],
      [other, EVENT_READ],
    ]);
    expect(selector.select(0)).toHaveLength(2);
  });
});

describe('close', () => {
  it('closes the poller once, empties the map, and every call but close() says so', () => {
    const kernel = new FakeKernel();
    const selector = new DefaultSelector({ kernel });
    const fd = kernel.open();
    const map = selector.getMap();
    const key = selector.register(fd, EVENT_READ);
    selector.close();
    selector.close();
    selector[Symbol.dispose]();
    expect(kernel.pollers[0]?.closed).toBe(true);
    expect([map.size, map.get(fd)]).toEqual([0, undefined]);
    expect(selector.fileno()).toBe(-1);
    const calls = [
      () => selector.register(fd, EVENT_READ),
      () => selector.modify(fd, EVENT_READ),
      () => selector.unregister(fd),
      () => selector.getKey(fd),
      () => selector.getMap(),
      () => selector.select(0),
      () => selector.poll(0),
      () => selector.setInterest(key, EVENT_WRITE),
    ];
    for (const call of calls) expect(call).toThrow(ClosedResourceError);
    expect(inspect(selector)).toBe('DefaultSelector { epoll, closed }');
  });
});

it('describes itself', () => {
  const kernel = new FakeKernel();
  const selector = new PollerSelector({ kernel, kind: 'poll' });
  selector.register(kernel.open(), EVENT_READ);
  expect(inspect(selector)).toBe('PollerSelector { poll, 1 registered }');
  expect(selector.fileno()).toBe(-1);
});

/** Has the fake report each bit as an event of its own, as the kqueue system call does. */
function splitEvents(kernel: FakeKernel): void {
  const poller = kernel.pollers[0];
  if (poller === undefined) throw new Error('open a selector first');
  const wait = poller.wait.bind(poller);
  poller.wait = (events, timeoutMs) => {
    const count = wait(events, timeoutMs);
    const split: number[] = [];
    for (const bit of [EVENT_READ, EVENT_WRITE]) {
      for (let i = 0; i < count; i += 1) {
        if (((events[2 * i + 1] ?? 0) & bit) !== 0) split.push(events[2 * i] ?? 0, bit);
      }
    }
    events.set(split);
    return split.length / 2;
  };
}

function caught(action: () => unknown): OSError {
  try {
    action();
  } catch (error) {
    if (error instanceof OSError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

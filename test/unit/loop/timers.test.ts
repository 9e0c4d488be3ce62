/** The heap of timers against the plainest model there is, and what the loop does with it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Coroutine, sleep, TimerHandle } from '../../../src/index.ts';
import { Timers } from '../../../src/loop/timers.ts';
import { onePass, virtualLoop } from './virtual-loop.ts';

class Owner {
  readonly timers = new Timers();
  callExceptionHandler(): void {}
  getDebug(): boolean {
    return false;
  }
  timerCancelled(): void {
    this.timers.noteCancelled();
  }
}

type Step = { readonly set: number } | { readonly cancel: number } | { readonly takeUntil: number };

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ set: fc.nat(50) }) },
    { weight: 4, arbitrary: fc.record({ cancel: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ takeUntil: fc.nat(50) }) },
  ) as fc.Arbitrary<Step>,
  { maxLength: 600, size: 'max' },
);

describe('Timers', () => {
  it('gives the same timers in the same order as a sorted list, whatever is set, cancelled and taken', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const owner = new Owner();
        const made: TimerHandle[] = [];
        let model: TimerHandle[] = [];
        for (const step of sequence) {
          if ('set' in step) {
            const timer = new TimerHandle(step.set, () => {}, [], owner, null, made.length);
            made.push(timer);
            owner.timers.push(timer);
            model.push(timer);
            model.sort((a, b) => a.when() - b.when() || a.sequence - b.sequence);
          } else if ('cancel' in step) {
            const victim = made[step.cancel % Math.max(made.length, 1)];
            victim?.cancel();
            model = model.filter((timer) => timer !== victim);
          } else {
            const due = model.filter((timer) => timer.when() <= step.takeUntil);
            model = model.filter((timer) => timer.when() > step.takeUntil);
            expect(takeAll(owner.timers, step.takeUntil)).toEqual(due);
          }
          expect(owner.timers.nextWhenMs()).toBe(model[0]?.when() ?? Number.POSITIVE_INFINITY);
        }
        expect(takeAll(owner.timers, 50)).toEqual(model);
        expect(owner.timers.length).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('holds at most about twice as many as are not cancelled', () => {
    const owner = new Owner();
    const made = Array.from({ length: 10_000 }, (_, i) => {
      const timer = new TimerHandle(i, () => {}, [], owner, null, i);
      owner.timers.push(timer);
      return timer;
    });
    for (const timer of made.slice(0, 9000).reverse()) {
      timer.cancel();
    }
    expect(owner.timers.length).toBeLessThanOrEqual(2 * 1000 + 1);
    expect(takeAll(owner.timers, 10_000)).toEqual(made.slice(9000));
  });

  it('cancelling twice, or after the timer was taken, does not disturb the count', () => {
    const owner = new Owner();
    const timers = Array.from({ length: 300 }, (_, i) => new TimerHandle(i, () => {}, [], owner, null, i));
    for (const timer of timers) owner.timers.push(timer);
    const taken = takeAll(owner.timers, 99);
    for (let round = 0; round < 3; round++) for (const timer of taken) timer.cancel();
    expect(owner.timers.length).toBe(200);
    for (let round = 0; round < 3; round++) timers[299]?.cancel();
    expect(takeAll(owner.timers, 1000)).toEqual(timers.slice(100, 299));
  });

  it('takes a million timers that are set and cancelled, and stays small', () => {
    const owner = new Owner();
    let largest = 0;
    for (let i = 0; i < 1_000_000; i++) {
      const timer = new TimerHandle(1000 + (i % 977), () => {}, [], owner, null, i);
      owner.timers.push(timer);
      if (i % 1000 !== 0) timer.cancel();
      largest = Math.max(largest, owner.timers.length);
    }
    expect(largest).toBeLessThanOrEqual(2 * 1000 + 102);
    expect(takeAll(owner.timers, 3000)).toHaveLength(1000);
  });
});

describe('callLater and callAt', () => {
  it('call in order of time, and equal times in order of the calls', () => {
    const { loop } = virtualLoop();
    const log: string[] = [];
    for (const [delayMs, name] of [
      [5, 'c'],
      [1, 'a'],
      [5, 'd'],
      [2, 'b'],
    ] as const) {
      loop.callLater(delayMs, (text: string) => log.push(text), name);
    }
    loop.run(() => pause(10));
    expect(log).toEqual(['a', 'b', 'c', 'd']);
  });

  it('call at the time asked for, fractions included, never earlier', () => {
    const { loop } = virtualLoop();
    const startMs = loop.time();
    const seen: number[] = [];
    for (const delayMs of [0.25, 3.5, 250, 1234.125])
      loop.callLater(delayMs, () => seen.push(loop.time() - startMs));
    loop.run(() => pause(2000));
    expect(seen).toEqual([0.25, 3.5, 250, 1234.125]);
  });

  it('of a time that has passed call in the next pass', () => {
    const { loop } = virtualLoop();
    const log: string[] = [];
    loop.callLater(-5, () => log.push('negative'));
    loop.callAt(0, () => log.push('long ago'));
    onePass(loop);
    expect(log).toEqual(['long ago', 'negative']);
  });

  it('say when, and are not called once cancelled', () => {
    const { loop } = virtualLoop();
    const timer = loop.callAt(loop.time() + 7, () => {
      throw new Error('cancelled, and called');
    });
    expect(timer.when()).toBe(loop.time() + 7);
    timer.cancel();
    expect(timer.cancelled()).toBe(true);
    loop.run(() => pause(20));
  });

  it('a callback may cancel a timer that is due in the same pass', () => {
    const { loop } = virtualLoop();
    const second = loop.callAt(loop.time() + 5, () => {
      throw new Error('cancelled, and called');
    });
    loop.callAt(loop.time() + 4.9, () => second.cancel());
    loop.callAt(loop.time() + 5, () => {});
    loop.run(() => pause(20));
    expect(loop.timers.length).toBe(0);
  });

  it('a timer that sets itself again for now runs once a pass, and starves nobody', () => {
    const { loop } = virtualLoop();
    let calls = 0;
    const again = (): void => {
      calls++;
      if (calls < 1000) loop.callLater(0, again);
    };
    loop.callLater(0, again);
    let passes = 0;
    const countPass = (): void => {
      passes++;
      if (passes < 100) loop.callSoon(countPass);
    };
    loop.callSoon(countPass);
    while (passes < 100) onePass(loop);
    expect(calls).toBeGreaterThanOrEqual(99);
    expect(calls).toBeLessThanOrEqual(101);
  });

  it('for ever is a wait like none at all, and NaN is refused', () => {
    const { loop, kernel } = virtualLoop();
    loop.callLater(Number.POSITIVE_INFINITY, () => {
      throw new Error('for ever has passed');
    });
    const fd = kernel.open();
    loop.addReader(fd, () => loop.stop());
    kernel.after(1_000_000, () => kernel.setReady(fd, 1));
    loop.runForever();
    expect(loop.time()).toBeGreaterThanOrEqual(1_000_000);
    loop.removeReader(fd);
    expect(() => loop.callLater(Number.NaN, () => {})).toThrow('NaN');
    expect(() => loop.callAt('5' as never, () => {})).toThrow(TypeError);
  });

  it('a signal that interrupts the wait does not make a timer early', () => {
    const { loop, kernel } = virtualLoop();
    for (const atMs of [10, 20, 30]) kernel.interruptAfter(atMs);
    const startMs = loop.time();
    loop.run(() => pause(200));
    expect(loop.time() - startMs).toBe(200);
  });
});

function takeAll(timers: Timers, nowMs: number): TimerHandle[] {
  const taken: TimerHandle[] = [];
  for (let timer = timers.takeDue(nowMs); timer !== null; timer = timers.takeDue(nowMs)) taken.push(timer);
  return taken;
}

function* pause(delayMs: number): Coroutine<void> {
  yield* sleep(delayMs);
}

/** The queue of timers against the plainest model there is, and its corners. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimerHandle } from '../../../../src/index.ts';
import { ReadyQueue } from '../../../../src/loop/ready-queue.ts';
import { Timers } from '../../../../src/loop/timers/timers.ts';
import { WakeHook } from '../../../../src/loop/wake-hook.ts';
import { collectGarbage } from '../../../support/garbage.ts';
import { holds } from '../../../support/property.ts';
import { sized } from '../../../support/size.ts';

const FOREVER = Number.POSITIVE_INFINITY;

/** Timers whose callbacks write down which of them was called. */
class Bench {
  readonly ready = new ReadyQueue(new WakeHook(), (error) => {
    throw error;
  });
  readonly timers = new Timers(this.ready, this);
  readonly made: TimerHandle[] = [];
  private fired: number[] = [];

  callExceptionHandler(): void {}
  getDebug(): boolean {
    return false;
  }
  timerCancelled(timer: TimerHandle): void {
    this.timers.noteCancelled(timer);
  }
  timerChanged(timer: TimerHandle): void {
    this.timers.noteChanged(timer);
  }
  callbackReturned(): void {}
  setTimerRef(): void {}
  hasTimerRef(): boolean {
    return true;
  }
  watchRefChanged(): void {}

  /** Sets a timer, known by its number in `made`; every third has an argument, so that its handle is kept. */
  set(whenMs: number, callback: () => void = () => {}): TimerHandle {
    const number = this.made.length;
    const fire = (): void => {
      this.fired.push(number);
      callback();
    };
    const timer = new TimerHandle(whenMs, fire, number % 3 === 0 ? [number] : [], this);
    this.timers.set(timer);
    this.made.push(timer);
    return timer;
  }

  /** The numbers of the timers that are due, in the order they are called. */
  fire(nowMs: number): number[] {
    this.timers.queueDue(nowMs);
    this.ready.runBatch();
    return this.fired.splice(0);
  }
}

type Step =
  | { readonly set: readonly number[] }
  | { readonly cancel: readonly number[] }
  | { readonly fireUntil: number }
  | { readonly peek: true }
  | { readonly clear: true };

/**
 * Few times, so that many are equal; a continuum; clusters that have to be divided again; the ends of what a
 * number can be.
 */
const time = fc.oneof(
  { weight: 4, arbitrary: fc.nat(50) },
  { weight: 4, arbitrary: fc.double({ min: 0, max: 50, noNaN: true }) },
  { weight: 2, arbitrary: fc.double({ min: 10, max: 10 + 1e-12, noNaN: true }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      FOREVER,
      -FOREVER,
      1e15,
      -1e15,
      Number.MAX_VALUE,
      -Number.MAX_VALUE,
      5e-324,
      -0,
    ),
  },
);

const steps = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.record({ set: fc.array(time, { maxLength: 3 }) }) },
    {
      weight: 2,
      arbitrary: fc.record({ set: fc.array(time, { minLength: 100, maxLength: 300, size: 'max' }) }),
    },
    { weight: 6, arbitrary: fc.record({ cancel: fc.array(fc.nat(), { maxLength: 4 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({ cancel: fc.array(fc.nat(), { minLength: 50, maxLength: 300, size: 'max' }) }),
    },
    { weight: 8, arbitrary: fc.record({ fireUntil: time.filter((ms) => ms !== FOREVER) }) },
    { weight: 2, arbitrary: fc.constant({ fireUntil: Number.MAX_VALUE }) },
    { weight: 8, arbitrary: fc.constant({ peek: true } as const) },
    { weight: 1, arbitrary: fc.constant({ clear: true } as const) },
  ) as fc.Arbitrary<Step>,
  { maxLength: 60, size: 'max' },
);

/** A sorted list: what waits, by time, then by number. */
class Model {
  waiting: { readonly whenMs: number; readonly number: number }[] = [];

  set(whenMs: number, number: number): void {
    this.waiting.push({ whenMs, number });
    this.waiting.sort((a, b) => (a.whenMs === b.whenMs ? a.number - b.number : a.whenMs < b.whenMs ? -1 : 1));
  }

  cancel(number: number): void {
    this.waiting = this.waiting.filter((entry) => entry.number !== number);
  }

  fire(nowMs: number): number[] {
    const due = this.waiting.filter((entry) => entry.whenMs <= nowMs);
    this.waiting = this.waiting.filter((entry) => entry.whenMs > nowMs);
    return due.map((entry) => entry.number);
  }
}

function apply(step: Step, bench: Bench, model: Model): void {
  if ('set' in step) {
    for (const whenMs of step.set) {
      model.set(whenMs, bench.made.length);
      bench.set(whenMs);
    }
  } else if ('cancel' in step) {
    for (const pick of step.cancel) {
      const number = pick % Math.max(bench.made.length, 1);
      model.cancel(number);
      bench.made[number]?.cancel();
    }
  } else if ('fireUntil' in step) {
    expect(bench.fire(step.fireUntil)).toEqual(model.fire(step.fireUntil));
  } else if ('peek' in step) {
    expect(bench.timers.nextWhenMs()).toBe(model.waiting[0]?.whenMs ?? FOREVER);
  } else {
    bench.timers.clear();
    model.waiting = [];
  }
}

describe('Timers', () => {
  it('are those of a sorted list, in the same order, whatever is set, cancelled, cleared and fired', () => {
    holds(
      fc.property(steps, (sequence) => {
        const bench = new Bench();
        const model = new Model();
        for (const step of sequence) {
          apply(step, bench, model);
          expect(bench.timers.length).toBeGreaterThanOrEqual(model.waiting.length);
          const waitingCount = model.waiting.length;
          expect(bench.timers.length).toBeLessThanOrEqual(waitingCount + Math.max(waitingCount, 50));
        }
        expect(bench.fire(Number.MAX_VALUE)).toEqual(model.fire(Number.MAX_VALUE));
        expect(bench.timers.nextWhenMs()).toBe(FOREVER);
        for (const timer of bench.made) timer.cancel();
        expect(bench.timers.length).toBe(0);
      }),
      { runs: 150 },
    );
  });

  it.each([
    ['one after the other', (i: number) => i],
    ['backwards', (i: number) => -i],
    ['all at once', () => 7],
    ['a thousand times over', (i: number) => i % 1000],
    ['all over the place', (i: number) => (i * 7919) % 20_011],
    ['in clusters within clusters', (i: number) => 10 ** (i % 17) + i * 1e-9],
  ])(
    'thousands that are set %s come in order, also when the first is asked for again and again',
    (_name, whenMs) => {
      for (const askEvery of [FOREVER, 100, 1]) {
        const bench = new Bench();
        for (let i = 0; i < sized(5_000, 20_000); i++) {
          bench.set(whenMs(i));
          if ((i + 1) % askEvery === 0) bench.timers.nextWhenMs();
        }
        const expected = bench.made
          .map((timer, number) => ({ whenMs: timer.when(), number }))
          .sort((a, b) => a.whenMs - b.whenMs || a.number - b.number);
        expect(bench.fire(Number.MAX_VALUE).join()).toBe(expected.map(({ number }) => number).join());
      }
    },
  );

  it('that come before what is sorted already are found first, however many', () => {
    const bench = new Bench();
    for (let i = 0; i < 1000; i++) bench.set(1e6 + i);
    expect(bench.timers.nextWhenMs()).toBe(1e6);
    for (let i = 999; i >= 0; i--) {
      bench.set(i);
      expect(bench.timers.nextWhenMs()).toBe(i);
    }
    const early = Array.from({ length: 1000 }, (_, i) => 1999 - i);
    expect(bench.fire(1e6 - 1)).toEqual(early);
    expect(bench.fire(2e6)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  it('of which none is left leave no trace of how their time was divided', () => {
    const bench = new Bench();
    for (let i = 0; i < 2000; i++) bench.set((i * 37) % 2000);
    expect(bench.fire(0)).toEqual([0]);
    expect(bench.timers.nextWhenMs()).toBe(1);
    // The latest first, so that only buckets that come early still hold some when the last is dropped.
    for (const timer of bench.made.toSorted((a, b) => b.when() - a.when())) timer.cancel();
    expect(bench.timers.nextWhenMs()).toBe(FOREVER);
    bench.set(1600);
    bench.set(1500);
    expect(bench.timers.nextWhenMs()).toBe(1500);
    expect(bench.fire(2000)).toEqual([2001, 2000]);
  });

  it('that a due one sets, for a time that has passed, are not due with it', () => {
    const bench = new Bench();
    bench.set(5, () => bench.set(1));
    bench.set(6);
    expect(bench.fire(10)).toEqual([0, 1]);
    expect(bench.timers.nextWhenMs()).toBe(1);
    expect(bench.fire(10)).toEqual([2]);
  });

  it('that a due one cancels are not called, and count as gone', () => {
    const bench = new Bench();
    bench.set(5, () => {
      for (const timer of bench.made) timer.cancel();
    });
    for (let i = 0; i < 500; i++) bench.set(5);
    for (let i = 0; i < 500; i++) bench.set(50);
    expect(bench.fire(10)).toEqual([0]);
    expect(bench.timers.nextWhenMs()).toBe(FOREVER);
    expect(bench.timers.length).toBe(0);
  });

  it('hold at most about twice as many as are not cancelled', () => {
    const bench = new Bench();
    for (let i = 0; i < 10_000; i++) bench.set(i);
    bench.timers.nextWhenMs();
    for (const timer of bench.made.slice(0, 9000).reverse()) timer.cancel();
    expect(bench.timers.length).toBeLessThanOrEqual(2 * 1000 + 1);
    expect(bench.fire(10_000)).toEqual(Array.from({ length: 1000 }, (_, i) => 9000 + i));
  });

  it('cancelled twice, or after they were called or cleared, do not disturb who has their place now', () => {
    const bench = new Bench();
    for (let i = 0; i < 300; i++) bench.set(i);
    expect(bench.fire(99)).toHaveLength(100);
    for (let i = 0; i < 100; i++) bench.set(1000);
    for (let round = 0; round < 3; round++) for (const timer of bench.made.slice(0, 100)) timer.cancel();
    expect(bench.timers.length).toBe(300);
    for (let round = 0; round < 3; round++) bench.made[299]?.cancel();
    expect(bench.fire(999)).toEqual(Array.from({ length: 199 }, (_, i) => 100 + i));
    bench.timers.clear();
    for (let i = 0; i < 100; i++) bench.set(5);
    for (const timer of bench.made.slice(0, 400)) timer.cancel();
    expect(bench.fire(5)).toEqual(Array.from({ length: 100 }, (_, i) => 400 + i));
  });

  it('may be a million that are set and cancelled, and stay few', () => {
    const bench = new Bench();
    let largest = 0;
    for (let i = 0; i < 1_000_000; i++) {
      const timer = new TimerHandle(1000 + (i % 977), () => {}, [], bench);
      bench.timers.set(timer);
      if (i % 1000 !== 0) timer.cancel();
      largest = Math.max(largest, bench.timers.length);
    }
    expect(largest).toBeLessThanOrEqual(2 * 1000 + 102);
  });

  it('let go of a callback as soon as it is cancelled', async () => {
    const bench = new Bench();
    let collected = 0;
    const registry = new FinalizationRegistry<null>(() => collected++);
    bench.set(1e8);
    const timer = setWithPayload(bench, registry);
    timer.cancel();
    expect(bench.timers.length).toBe(2);
    const deadline = Date.now() + 10_000;
    while (collected === 0 && Date.now() < deadline) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(collected).toBe(1);
  });

  it('takes no old handle for the owner of a slot, also when its memory was given back', () => {
    const bench = new Bench();
    for (let i = 0; i < 10_000; i++) bench.set(1e9 + i);
    for (const timer of bench.made) timer.cancel();
    expect(bench.timers.nextWhenMs()).toBe(FOREVER); // drops the last of them, and the memory with it
    for (const timer of bench.made) timer.cancel();
    expect(bench.timers.length).toBe(0);
  });
});

function setWithPayload(bench: Bench, registry: FinalizationRegistry<null>): TimerHandle {
  const payload = { bytes: new Uint8Array(1000) };
  registry.register(payload, null);
  const timer = new TimerHandle(1e9, () => payload.bytes, [], bench);
  bench.timers.set(timer);
  return timer;
}

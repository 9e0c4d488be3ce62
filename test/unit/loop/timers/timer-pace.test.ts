/** When timers wait for each other, and above all when they do not. */
import { describe, expect, it } from 'vitest';
import { TimerPace } from '../../../../src/loop/timers/timer-pace.ts';

const AT_ONCE = Number.NEGATIVE_INFINITY;

describe('TimerPace', () => {
  it('lets few timers be exact, however close they follow each other', () => {
    const pace = new TimerPace();
    for (let nowMs = 0; nowMs < 10; nowMs += 0.05) {
      pace.note(15, nowMs);
      expect(pace.notBeforeMs).toBe(AT_ONCE);
    }
  });

  it('lets a burst, and bursts that are far apart, be exact', () => {
    const pace = new TimerPace();
    for (const nowMs of [1, 2, 3.5, 4]) {
      pace.note(1000, nowMs);
      expect(pace.notBeforeMs).toBe(AT_ONCE);
    }
  });

  it('spaces a stream from its second crowd on, for as long as it lasts', () => {
    const pace = new TimerPace();
    pace.note(16, 10);
    pace.note(16, 10.0625);
    expect(pace.notBeforeMs).toBe(10.3125);
    pace.note(100, 10.375);
    expect(pace.notBeforeMs).toBe(10.625);
    pace.note(0, 10.6875);
    expect(pace.notBeforeMs).toBe(AT_ONCE);
    pace.note(16, 10.75);
    expect(pace.notBeforeMs).toBe(AT_ONCE);
  });
});

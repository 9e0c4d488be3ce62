/** Random programs do what the reference says, and whatever they do, certain things hold. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holds } from '../../../support/property.ts';
import { execute } from './execute.ts';
import { type Scenario, scenarios } from './program.ts';
import { predict } from './reference.ts';
import { Ambiguous, type Log } from './task-state.ts';

test('programs of scopes, shields, groups and sleeps do what the reference says', () => {
  let compared = 0;
  const runs = holds(
    fc.property(scenarios, (scenario) => {
      const execution = execute(scenario);
      expect(execution.leftBehind).toEqual([]);
      expect(execution.passes).toBeLessThanOrEqual(passesAllowed(execution.log, scenario));
      const expected = predictable(scenario);
      if (expected === null) return;
      compared++;
      expect(readable(execution.log)).toEqual(readable(expected));
    }),
    { runs: 2000, limitMs: 12_000 },
  );
  // Most programs must be predictable, or this test says little.
  expect(compared).toBeGreaterThan(runs / 10);
});

function predictable(scenario: Scenario): Log | null {
  try {
    return predict(scenario);
  } catch (error) {
    if (error instanceof Ambiguous) return null;
    throw error;
  }
}

/** What a task does costs a few passes; nothing else may. */
function passesAllowed(log: Log, scenario: Scenario): number {
  const eventCount = [...log.values()].reduce((sum, events) => sum + events.length, 0);
  return 10 + 2 * (eventCount + scenario.cancels.length);
}

/** One line an event, by task; microseconds, since sums of floating point numbers depend on their order. */
function readable(log: Log): Record<number, string[]> {
  const lines: Record<number, string[]> = {};
  for (const [id, events] of log) {
    lines[id] = events.map(([what, each, detail, atMs]) => `${what} ${each} ${detail} at ${atMs.toFixed(3)}`);
  }
  return lines;
}

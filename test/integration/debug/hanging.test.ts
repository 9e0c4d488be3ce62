/** Programs that hang are told so, each with the exact verdict. */
import { describe, expect, it } from 'vitest';
import { hangingPrimitives } from './hanging-primitives.ts';
import { hangingTasks } from './hanging-tasks.ts';
import { deadlockOf, isGuestMode, linesOf } from './programs.ts';

const hangingPrograms = [...hangingPrimitives, ...hangingTasks];

// A guest only warns: what else goes on in the process is not known.
describe.skipIf(isGuestMode)('a program that hangs is told so', () => {
  it.each(hangingPrograms)('$name', ({ main, kind, verdict }) => {
    const error = deadlockOf(main);
    const lines = linesOf(error).map((line) => line.replace(/Task-\d+/g, 'Task-N'));
    expect([error.kind, ...lines]).toEqual([kind, ...verdict]);
  });

  it('there are 25 at least', () => {
    expect(hangingPrograms.length).toBeGreaterThanOrEqual(25);
  });
});

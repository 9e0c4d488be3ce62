/**
 * A process that `runProcess` asks to end may write more than its pipes hold. Nobody read meanwhile, so it
 * stood still, was killed when its grace was over, and its last words were lost.
 */
import { expect, test } from 'vitest';
import { partialOutput, runProcess, TimeoutError } from '../../src/index.ts';
import { childrenNow, runHere, untilKilled } from '../integration/subprocess/process-loop.ts';
import { failureOf } from '../support/failure-of.ts';

const LAST_WORDS = 'trap "head -c 400000 /dev/zero; head -c 400000 /dev/zero >&2; echo END; exit 0" TERM;';

test('by a process that is asked to end, on both of its streams', () => {
  runHere(function* () {
    const options = { timeoutMs: 300, graceMs: 30_000, capture: true };
    const expired = yield* failureOf(runProcess(untilKilled(LAST_WORDS), options));
    expect(expired).toBeInstanceOf(TimeoutError);
    const { stdout, stderr } = partialOutput(expired) ?? {};
    expect(stdout?.subarray(-4).toString()).toBe('END\n');
    expect([(stdout?.length ?? 0) >= 400_000, stderr?.length]).toEqual([true, 400_000]);
    expect(childrenNow()).toEqual([]);
  });
});

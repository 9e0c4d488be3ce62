/**
 * A borrower whose token others gave back before it had taken its next step was cancelled with a
 * RuntimeError: its clean-up gave the token back again.
 */
import { expect, test } from 'vitest';
import { CapacityLimiter, createTask, run, sleep } from '../../src/index.ts';
import { failureOf } from '../support/failure-of.ts';

test('a borrower is cancelled as such, though its token is back already', () => {
  run(function* () {
    const limiter = new CapacityLimiter(1);
    yield* limiter.acquireOnBehalfOf('a');
    const waiting = createTask(limiter.acquireOnBehalfOf('b'));
    yield* sleep(0);
    limiter.releaseOnBehalfOf('a');
    limiter.releaseOnBehalfOf('b');
    waiting.cancel();
    expect((yield* failureOf(waiting)).name).toBe('CancelledError');
    expect(limiter.statistics()).toMatchObject({ borrowedTokens: 0, tasksWaiting: 0 });
  });
});

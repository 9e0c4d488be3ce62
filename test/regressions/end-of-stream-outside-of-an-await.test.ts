/**
 * In the book's loop the end of a stream that is registered but not awaited resumes a finished coroutine,
 * which kills the loop.
 */
import { expect, it } from 'vitest';
import { type Coroutine, sleep } from '../../src/index.ts';
import { countingKernel, pair, realLoop } from '../integration/loop/real-loop.ts';

it('the loop goes on, does not spin, and the next receive tells the end', () => {
  const { kernel, changes } = countingKernel();
  const { loop } = realLoop({ kernel });
  const [near, far] = pair(undefined, kernel);
  let passes = 0;
  loop.run(function* (): Coroutine<void> {
    far.sendall(Buffer.from('last words'));
    yield* loop.sockRecv(near);
    far.close();
    const countPasses = (): void => {
      passes++;
      loop.callLater(10, countPasses);
    };
    countPasses();
    yield* sleep(55);
    expect(passes).toBeLessThan(8);
    // Armed by the await, disarmed by the end that nobody waited for.
    expect(changes.map(({ after }) => after)).toEqual([1, 0]);
    expect(yield* loop.sockRecv(near)).toHaveLength(0);
    expect(yield* loop.sockRecv(near)).toHaveLength(0);
  });
});

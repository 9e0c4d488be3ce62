/**
 * `cancel()` of what `addReader` returns left the descriptor watched until it was ready again: `sockRecv` was
 * refused meanwhile, as if somebody else were waiting.
 */
import { expect, it } from 'vitest';
import { getRunningLoop, run, sleep, waitFor } from '../../src/index.ts';
import { pair } from '../integration/loop/real-loop.ts';

it('whose watch is cancelled can be received from, and watched again', () => {
  const [ours, theirs] = pair();
  run(function* () {
    const loop = getRunningLoop();
    const calls: string[] = [];
    const first = loop.addReader(ours, () => calls.push('first'));
    first.cancel();
    expect(loop.removeReader(ours)).toBe(false);
    const received = loop.sockRecv(ours, 10);
    theirs.send(Buffer.from('x'));
    expect(String(yield* waitFor(received, 1000))).toBe('x');
    const second = loop.addReader(ours, () => calls.push('second'));
    const third = loop.addReader(ours, () => {
      calls.push('third');
      third.cancel();
    });
    second.cancel();
    theirs.send(Buffer.from('y'));
    while (calls.length === 0) yield* sleep(1);
    expect(calls).toEqual(['third']);
    loop.addWriter(ours.fileno(), () => {}).cancel();
    expect(loop.removeWriter(ours.fileno())).toBe(false);
  });
});

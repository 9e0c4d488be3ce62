/**
 * A SignalReceiver that was closed took the signal away from others: from another receiver, which waited in
 * vain while SIGTERM ended the process, and from a handler that had been put in its place.
 */
import { isMainThread } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { getRunningLoop, openSignalReceiver, sleep, waitFor } from '../../src/index.ts';
import { realLoop } from '../integration/loop/real-loop.ts';

const send = (): void => {
  process.kill(process.pid, 'SIGUSR2');
};

test.runIf(isMainThread)('another receiver gets it, whichever was opened first', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    for (const isFirstClosed of [true, false]) {
      const [first, second, third] = [1, 2, 3].map(() => openSignalReceiver('SIGUSR2'));
      second?.close();
      const [closed, open] = isFirstClosed ? [first, third] : [third, first];
      closed?.close();
      const next = open?.next();
      send();
      if (next !== undefined) expect(yield* waitFor(next, 3000)).toBe('SIGUSR2');
      open?.close();
    }
    expect(loop.removeSignalHandler('SIGUSR2')).toBe(false);
  });
});

test.runIf(isMainThread)('a handler that was put in its place goes on', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    const receiver = openSignalReceiver('SIGUSR2');
    let heard = 0;
    getRunningLoop().addSignalHandler('SIGUSR2', () => heard++);
    receiver.close();
    send();
    yield* sleep(20);
    expect(heard).toBe(1);
    expect(loop.removeSignalHandler('SIGUSR2')).toBe(true);
  });
});

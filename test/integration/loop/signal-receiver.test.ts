/** Signals as something to iterate over. */
import { isMainThread } from 'node:worker_threads';
import {
  type Coroutine,
  createTask,
  getRunningLoop,
  openSignalReceiver,
  RuntimeError,
  run,
  sleep,
  timeout,
} from 'selectloop';
import { expect, test } from 'vitest';

function runLimited<T>(body: () => Coroutine<T>): T {
  return run(() => timeout(5000, body));
}

const send = (signal: NodeJS.Signals): void => {
  process.kill(process.pid, signal);
};

test.runIf(isMainThread)('signals come in their order, whether somebody waits or not', () => {
  const taken = runLimited(function* () {
    using signals = openSignalReceiver('SIGUSR2', 'SIGHUP');
    const found: unknown[] = [];
    getRunningLoop().callLater(5, () => send('SIGUSR2'));
    for (const next of signals) {
      found.push(yield* next);
      if (found.length === 1) {
        send('SIGHUP');
        send('SIGUSR2');
        send('SIGUSR2');
        yield* sleep(20);
      }
      if (found.length === 3) break;
    }
    return found;
  });
  expect(taken).toEqual(['SIGUSR2', 'SIGHUP', 'SIGUSR2']);
});

test.runIf(isMainThread)('a listener that was there hears of each signal once, taken or not', async () => {
  const received: string[] = [];
  const listener = (): void => void received.push('SIGUSR2');
  process.on('SIGUSR2', listener);
  try {
    runLimited(function* () {
      const signals = openSignalReceiver('SIGUSR2');
      const waiting = signals.next();
      send('SIGUSR2');
      yield* waiting;
      send('SIGUSR2');
      yield* sleep(20);
      signals.close();
      signals.close();
      expect(() => signals.next()).toThrow(RuntimeError);
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    process.off('SIGUSR2', listener);
  }
  // Each once, when it came: a listener that was there is called after the receiver, and nothing is sent
  // twice.
  expect(received).toEqual(['SIGUSR2', 'SIGUSR2']);
});

test.runIf(isMainThread)('a waiter that is cancelled loses no signal', () => {
  const found = runLimited(function* () {
    using signals = openSignalReceiver('SIGUSR2');
    const first = createTask(
      (function* (): Coroutine<unknown> {
        return yield* signals.next();
      })(),
    );
    yield* sleep(5);
    first.cancel();
    yield* sleep(5);
    send('SIGUSR2');
    return yield* signals.next();
  });
  expect(found).toBe('SIGUSR2');
});

test.runIf(isMainThread)('wrong use is refused, and nothing stays taken', () => {
  expect(() => openSignalReceiver('SIGTERM')).toThrow(/no event loop is running/);
  runLimited(function* () {
    expect(() => openSignalReceiver()).toThrow(TypeError);
    expect(() => openSignalReceiver('SIGUSR2', 'SIGKILL')).toThrow(/cannot be caught/);
    using signals = openSignalReceiver('SIGUSR2');
    expect(String(signals.next())).toContain('pending');
    yield* sleep(0);
  });
});

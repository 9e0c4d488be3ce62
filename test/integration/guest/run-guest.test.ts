/** runGuest: a coroutine to its end inside Node's own loop. */

import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  type Coroutine,
  createTask,
  EventLoop,
  fromPromise,
  getRunningLoop,
  openConnection,
  runGuest,
  type Server,
  sleep,
  startServer,
} from '../../../src/index.ts';

function portOf(server: Server): number {
  return (server.sockets[0]?.getsockname() as [string, number] | undefined)?.[1] ?? 0;
}

describe('runGuest', () => {
  it('resolves with what main returns, while Node goes on', async () => {
    const seen: string[] = [];
    const timer = setInterval(() => seen.push('node'), 5);
    const value = await runGuest(function* () {
      for (let i = 0; i < 5; i++) {
        yield* sleep(10);
        seen.push('ours');
      }
      return 42;
    });
    clearInterval(timer);
    expect(value).toBe(42);
    expect(seen.filter((one) => one === 'node').length).toBeGreaterThanOrEqual(4);
    expect(seen.filter((one) => one === 'ours')).toHaveLength(5);
  });

  // libuv counts in whole milliseconds, from a time it cuts off: the timer behind a turn may come early.
  it('wakes no timer too early, by two clocks, whatever else wakes Node', async () => {
    const timer = setInterval(() => {}, 1);
    const earlyMs = await runGuest(function* () {
      const loop = getRunningLoop();
      let worstMs = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < 120; i++) {
        const delayMs = [0.3, 1, 2.5, 3.999][i % 4] as number;
        const [startMs, startNs] = [loop.time(), process.hrtime.bigint()];
        yield* sleep(delayMs);
        const byClock = Number(process.hrtime.bigint() - startNs) / 1e6;
        worstMs = Math.max(worstMs, delayMs - (loop.time() - startMs), delayMs - byClock);
      }
      return worstMs;
    });
    clearInterval(timer);
    // What a double cuts off.
    expect(earlyMs).toBeLessThan(1e-3);
  });

  it('rejects with what main throws, after its other tasks had their finally blocks', async () => {
    const seen: string[] = [];
    const ended = runGuest(function* (): Coroutine<void> {
      createTask(
        (function* (): Coroutine<void> {
          try {
            yield* sleep(60_000);
          } finally {
            yield* sleep(5);
            seen.push('cleaned up');
          }
        })(),
      );
      yield* sleep(1);
      throw new RangeError('from main');
    });
    await expect(ended).rejects.toThrow(new RangeError('from main'));
    expect(seen).toEqual(['cleaned up']);
  });

  it('takes an async function, a coroutine, and loop options', async () => {
    expect(await runGuest(async () => (await readFile(import.meta.filename, 'utf8')).length)).toBeGreaterThan(
      9,
    );
    expect(await runGuest(sleep(1, 'slept'))).toBe('slept');
    const loop = new EventLoop();
    expect(
      await runGuest(
        function* () {
          return getRunningLoop() === loop;
        },
        { loopFactory: () => loop },
      ),
    ).toBe(true);
    expect(loop.isClosed()).toBe(true);
  });

  it('serves and connects as a blocking run does', async () => {
    const line = await runGuest(function* () {
      const server = yield* startServer(
        function* (reader, writer) {
          writer.write(yield* reader.readLine());
          yield* writer.drain();
          writer.close();
        },
        { host: '127.0.0.1', port: 0 },
      );
      const port = portOf(server);
      const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port });
      writer.write(Buffer.from('over there\n'));
      const answer = yield* reader.readLine();
      writer.close();
      server.close();
      return String(answer);
    });
    expect(line).toBe('over there\n');
  });

  it('runs beside others, each on its own loop', async () => {
    const values = await Promise.all(
      [1, 2, 3].map((n) =>
        runGuest(function* () {
          yield* sleep(n);
          return (yield* fromPromise(pause(1, n))) + (yield* createTask(sleep(1, 10)));
        }),
      ),
    );
    expect(values).toEqual([11, 12, 13]);
  });

  it('cancels main when its signal aborts, and rejects with the reason', async () => {
    const controller = new AbortController();
    let cleanedUp = false;
    const ended = runGuest(
      function* () {
        setTimeout(() => controller.abort(new RangeError('enough')), 5);
        try {
          yield* sleep(60_000);
        } finally {
          cleanedUp = true;
        }
      },
      { signal: controller.signal },
    );
    await expect(ended).rejects.toThrow(new RangeError('enough'));
    expect(cleanedUp).toBe(true);
    let called = false;
    const late = runGuest(
      function* () {
        called = true;
      },
      { signal: controller.signal },
    );
    await expect(late).rejects.toThrow(new RangeError('enough'));
    expect(called).toBe(false);
  });

  it('cancels main when its signal has aborted while main was made', async () => {
    const controller = new AbortController();
    const making = (): Coroutine<void> => {
      controller.abort(new RangeError('at once'));
      return (function* () {
        yield* sleep(60_000);
      })();
    };
    await expect(runGuest(making, { signal: controller.signal })).rejects.toThrow(new RangeError('at once'));
  });

  it.runIf(isMainThread)('leaves the process its handlers of SIGINT by default', async () => {
    const interrupted = new Promise<void>((resolve) => process.once('SIGINT', () => resolve()));
    await runGuest(function* () {
      process.kill(process.pid, 'SIGINT');
      yield* fromPromise(interrupted);
    });
  });

  it.runIf(isMainThread)('gives main Ctrl-C when asked to, as in run()', async () => {
    let cleanedUp = false;
    const ended = runGuest(
      function* () {
        try {
          process.kill(process.pid, 'SIGINT');
          yield* sleep(60_000);
        } finally {
          cleanedUp = true;
        }
      },
      { interrupts: true },
    );
    await expect(ended).rejects.toThrow(/Ctrl-C/);
    expect(cleanedUp).toBe(true);
  });
});

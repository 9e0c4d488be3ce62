/**
 * Thousands of processes, one after the other and side by side: nothing grows. `SELECTLOOP_TEST_SIZE=full`
 * for 20,000.
 */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createSubprocessExec, type EventLoop, gather, EventLoop as Loop, PIPE } from '../../../src/index.ts';
import { onTeardown } from '../../support/releases.ts';
import { sized } from '../../support/size.ts';
import { childrenNow, descriptorCount } from './process-loop.ts';

const TOTAL = sized(200, 20_000);
const AT_ONCE = 20;

function threadCount(): number {
  return Number(/Threads:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}

/** Starts `AT_ONCE` processes with pipes, reads them and waits for them. */
function round(loop: EventLoop): void {
  loop.run(function* () {
    yield* gather(
      Array.from({ length: AT_ONCE }, (_, number) =>
        (function* () {
          const child = yield* createSubprocessExec('echo', [`${number}`], { stdin: PIPE, stdout: PIPE });
          const [output] = yield* child.communicate();
          expect(String(output)).toBe(`${number}\n`);
        })(),
      ),
    );
  });
}

test.runIf(process.platform === 'linux').each(['pidfd', 'thread'])(
  'flat memory, threads and descriptors (%s)',
  { timeout: sized(120_000, 1_800_000) },
  (how) => {
    if (how === 'thread') process.env.SELECTLOOP_CHILD_WATCH = 'thread';
    const loop = new Loop();
    onTeardown(() => {
      delete process.env.SELECTLOOP_CHILD_WATCH;
      loop.close();
    });
    const rounds = TOTAL / AT_ONCE;
    let before = { rss: 0, descriptors: 0 };
    for (let i = 0; i < rounds; i++) {
      round(loop);
      // The first quarter is warming up: code is compiled, pools are filled.
      if (i === Math.floor(rounds / 4))
        before = { rss: process.memoryUsage().rss, descriptors: descriptorCount() };
    }
    if (TOTAL > 200) {
      const now = { rss: process.memoryUsage().rss, descriptors: descriptorCount(), threads: threadCount() };
      console.log(`${TOTAL} processes (${how}):`, JSON.stringify({ quarter: before, end: now }));
    }
    expect(descriptorCount()).toBe(before.descriptors);
    expect(process.memoryUsage().rss - before.rss).toBeLessThan(30e6);
    // Node's own and vitest's; a thread for each child would be hundreds.
    expect(threadCount()).toBeLessThan(40);
    expect(childrenNow()).toEqual([]);
  },
);

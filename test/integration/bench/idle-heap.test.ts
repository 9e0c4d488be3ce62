/**
 * The heap of an idle connection, measured on real servers: a sanity of the figure, and the requirement
 * itself.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sized } from '../../support/size.ts';

const program = fileURLToPath(new URL('../../../bench/idle-heap.mjs', import.meta.url));

/** For 2,000 connections the requirement; of fewer, each has a larger share of what is made once. */
const HEAP_MAX_BYTES = sized(3_072, 2_048);

function idleHeap(...args: string[]) {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', timeout: 100_000 });
}

test.runIf(process.platform === 'linux')(
  'a connection with its task takes at most 2 KiB of the heap, and a buffer shows outside of it',
  () => {
    const { status, stdout, stderr } = idleHeap(
      '--connections',
      sized('500', '2000'),
      'sockets',
      'into',
      'streams',
      'protocol',
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const figures = [...stdout.matchAll(/^(\w+): (\d+) bytes of heap a connection, (-?\d+) outside/gm)].map(
      ([, api, heap, outside]) => ({ api, heap: Number(heap), outside: Number(outside) }),
    );
    expect(figures.map(({ api }) => api)).toEqual(['sockets', 'into', 'streams', 'protocol']);
    for (const { api, heap } of figures) {
      // A socket and what the loop knows of it are a few hundred bytes alone: less would mean that nothing
      // was measured.
      expect(heap, api).toBeGreaterThan(400);
      expect(heap, api).toBeLessThanOrEqual(HEAP_MAX_BYTES);
    }
    expect(figures[1]?.outside).toBeGreaterThanOrEqual(100 * 1024);
  },
  120_000,
);

test.runIf(process.platform === 'linux')(
  'the breakdown names the constructors',
  () => {
    const { status, stdout, stderr } = idleHeap(
      '--connections',
      sized('200', '500'),
      '--breakdown',
      'sockets',
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ +\d+ bytes in +1\.\d\d × Task$/m);
    expect(stdout).toMatch(/^ +\d+ bytes in +1\.\d\d × Socket$/m);
  },
  120_000,
);

test('an API that is none is told with those that are', () => {
  const { status, stderr } = idleHeap('no-such');
  expect(status).toBe(2);
  expect(stderr).toContain('there is no API no-such');
  expect(stderr).toContain('sockets|into|sockets-lent|streams|streams-lent|protocol|buffered|guest|node');
}, 30_000);

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
/** The line of an API. */
const FIGURES = /^(\w+): (\d+) bytes of heap a connection, (-?\d+) outside/gm;

function run(...args: string[]) {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', timeout: 100_000 });
}

/**
 * Measures the APIs that are named, with so many connections.
 * @returns what it printed, and API → bytes outside of the heap
 */
function idleHeap(
  connections: string,
  ...args: string[]
): { stdout: string; outsideBytes: Map<string, number> } {
  const { status, stdout, stderr } = run('--connections', connections, ...args);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const outsideBytes = new Map<string, number>();
  for (const [, api = '', heap, outside] of stdout.matchAll(FIGURES)) {
    outsideBytes.set(api, Number(outside));
    // A socket and what the loop knows of it are a few hundred bytes alone: less would mean that nothing was
    // measured.
    expect(Number(heap), api).toBeGreaterThan(400);
    expect(Number(heap), api).toBeLessThanOrEqual(HEAP_MAX_BYTES);
  }
  return { stdout, outsideBytes };
}

test.runIf(process.platform === 'linux')(
  'a connection with its task takes at most 2 KiB of the heap, and a buffer shows outside of it',
  () => {
    const { outsideBytes } = idleHeap(sized('500', '2000'), 'into', 'streams', 'protocol');
    expect([...outsideBytes.keys()]).toEqual(['into', 'streams', 'protocol']);
    expect(outsideBytes.get('into')).toBeGreaterThanOrEqual(100 * 1024);
  },
  120_000,
);

test.runIf(process.platform === 'linux')(
  'one of sockets does too, and the breakdown names the constructors',
  () => {
    const { stdout, outsideBytes } = idleHeap(sized('200', '2000'), '--breakdown', 'sockets');
    expect([...outsideBytes.keys()]).toEqual(['sockets']);
    expect(stdout).toMatch(/^ +\d+ bytes in +1\.\d\d × Task$/m);
    expect(stdout).toMatch(/^ +\d+ bytes in +1\.\d\d × Socket$/m);
  },
  120_000,
);

test('an API that is none is told with those that are', () => {
  const { status, stderr } = run('no-such');
  expect(status).toBe(2);
  expect(stderr).toContain('there is no API no-such');
  expect(stderr).toContain('sockets|into|sockets-lent|streams|streams-lent|protocol|buffered|guest|node');
}, 30_000);

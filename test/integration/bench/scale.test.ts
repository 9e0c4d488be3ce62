/** What waits, on the heap: a sanity of the figures. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('../../../bench/scale.mjs', import.meta.url));

function scale(...args: string[]) {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', timeout: 50_000 });
}

test('a task that waits takes less than a kilobyte of the heap, a generator a part of that', () => {
  const { status, stdout, stderr } = scale('--count', '2000', 'memory');
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const bytesOf = (what: string) => Number(new RegExp(`^ +(\\d+) +${what}$`, 'm').exec(stdout)?.[1]);
  const task = bytesOf('a task that awaits a future of its own');
  expect(task).toBeGreaterThan(200);
  expect(task).toBeLessThan(1024);
  const generator = bytesOf('a suspended generator, without a task');
  expect(generator).toBeGreaterThan(50);
  expect(generator).toBeLessThan(task);
}, 60_000);

test('a part that is none is told with those that are', () => {
  const { status, stderr } = scale('no-such');
  expect(status).toBe(2);
  expect(stderr).toBe(
    'there is no part no-such\n\nusage: scale.mjs [--count N] [memory|tasks|timers|descriptors …]\n',
  );
}, 30_000);

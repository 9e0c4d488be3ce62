/** `npm run bench` from one end to the other, as short as it can be: real servers, the real load generator. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { onTeardown } from '../../support/teardown.ts';

const bench = fileURLToPath(new URL('../../../bench/run.mjs', import.meta.url));

function runBench(...args: string[]) {
  return spawnSync(process.execPath, [bench, ...args], { encoding: 'utf8', timeout: 100_000 });
}

test.runIf(process.platform === 'linux')(
  'an echo is measured beside the limit: table, results, chart',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'selectloop-bench-'));
    onTeardown(() => rmSync(folder, { recursive: true, force: true }));
    const out = join(folder, 'results.json');
    const short = ['--rounds', '1', '--seconds', '0.05', '--warmup', '0.05', '--out', out];
    const { status, stdout, stderr } = runBench(...short, 'echo', '=1KiB', '=50c', 'selectloop sockets');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/TCP echo, 1 KiB: 50 connections\n.*\n +limit +1\.00/);
    const { trials } = JSON.parse(readFileSync(out, 'utf8')) as {
      trials: { rows: { contender: string; costNs: { median: number }; messagesPerSecond: number }[] }[];
    };
    expect(trials[0]?.rows.map(({ contender }) => contender).toSorted()).toEqual([
      'limit',
      'selectloop sockets',
    ]);
    for (const { costNs, messagesPerSecond } of trials[0]?.rows ?? []) {
      expect(costNs.median).toBeGreaterThan(100);
      expect(messagesPerSecond).toBeGreaterThan(0);
    }
    expect(readFileSync(join(folder, 'results.svg'), 'utf8')).toContain('selectloop sockets');
  },
  120_000,
);

test('words that name nothing end it with what there is', () => {
  const { status, stderr } = runBench('no-such-trial');
  expect(status).toBe(2);
  expect(stderr).toContain('echo 1KiB 50c');
}, 30_000);

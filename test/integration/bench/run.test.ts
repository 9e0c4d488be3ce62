/**
 * `npm run bench` from one end to the other, as short as it can be: real servers, the real load generator.
 */
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

interface Trial {
  rows: {
    contender: string;
    costNs: { median: number };
    messagesPerSecond: number;
    p99Us: number;
    largestShare?: number;
  }[];
  failures: Record<string, string>;
}

interface Results {
  trials: Trial[];
  missing: Record<string, string>;
}

/** One round of what `words` name, as short as it can be. */
function measure(...words: string[]): { stdout: string; folder: string; results: Results } {
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-bench-'));
  onTeardown(() => rmSync(folder, { recursive: true, force: true }));
  const out = join(folder, 'results.json');
  const times = '--rounds 1 --seconds 0.05 --warmup 0.05 --steady 0.2'.split(' ');
  const { status, stdout, stderr } = runBench(...times, '--out', out, ...words);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return { stdout, folder, results: JSON.parse(readFileSync(out, 'utf8')) as Results };
}

test.runIf(process.platform === 'linux')(
  'an echo is measured beside the limit: table, results, chart',
  () => {
    const { stdout, folder, results } = measure('echo', '=1KiB', '=50c', 'selectloop', '=sockets');
    expect(stdout).toMatch(/TCP echo, 1 KiB: 50 connections\n.*\n +limit +1\.00/);
    const rows = results.trials[0]?.rows ?? [];
    expect(rows.map(({ contender }) => contender).toSorted()).toEqual(['limit', 'selectloop sockets']);
    for (const { costNs, messagesPerSecond } of rows) {
      expect(costNs.median).toBeGreaterThan(100);
      expect(messagesPerSecond).toBeGreaterThan(0);
    }
    expect(readFileSync(join(folder, 'results.svg'), 'utf8')).toContain('selectloop sockets');
  },
  120_000,
);

test.runIf(process.platform === 'linux')(
  'TLS is measured where OpenSSL is, and left out with a notice elsewhere',
  () => {
    const { stdout, results } = measure('tls handshakes', 'selectloop protocol');
    const { trials, missing } = results;
    if ('load-tls' in missing) {
      expect(stdout).toContain('left out: tls handshakes 50c needs load-tls');
      expect(trials).toEqual([]);
      return;
    }
    expect(trials.map(({ failures }) => failures)).toEqual([{}]);
    const baseline = 'limit-tls' in missing ? 'node tls' : 'limit tls';
    expect(trials[0]?.rows.map(({ contender }) => contender).toSorted()).toEqual([
      baseline,
      'selectloop protocol',
    ]);
  },
  120_000,
);

test.runIf(process.platform === 'linux')(
  'calls on threads and servers on threads are measured',
  () => {
    const { stdout, results } = measure('thread-call,threads', 'selectloop');
    expect(stdout).toMatch(/limit: Atomics.wait and notify\n.*time each/);
    const { trials } = results;
    expect(trials.map(({ failures }) => failures)).toEqual([{}, {}]);
    const rows = trials.flatMap((trial) => trial.rows);
    expect(rows.map(({ contender }) => contender).toSorted()).toEqual([
      'node workers',
      'selectloop on one thread',
      'selectloop on two threads',
      'selectloop workers',
    ]);
    for (const { p99Us } of rows) expect(p99Us).toBeGreaterThan(1);
    const two = rows.find(({ contender }) => contender.endsWith('two threads'));
    expect(two?.largestShare).toBeGreaterThanOrEqual(0.5);
    expect(two?.largestShare).toBeLessThan(1);
  },
  120_000,
);

test('words that name nothing end it with what there is', () => {
  const { status, stderr } = runBench('no-such-trial');
  expect(status).toBe(2);
  expect(stderr).toContain('echo 1KiB 50c');
}, 30_000);

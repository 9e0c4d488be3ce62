/** The lock between setups: real processes, because that is what it is for. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { onTeardown } from '../../support/teardown.ts';

const lockModule = new URL('../../../scripts/lock.mjs', import.meta.url).href;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'selectloop-lock-'));
  onTeardown(() => rmSync(folder, { recursive: true, force: true }));
});

/**
 * Starts a process that takes the lock, writes down when it came in and went out, and stays for `holdMs`
 * between.
 */
function startHolder(name: string, holdMs: number, ending = 'return'): Promise<unknown[]> {
  const script = `
    import { appendFileSync } from 'node:fs';
    import { setTimeout as delay } from 'node:timers/promises';
    const { withLock } = await import(${JSON.stringify(lockModule)});
    const log = (word) => appendFileSync(${JSON.stringify(join(folder, 'log'))}, word + ' ${name}\\n');
    await withLock(${JSON.stringify(join(folder, 'lock'))}, async () => {
      log('in');
      await delay(${holdMs});
      log('out');
      ${ending};
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  onTeardown(() => void child.kill('SIGKILL'));
  return once(child, 'exit');
}

function logLines(): string[] {
  return readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');
}

function expectNobodyMet(count: number): void {
  const lines = logLines();
  expect(lines).toHaveLength(count * 2);
  for (let i = 0; i < lines.length; i += 2) {
    expect(lines[i + 1]).toBe(lines[i]?.replace('in', 'out'));
  }
  expect(readdirSync(join(folder, 'lock'))).toEqual([]);
}

/** Leaves a lock behind, as a process does that was killed. */
function leaveLock(owner: { pid: number; host: string }, ageMs: number): void {
  mkdirSync(join(folder, 'lock'));
  const path = join(folder, 'lock', 'owner');
  writeFileSync(path, JSON.stringify({ ...owner, nonce: 'left behind' }));
  const then = new Date(Date.now() - ageMs);
  utimesSync(path, then, then);
}

/** The id of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

describe('withLock', () => {
  test('lets one process in at a time', async () => {
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => startHolder(name, 30)));
    expectNobodyMet(4);
  });

  test('is released when the body throws', async () => {
    await startHolder('a', 0, "throw new Error('no')");
    await startHolder('b', 0);
    expectNobodyMet(2);
  });

  test('is released when the process exits in the middle', async () => {
    await startHolder('a', 0, 'process.exit(1)');
    expectNobodyMet(1);
  });

  test('a lock of a dead process of this machine is broken at once, by one of many', async () => {
    leaveLock({ pid: deadPid(), host: hostname() }, 0);
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => startHolder(name, 30)));
    expectNobodyMet(4);
  });

  test('a lock of another machine is broken when it has been silent', async () => {
    leaveLock({ pid: 1, host: 'some-other-machine' }, 60_000);
    await startHolder('a', 0);
    expectNobodyMet(1);
  });

  test('a lock of another machine that is fresh is respected', async () => {
    leaveLock({ pid: 1, host: 'some-other-machine' }, 0);
    const waiting = startHolder('a', 0);
    await delay(500);
    expect(existsSync(join(folder, 'log'))).toBe(false);
    rmSync(join(folder, 'lock', 'owner'));
    await waiting;
    expectNobodyMet(1);
  });
});

/**
 * The example that hashes passwords on threads, by the functions of
 * examples/processes/hash-passwords-work.ts: the hashes are right, and the loop goes on beside them.
 */
import { scryptSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { startProgram } from '../../support/run-program.ts';

const passwords = ['correct horse', 'battery', 'staple', ''];

/** The program's lines of hashes, checked, and the heartbeats that it counted. */
async function heartbeatsOf(env: { COST: string; ON_LOOP: string }): Promise<number> {
  const program = startProgram('examples/processes/hash-passwords.ts', {
    args: passwords,
    env,
  });
  expect(await program.waitForExit(60_000), program.stderr).toBe(0);
  const lines = [...program.lines];
  const summary = lines.pop() ?? '';
  expect(lines).toHaveLength(passwords.length);
  for (const [i, line] of lines.entries()) {
    const [scheme, cost, salt, key] = line.split('$') as [string, string, string, string];
    expect([scheme, cost]).toEqual(['scrypt', env.COST]);
    const expected = scryptSync(passwords[i] as string, Buffer.from(salt, 'hex'), 32, {
      N: Number(cost),
      maxmem: 2 ** 28,
    });
    expect(key).toBe(expected.toString('hex'));
  }
  const [, count] = /^4 passwords in \d+ ms, (\d+) heartbeats meanwhile$/.exec(summary) ?? [];
  return Number(count);
}

test('on threads: each password its hash, in order, and the heart beats meanwhile', async () => {
  expect(await heartbeatsOf({ COST: '16384', ON_LOOP: '' })).toBeGreaterThan(3);
});

test('on the loop: the same hashes, and not one heartbeat', async () => {
  expect(await heartbeatsOf({ COST: '16384', ON_LOOP: '1' })).toBe(0);
});

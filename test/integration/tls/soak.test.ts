/** Nothing is left behind by connections: not of those that fail either. */
import { expect, test } from 'vitest';
import { startProgram } from '../../support/run-program.ts';
import { sized } from '../../support/size.ts';

/** How often a hundred connections are made. */
const ROUNDS = sized(6, 10);
/**
 * What may be added between the third round and the last, a few hundred connections later; 1.5 MiB were seen.
 * The two ends of a connection have more than 60 KiB, so that a leak of every fifth shows in 700, one of
 * every third in 300.
 */
const GROWTH_MAX_KIB = sized(6, 8) * 1024;

test('hundreds of handshakes leave no memory behind', { timeout: 120_000 }, async () => {
  const program = startProgram('test/integration/tls/programs/handshakes.ts', {
    args: [String(ROUNDS)],
    env: { NODE_OPTIONS: '--expose-gc' },
  });
  await program.waitForLine(/^done$/, 100_000);
  const rounds = program.lines.filter((line) => line.endsWith('KiB'));
  expect(rounds).toHaveLength(ROUNDS);
  expect(rounds.every((line) => line.startsWith('10 refused'))).toBe(true);
  const sizes = rounds.map((line) => Number(line.split(' ').at(-2)));
  expect((sizes.at(-1) as number) - (sizes[2] as number), sizes.join(' ')).toBeLessThan(GROWTH_MAX_KIB);
});

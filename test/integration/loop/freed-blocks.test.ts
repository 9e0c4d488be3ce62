/** What the collector frees of received bytes is used again, without asking the system for it. */
import { describe, expect, it } from 'vitest';
import { startProgram } from '../../support/run-program.ts';

const PAGES_A_ROUND = (24 * 1024) / 4;
const usesGlibc =
  process.platform === 'linux' &&
  'glibcVersionRuntime' in (process.report.getReport() as { header: object }).header;

/** Page faults of the later rounds, when the collector has freed what came before. */
async function faultsPerRound(env: Record<string, string>): Promise<number> {
  const program = startProgram('test/integration/loop/programs/freed-blocks.ts', { env });
  expect(await program.waitForExit()).toBe(0);
  const faults = (JSON.parse(program.stdout) as number[]).slice(4);
  return faults.reduce((sum, count) => sum + count, 0) / faults.length;
}

describe.runIf(usesGlibc)('blocks of received bytes that were freed', () => {
  it('are not paged in again', async () => {
    expect(await faultsPerRound({})).toBeLessThan(PAGES_A_ROUND / 8);
  });

  it('are, where the environment says so', async () => {
    const env = { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };
    expect(await faultsPerRound(env)).toBeGreaterThan(PAGES_A_ROUND / 2);
  });
});

/**
 * A resolver that hangs: it holds up neither the loop nor other names, neither the end of a worker nor that
 * of the process.
 */
import { describe, expect, test } from 'vitest';
import { canBeSlow, slowProgram } from './slow-resolver.ts';

describe.runIf(canBeSlow)('while the resolver hangs', () => {
  test('the loop runs, and names are resolved side by side', async () => {
    const program = slowProgram('blocked-loop');
    expect(await program.waitForExit(30_000), program.stderr).toBe(0);
    expect(program.lines).toEqual(['true true']);
  });

  test('lookups that were given up do not keep others waiting', async () => {
    const program = slowProgram('abandoned');
    expect(await program.waitForExit(30_000), program.stderr).toBe(0);
    expect(program.lines).toEqual(['answered true', 'closed']);
  });

  test('loops are closed, workers terminated and the process ends', async () => {
    const startMs = performance.now();
    const program = slowProgram('stuck-at-exit');
    expect(await program.waitForExit(30_000), program.stderr).toBe(0);
    expect(program.lines).toEqual(['ClosedResourceError: the event loop was closed', 'terminated']);
    expect(performance.now() - startMs).toBeLessThan(30_000);
  });
});

/**
 * A guest cannot know what else goes on in its process, so it is warned of deadlocks, and only on request.
 */
import { describe, expect, it } from 'vitest';
import { type Coroutine, Event, fromPromise, runGuest } from '../../../src/index.ts';

describe('a guest', () => {
  /** Warnings that `main` causes, run as a guest for 50 ms. */
  async function warningsOf(main: () => Coroutine<unknown>, warnOnDeadlock = true): Promise<string[]> {
    const warnings: string[] = [];
    const listen = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`);
    process.on('warning', listen);
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), 50);
    await runGuest(main, { warnOnDeadlock, signal: controller.signal }).catch(() => {});
    clearTimeout(timer);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);
    return warnings.filter((warning) => warning.startsWith('DeadlockWarning'));
  }

  it('warns on request, once, and goes on', async () => {
    const warnings = await warningsOf(function* stuck() {
      yield* new Event().wait();
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('waits for wait() of <Event [unset, waiters:1]>\n    at stuck (');
  });

  it('does not warn unasked, nor while a Promise is awaited', async () => {
    expect(await warningsOf(() => new Event().wait(), false)).toEqual([]);
    const later = new Promise((resolve) => setTimeout(resolve, 10));
    expect(await warningsOf(() => fromPromise(later) as Coroutine<unknown>)).toEqual([]);
  });
});

/**
 * Teardown is a test. Runs in every test file (vitest's `setupFiles`): what a test opened is released in reverse order
 * after it, whether it passed or not, and then every leak probe is asked whether anything stayed behind.
 */
import { afterEach, beforeEach } from 'vitest';
import { failOnFdLeaks } from './fd-leaks.ts';

/** Called before a test; what it returns is called after, and names what is left over, one phrase each. */
export type LeakProbe = () => () => readonly string[];

type Release = () => void | Promise<void>;

const releases: Release[] = [];
const probes = new Set<LeakProbe>([leftOverListeners]);
let checks: (() => readonly string[])[] = [];

/** Runs `release` after the current test, before what was registered earlier. An error in it fails the test. */
export function onTeardown(release: Release): void {
  releases.push(release);
}

/** Adds a probe for every test of this file; call it at the top of the file or of a support module. */
export function addLeakProbe(probe: LeakProbe): void {
  probes.add(probe);
}

failOnFdLeaks();

beforeEach(() => {
  checks = [...probes].map((probe) => probe());
});

afterEach(async () => {
  const errors = await releaseAll();
  const leaks = checks.flatMap((check) => check());
  if (leaks.length > 0) errors.push(new Error(`the test left behind:\n  ${leaks.join('\n  ')}`));
  const [first, ...others] = errors;
  if (others.length > 0) throw new AggregateError(errors, 'teardown failed in several places');
  if (first !== undefined) throw first;
});

async function releaseAll(): Promise<Error[]> {
  const errors: Error[] = [];
  // One at a time and in reverse: what was opened last may rest on what was opened first.
  for (let release = releases.pop(); release !== undefined; release = releases.pop()) {
    try {
      await release();
    } catch (error) {
      errors.push(error instanceof Error ? error : new Error(String(error)));
    }
  }
  return errors;
}

/** Handlers on `process` outlive the object that installed them. */
function leftOverListeners(): () => readonly string[] {
  const watched = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGCHLD', 'SIGUSR2', 'uncaughtException'];
  const before = watched.map((name) => process.listenerCount(name));
  return () =>
    watched
      .filter((name, i) => process.listenerCount(name) > (before[i] ?? 0))
      .map((name) => `a listener for '${name}' on process`);
}

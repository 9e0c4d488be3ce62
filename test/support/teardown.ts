/**
 * Teardown is a test. Runs in every test file (vitest's `setupFiles`): what a test opened is released in
 * reverse order after it, whether it passed or not, and then we look whether anything stayed behind.
 */
import { afterEach, beforeEach } from 'vitest';
import { failOnFdLeaks } from './fd-leaks.ts';
import { releaseAll } from './releases.ts';

export { onTeardown } from './releases.ts';

/** Called after a test: names what is left over, one phrase each. */
let leftOver: () => readonly string[] = () => [];

failOnFdLeaks();

beforeEach(() => {
  leftOver = leftOverListeners();
});

afterEach(async () => {
  const errors = await releaseAll();
  const leaks = leftOver();
  if (leaks.length > 0) errors.push(new Error(`the test left behind:\n  ${leaks.join('\n  ')}`));
  const [first, ...others] = errors;
  if (others.length > 0) throw new AggregateError(errors, 'teardown failed in several places');
  if (first !== undefined) throw first;
});

/** Handlers on `process` outlive the object that installed them. */
function leftOverListeners(): () => readonly string[] {
  const watched = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGCHLD', 'SIGUSR2', 'uncaughtException'];
  const before = watched.map((name) => process.listenerCount(name));
  return () =>
    watched
      .filter((name, i) => process.listenerCount(name) > (before[i] ?? 0))
      .map((name) => `a listener for '${name}' on process`);
}

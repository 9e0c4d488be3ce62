/**
 * Runs the tests that reach the native code on an addon built with sanitizers; any report or leak fails them.
 *
 *   npm run test:asan    AddressSanitizer with leak check, and UndefinedBehaviorSanitizer
 *   npm run test:tsan    ThreadSanitizer
 *
 * How the addon is built, and what that needs: sanitized-addon.mjs.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { buildSanitized, relevantReports, root } from './sanitized-addon.mjs';

const require = createRequire(import.meta.url);

/** What reaches the native code, and what it did wrong once. */
const TESTS = [
  'test/native',
  'test/contract',
  'test/regressions/lists-and-memory-that-change-under-a-call.test.ts',
];

function main([name, ...chosen]) {
  if (name !== 'asan' && name !== 'tsan') {
    console.error('Usage, on Linux: node scripts/test-sanitizers.mjs asan|tsan [test files]');
    return 2;
  }
  const { reports, env } = buildSanitized(name);
  // Threads: a fork of vitest's is killed before it could report its leaks. One file at a time: a child that
  // another file starts holds a copy of every descriptor until its exec, and the tests of hang-ups would see
  // that. The code takes several times as long.
  const vitest = join(dirname(require.resolve('vitest/package.json')), 'vitest.mjs');
  const tested = spawnSync(
    process.execPath,
    [
      vitest,
      'run',
      '--pool=threads',
      '--no-file-parallelism',
      '--testTimeout=90000',
      ...(chosen.length > 0 ? chosen : TESTS),
    ],
    { cwd: root, env, stdio: 'inherit' },
  );
  if (tested.error !== undefined) throw tested.error;
  const found = relevantReports(reports);
  console.log(
    found.length === 0 ? `${name}: no report` : `${found.join('\n\n')}\n\n${name}: ${found.length} reports`,
  );
  return found.length > 0 ? 1 : (tested.status ?? 1);
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

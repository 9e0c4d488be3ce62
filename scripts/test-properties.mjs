/**
 * Searches for counterexamples to the properties that the suite checks, with fresh seeds, for minutes each
 * instead of for hundreds of programs each.
 *
 *   npm run test:properties [-- MINUTES [test files]]      by default one minute each, all of them
 *
 * What it prints of each search is its seed; `SELECTLOOP_TEST_SEED=… npx vitest run FILE` repeats it.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** A test may check this many properties. */
const PROPERTIES_MAX = 4;

/**
 * The test files that check properties: all call `holds()` of test/support/property.ts, or `holdsFor()`,
 * which does.
 */
function filesWithProperties() {
  return readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .map((name) => `test/${name}`)
    .filter((path) => path.endsWith('.test.ts'))
    .filter((path) => /\bholds(For)?\(/.test(readFileSync(join(root, path), 'utf8')));
}

const [first, ...rest] = process.argv.slice(2);
const minutes = first === undefined ? 1 : Number(first);
if (!(minutes > 0)) {
  console.error('Usage: npm run test:properties -- [MINUTES [test files]]');
  process.exit(2);
}
const files = rest.length > 0 ? rest : filesWithProperties();
console.log(`${files.length} files, ${minutes} minutes for each property in them`);
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const timeoutMs = PROPERTIES_MAX * (minutes * 60_000 + 30_000);
const { status } = spawnSync(process.execPath, [vitest, 'run', `--testTimeout=${timeoutMs}`, ...files], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, SELECTLOOP_PROPERTY_MINUTES: String(minutes) },
});
process.exitCode = status ?? 1;

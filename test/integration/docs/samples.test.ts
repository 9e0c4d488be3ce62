/** Every program in the documentation runs, and prints what the page says. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { builtProgram } from '../../support/built-program.ts';
import { type DocSample, docSamples } from '../../support/doc-samples.ts';
import { EMBEDDED_POSTGRES, startProgram, TYPESCRIPT_TRACES } from '../../support/run-program.ts';

const require = createRequire(import.meta.url);

/** Where a program runs that reads certificates: their names are those of `docs/how-to/tls.md`. */
const CERTIFICATES = fileURLToPath(new URL('../../support/certificates/', import.meta.url));

/** Whether the libraries of a sample are there. A checkout that has not installed them skips it, visibly. */
function isPossible(source: string): boolean {
  const names = [...source.matchAll(/ from '([^']+)'/g)].map(([, name]) => name ?? '');
  return names
    .filter((name) => !name.startsWith('node:') && !name.startsWith('selectloop') && !name.startsWith('.'))
    .every((name) => {
      try {
        return require.resolve(name) !== '';
      } catch {
        return false;
      }
    });
}

/** Whether it prints or ends otherwise in a process that it shares with others. */
function needsOwnProcess({ source, output = '' }: DocSample): boolean {
  return /pglite|\.pem|process\.exit|runMain|SIG[A-Z]|node:test/.test(source) || /\.ts|Task-\d/.test(output);
}

const samples = docSamples();
const together = samples.filter((sample) => isPossible(sample.source) && !needsOwnProcess(sample));

/** What those have printed that run in one process. */
const printed = new Map<DocSample, string>();

beforeAll(async () => {
  const program = startProgram('test/integration/docs/programs/one-after-the-other.ts', {
    args: together.map(({ path }) => builtProgram(path)),
  });
  expect(await program.waitForExit(60_000), program.stderr).toBe(0);
  const outputs = program.stdout.split('\0');
  for (const [i, sample] of together.entries()) printed.set(sample, outputs[i] ?? '');
}, 90_000);

// PGlite compiles a whole PostgreSQL when it starts.
test.for(samples)('$where', { timeout: 90_000 }, async (sample, { skip }) => {
  skip(!isPossible(sample.source), 'its libraries are not installed');
  const stdout = printed.get(sample) ?? (await runAlone(sample));
  if (sample.output !== undefined) expect(stdout).toBe(sample.output);
});

async function runAlone({ path, output, source }: DocSample): Promise<string> {
  const traces = output?.includes('.ts') === true ? TYPESCRIPT_TRACES : [];
  const program = startProgram(path, {
    nodeArgs: source.includes('pglite') ? EMBEDDED_POSTGRES : traces,
    ...(source.includes('.pem') && { cwd: CERTIFICATES }),
  });
  expect(await program.waitForExit(60_000), program.stderr).toBe(0);
  return program.stdout;
}

/** Every program in the documentation runs, and prints what the page says. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { docSamples } from '../../support/doc-samples.ts';
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

// PGlite compiles a whole PostgreSQL when it starts.
test.for(docSamples())('$where', { timeout: 90_000 }, async ({ path, output, source }, { skip }) => {
  skip(!isPossible(source), 'its libraries are not installed');
  const traces = output?.includes('.ts') === true ? TYPESCRIPT_TRACES : [];
  const program = startProgram(path, {
    nodeArgs: source.includes('pglite') ? EMBEDDED_POSTGRES : traces,
    ...(source.includes('.pem') && { cwd: CERTIFICATES }),
  });
  expect(await program.waitForExit(60_000), program.stderr).toBe(0);
  if (output !== undefined) expect(program.stdout).toBe(output);
});

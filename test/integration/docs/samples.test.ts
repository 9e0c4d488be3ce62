/** Every program in the documentation runs, and prints what the page says. */
import { expect, test } from 'vitest';
import { docSamples } from '../../support/doc-samples.ts';
import { startProgram } from '../../support/run-program.ts';

test.each(docSamples())('$where', async ({ path, output }) => {
  const program = startProgram(path);
  expect(await program.waitForExit(), program.stderr).toBe(0);
  if (output !== undefined) expect(program.stdout).toBe(output);
});

/** The gallery as a whole: `npm run example`, the help of each program, what is wrong in one line. */
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { gallery } from '../../../examples/gallery.ts';
import { builtPackageEnv } from '../../support/built-program.ts';
import { root, startProgram } from '../../support/run-program.ts';
import { onTeardown } from '../../support/teardown.ts';

/** What `npm run example -- …` runs once everything is built. */
function runExample(...args: string[]): { exitCode: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'scripts/example.mjs', ...args],
    {
      cwd: root,
      encoding: 'utf8',
      timeout: 30_000,
      env: { ...process.env, TSX_DISABLE_CACHE: '', ...builtPackageEnv() },
    },
  );
  return { exitCode: status, stdout, stderr };
}

test('without a name it lists all', () => {
  const { exitCode, stdout } = runExample();
  expect(exitCode).toBe(0);
  const listed = stdout.split('\n').map((line) => line.trim().split(/\s{2,}/)[0]);
  expect(listed).toEqual(expect.arrayContaining(gallery.map(({ name }) => name)));
});

test('a name that is not there, and what was meant', () => {
  expect(runExample('ecko-servr')).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: "There is no example 'ecko-servr': did you mean echo-server?\n",
  });
});

test('an example by its name, with its arguments and its exit code', () => {
  const { exitCode, stdout } = runExample('run-many', '--limit', '1', 'echo out', 'exit 7');
  expect({ exitCode, lines: stdout.split('\n') }).toMatchObject({
    exitCode: 1,
    lines: expect.arrayContaining(['[1] | out', '[2] ended with 7']),
  });
});

test('each program answers --help before it does anything else', async () => {
  const program = startProgram('test/integration/examples/programs/help-of-all.ts');
  expect(await program.waitForExit(60_000), program.stderr).toBe(0);
  const answers = program.lines.map(
    (line) => JSON.parse(line) as { name: string; end: string; help: string },
  );
  expect(answers.map(({ name }) => name)).toEqual(gallery.map(({ name }) => name));
  expect(answers.filter(({ end }) => end !== 'exit code 0')).toEqual([]);
  for (const { name, shows } of gallery) {
    const help = answers.find((answer) => answer.name === name)?.help ?? '';
    expect(help).toContain(`usage: npm run example -- ${name} [options]`);
    expect(help).toContain(shows.replaceAll('`', ''));
    for (const line of help.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120);
  }
  expect(program.stderr).toBe('');
});

test.each([
  [['--prot', '1'], "Unknown option '--prot'"],
  [['--port', 'http'], "--port must be a whole number from 0 to 65535, got 'http'"],
  [['there'], "Unexpected argument 'there'"],
  [['--port'], "Option '--port <value>' argument missing"],
])('bad arguments: %s', async (args, complaint) => {
  const program = startProgram('examples/echo/echo-server.ts', { args });
  expect(await program.waitForExit()).toBe(2);
  expect(program.stderr).toBe(`echo-server: ${complaint}; --help says more\n`);
});

test('a port in use is one line, and exit code 1', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTeardown(() => new Promise<void>((resolve) => other.close(() => resolve())));
  const { port } = other.address() as { port: number };
  const program = startProgram('examples/echo/echo-server.ts', { args: ['--port', String(port)] });
  expect(await program.waitForExit()).toBe(1);
  expect(program.stderr).toBe(`echo-server: bind EADDRINUSE 127.0.0.1:${port} (address already in use)\n`);
});

test('a program that is not installed is named', async () => {
  const program = startProgram('examples/processes/drive-terminal.ts', {
    args: ['1'],
    env: { PATH: '/nowhere' },
  });
  expect(await program.waitForExit()).toBe(1);
  expect(program.stderr).toBe('drive-terminal: needs python3, not found on PATH\n');
});

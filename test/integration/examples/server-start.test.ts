/** What can prevent serving: one line on stderr that says what and where, an exit code, no stack trace. */
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type ProgramOptions, startProgram } from '../../support/run-program.ts';
import { onTeardown } from '../../support/teardown.ts';
import { connectClient, hasCommand, startServer } from './server-process.ts';

/** Starts the server, expects it to give up, and returns its only line. */
async function complaint(
  env: Record<string, string>,
  options: ProgramOptions = {},
  expectedCode = 1,
): Promise<string> {
  const program = startProgram('examples/echo/server.ts', { ...options, env });
  const exitCode = await program.waitForExit();
  expect({ exitCode, stdout: program.stdout }).toEqual({ exitCode: expectedCode, stdout: '' });
  const [line = '', ...rest] = program.stderr.split('\n');
  expect(rest, program.stderr).toEqual(['']);
  return line;
}

/** A port that somebody listens on. */
async function takenPort(): Promise<number> {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTeardown(() => new Promise<void>((resolve) => other.close(() => resolve())));
  return (other.address() as { port: number }).port;
}

describe('what prevents serving', () => {
  test('a port that is taken', async () => {
    const port = await takenPort();
    expect(await complaint({ PORT: String(port) })).toBe(
      `Cannot serve: bind EADDRINUSE 127.0.0.1:${port} (address already in use)`,
    );
  });

  test.each(['abc', '-1', '65536', '80.5', '0x50', ' 80', '1e3'])('PORT=%s', async (text) => {
    expect(await complaint({ PORT: text }, {}, 2)).toBe(
      `server: PORT must be a whole number from 0 to 65535, got '${text}'; --help says more`,
    );
  });

  test.each(['no-such-host.invalid', '256.0.0.1', 'fe80::zz'])('HOST=%s', async (host) => {
    // The resolver's own words differ with the network at hand; which name it was about does not.
    expect(await complaint({ PORT: '0', HOST: host })).toMatch(
      new RegExp(`^Cannot serve: getaddrinfo E\\w+ ${host}`),
    );
  });

  test('a HOST that is not of this machine', async () => {
    expect(await complaint({ PORT: '0', HOST: '203.0.113.5' })).toBe(
      'Cannot serve: bind EADDRNOTAVAIL 203.0.113.5:0 (address not available)',
    );
  });

  test('a privileged port, for who may not have it', async ({ skip }) => {
    skip(process.platform !== 'linux', 'other systems give low ports to everybody');
    const isRoot = process.getuid?.() === 0;
    skip(isRoot && !hasCommand('setpriv'), 'setpriv is not installed, and root may have any port');
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--inh-caps=-all'];
    const env = { PORT: '1', TSX_DISABLE_CACHE: '1' };
    expect(await complaint(env, isRoot ? { under: nobody } : {})).toBe(
      'Cannot serve: bind EACCES 127.0.0.1:1 (permission denied)',
    );
  });
});

describe('where it serves', () => {
  test('empty HOST and PORT are as good as none: it does not listen on all interfaces', async () => {
    const { program } = await startServer('examples/echo/server.ts', { env: { HOST: '' } });
    expect(program.stderr).toMatch(/^Serving on 127\.0\.0\.1 port \d+\. Ctrl-C ends\.$/m);
  });

  test('localhost', async () => {
    const { program, port } = await startServer('examples/echo/server.ts', { env: { HOST: 'localhost' } });
    (await connectClient(port)).write('hello');
    await program.waitForLine(/^Got b'hello'/);
  });

  test('a port that clients have just left (SO_REUSEADDR)', async () => {
    const first = await startServer('examples/echo/server.ts');
    await connectClient(first.port);
    await first.program.waitForLine(/^Reading data/);
    // The server closes first, so its end of the connection stays in TIME_WAIT or FIN_WAIT.
    first.program.child.kill('SIGINT');
    await first.program.waitForExit();
    const second = await startServer('examples/echo/server.ts', { env: { PORT: String(first.port) } });
    expect(second.port).toBe(first.port);
  });

  test('IPv6', async ({ skip }) => {
    const program = startProgram('examples/echo/server.ts', { env: { HOST: '::1', PORT: '0' } });
    await expect.poll(() => program.stderr, { timeout: 10_000 }).toMatch(/\n/);
    skip(program.stderr.includes('EADDRNOTAVAIL'), 'this machine has no IPv6');
    expect(program.stderr).toMatch(/^Serving on ::1 port \d+\. Ctrl-C ends\.$/m);
  });
});

/** What clients see of a server that is told to stop. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { runCommand } from './command.ts';
import { connectClient, hasCommand, startServer } from './server-process.ts';

const SERVER = 'examples/shutdown/graceful-shutdown.ts';

/** Asks for an answer that takes so long. Resolves to all that came. */
async function ask(port: number, delayMs: number): Promise<string> {
  const client = await connectClient(port);
  client.write(`GET /${delayMs} HTTP/1.0\r\n\r\n`);
  let text = '';
  client.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  // Its end, or a reset.
  await Promise.race([once(client, 'end'), once(client, 'close')]).catch(() => {});
  client.destroy();
  return text;
}

/** The error code of a connection attempt, `null` when it is taken. */
async function refusal(port: number): Promise<string | null> {
  const socket = connect({ port, host: '127.0.0.1' });
  const answer = await Promise.race([
    once(socket, 'connect').then(() => null),
    new Promise<string>((resolve) =>
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? '')),
    ),
  ]);
  socket.destroy();
  return answer;
}

describe(SERVER, () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: no new connections, answers under way go out',
    async (signal) => {
      const { program, port } = await startServer(SERVER);
      const answer = ask(port, 1500);
      expect(await ask(port, 0)).toContain('This took 0 ms');
      program.child.kill(signal);
      await program.waitForLine(new RegExp(`^${signal}: no new`));
      await expect.poll(() => refusal(port)).toBe('ECONNREFUSED');
      expect(program.child.exitCode, 'still serving').toBe(null);
      expect(await answer).toMatch(/^HTTP\/1\.0 200 OK\r\n.*\r\n\r\nThis took 1500 ms\n$/s);
      expect(await program.waitForExit()).toBe(0);
      expect(program.lines.at(-1)).toBe('All connections have ended');
      expect(program.stderr).toBe('');
    },
  );

  test('curl', async ({ skip }) => {
    skip(!hasCommand('curl'), 'curl is not installed');
    const { program, port } = await startServer(SERVER);
    const answer = runCommand('curl', ['-sS', `http://127.0.0.1:${port}/1000`]);
    await delay(400);
    program.child.kill('SIGTERM');
    expect(await answer).toEqual({ exitCode: 0, stdout: 'This took 1000 ms\n', stderr: '' });
    expect(await program.waitForExit()).toBe(0);
  });

  test('what has not ended in time is cut off, whatever it is doing', async () => {
    const { program, port } = await startServer(SERVER, { env: { GRACE_MS: '300' } });
    const slow = ask(port, 600_000);
    const silent = await connectClient(port);
    silent.resume();
    const deaf = await connectClient(port);
    deaf.pause().write('GET /0 HTTP/1.0\r\n');
    expect(await ask(port, 0)).toContain('This took 0 ms');
    program.child.kill('SIGTERM');
    expect(await program.waitForExit()).toBe(0);
    expect(await slow).toBe('');
    expect(program.stderr).toBe('');
  });

  test('nobody connected: it ends at once', async () => {
    const { program } = await startServer(SERVER);
    program.child.kill('SIGTERM');
    // The grace time is 10 s.
    expect(await program.waitForExit(5000)).toBe(0);
  });

  test('a second signal does not wait', async () => {
    const { program, port } = await startServer(SERVER);
    await connectClient(port);
    program.child.kill('SIGTERM');
    await program.waitForLine(/^SIGTERM/);
    program.child.kill('SIGTERM');
    expect(await program.waitForExit(5000)).toBe('SIGTERM');
  });
});

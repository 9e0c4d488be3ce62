/** The echo server in its two other styles does what the one on plain sockets does. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { runCommand } from './command.ts';
import {
  connectClient,
  countingBytes,
  cpuMs,
  hasCommand,
  residentMiB,
  startServer,
} from './server-process.ts';

describe.each(['examples/echo/echo-streams.ts', 'examples/echo/echo-protocol.ts'])('%s', (path) => {
  test('8 MB at once come back in order', async () => {
    const { port } = await startServer(path);
    const client = await connectClient(port);
    const sent = countingBytes(8 << 20);
    const got: Buffer[] = [];
    client.on('data', (data) => got.push(data)).end(sent);
    await once(client, 'end');
    expect(Buffer.concat(got).equals(sent)).toBe(true);
  });

  test('from nc', async ({ skip }) => {
    skip(!hasCommand('nc'), 'nc is not installed');
    const { port } = await startServer(path);
    const { stdout } = await runCommand('nc', ['-N', '127.0.0.1', String(port)], 'one\ntwo\n');
    expect(stdout).toBe('one\ntwo\n');
  });

  test('from socat, which says when it has sent all and hears the rest', async ({ skip }) => {
    skip(!hasCommand('socat'), 'socat is not installed');
    const { port } = await startServer(path);
    const sent = countingBytes(1 << 20);
    const { stdout, exitCode } = await runCommand('socat', ['-t10', '-', `TCP:127.0.0.1:${port}`], sent);
    expect(exitCode).toBe(0);
    expect(Buffer.from(stdout, 'latin1').equals(sent)).toBe(true);
  });

  test('survives clients that reset while it sends', async () => {
    const { program, port } = await startServer(path);
    for (let i = 0; i < 5; i++) {
      const rude = await connectClient(port);
      rude.pause().write(Buffer.alloc(4 << 20));
      await delay(50);
      rude.resetAndDestroy();
    }
    const client = await connectClient(port);
    client.write('still there?');
    expect(String((await once(client, 'data'))[0])).toBe('still there?');
    expect(program.stderr).toBe('');
  });

  test('a client that sends and never reads is held back: memory and processor stay low', async ({
    skip,
  }) => {
    skip(process.platform !== 'linux', 'memory is read from /proc');
    const { port, pid } = await startServer(path);
    const client = await connectClient(port);
    client.pause().write('x');
    await delay(200);
    const beforeMiB = residentMiB(pid);
    client.write(Buffer.alloc(64 << 20));
    await delay(1000);
    const beforeMs = cpuMs(pid);
    await delay(500);
    expect(client.writableLength, 'bytes that wait in the client').toBeGreaterThan(16 << 20);
    expect(residentMiB(pid) - beforeMiB).toBeLessThan(24);
    expect(cpuMs(pid) - beforeMs, 'while nothing moves').toBeLessThan(100);
  });

  test('Ctrl-C ends it with 130, clients or not', async () => {
    const { program, port } = await startServer(path);
    const client = await connectClient(port);
    client.resume();
    program.child.kill('SIGINT');
    await once(client, 'end');
    client.end();
    expect(await program.waitForExit()).toBe(130);
    expect(program.stderr).toBe('');
  });
});

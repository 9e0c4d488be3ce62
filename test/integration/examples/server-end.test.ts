/** How the server ends: Ctrl-C, a log that nobody reads, a log that is read slowly. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Program, startProgram } from '../../support/run-program.ts';
import { connectClient, residentMiB, startServer, until } from './server-process.ts';

/** Generous: a busy machine is slow to start anything. The figure itself is printed. */
const END_MS = 1500;

/** Sends a signal; returns how long the program took to end, and what it ended with. */
async function endWith(program: Program, signal: NodeJS.Signals): Promise<[number | string, number]> {
  const start = performance.now();
  const ended = once(program.child, 'exit');
  program.child.kill(signal);
  const [code, killedBy] = (await ended) as [number | null, NodeJS.Signals | null];
  return [code ?? killedBy ?? '', performance.now() - start];
}

describe('Ctrl-C', () => {
  test('ends the server with 130, quietly and at once', async ({ annotate }) => {
    const { program, port } = await startServer('examples/echo/server.ts');
    const client = await connectClient(port);
    const closed = once(client.resume(), 'end');
    await program.waitForLine(/^Registering socket to listen for data/);
    const [code, elapsedMs] = await endWith(program, 'SIGINT');
    await annotate(`ended ${elapsedMs.toFixed(0)} ms after SIGINT`);
    expect(code).toBe(130);
    expect(elapsedMs).toBeLessThan(END_MS);
    await program.waitForExit();
    expect(program.stderr).toMatch(/^Serving on .*\n$/);
    expect(program.lines.at(-1)).toBe('Registering socket to listen for data...');
    await closed;
  });

  test('ends the echo server alike', async () => {
    const { program } = await startServer('examples/echo/echo-server.ts');
    expect((await endWith(program, 'SIGINT'))[0]).toBe(130);
    expect(program.stderr).toBe('');
  });

  test("runs every task's finally block, also those that await", async () => {
    const program = startProgram('test/integration/examples/programs/finally-on-interrupt.ts');
    await program.waitForLine(/^task 2 works$/);
    const [code] = await endWith(program, 'SIGINT');
    await program.waitForExit();
    expect(code).toBe(130);
    expect(program.lines.slice(0, 5)).toEqual([
      'main works',
      'task 1 works',
      'task 2 works',
      'main has cleaned up',
      'finally',
    ]);
    expect(program.lines.slice(5, 7).sort()).toEqual(['task 1 has cleaned up', 'task 2 has cleaned up']);
    expect(program.lines.slice(7)).toEqual(['interrupted']);
    expect(program.stderr).toBe('');
  });

  test('a second one kills a program that will not end', async () => {
    const program = startProgram('test/integration/examples/programs/finally-on-interrupt.ts', {
      env: { STUBBORN: '1' },
    });
    await program.waitForLine(/^task 2 works$/);
    program.child.kill('SIGINT');
    await program.waitForLine(/^finally$/);
    // Sooner, it would be taken for the echo of the first, as wrappers relay it.
    await delay(500);
    const [killedBy] = await endWith(program, 'SIGINT');
    expect(killedBy).toBe('SIGINT');
  });
});

describe('a log that nobody reads any more', () => {
  test('found out by the accepting coroutine: `| head -n 1`', async () => {
    const program = startProgram('examples/echo/server.ts', {
      env: { PORT: '0' },
      under: ['sh', '-c', '{ "$@"; echo "exit code $?" >&2; } | head -n 1', 'sh'],
    });
    const port = await until(() => Number(/port (\d+)/.exec(program.stderr)?.[1]), 'port');
    // A server that writes nothing cannot know. If head is slow to leave, a client that goes on talking makes
    // it write.
    const client = await connectClient(port).catch(() => null);
    const talking = setInterval(() => client?.write('hello?'), 20);
    await program.waitForExit().finally(() => clearInterval(talking));
    expect(program.stdout).toBe('Waiting for connection...\n');
    expect(program.stderr).toMatch(/^Serving on .*\nexit code 141\n$/);
  });

  test("found out by a connection's task", async () => {
    const { program, port } = await startServer('examples/echo/server.ts');
    const client = await connectClient(port);
    await program.waitForLine(/^Registering socket to listen for data/);
    program.child.stdout.destroy();
    const ended = once(program.child, 'exit');
    client.write('hello');
    expect((await ended)[0]).toBe(141);
    expect(program.stderr).toMatch(/^Serving on .*\n$/);
  });
});

test('a log that cannot be written ends the server with the reason', async ({ skip }) => {
  skip(process.platform !== 'linux', 'needs /dev/full');
  const program = startProgram('examples/echo/server.ts', {
    env: { PORT: '0' },
    under: ['sh', '-c', 'exec "$@" > /dev/full', 'sh'],
  });
  expect(await program.waitForExit()).toBe(1);
  expect(program.stderr).toMatch(/^Serving on .*\nCannot write the log: write ENOSPC .*\n$/);
});

test('a log that is read slowly: the server waits, holds nothing in memory, loses nothing', {
  timeout: 60_000,
}, async ({ skip }) => {
  skip(process.platform !== 'linux', 'memory is read from /proc');
  const { program, port, pid } = await startServer('examples/echo/server.ts');
  const sent = Array.from({ length: 20_000 }, (_, index) => String(index).padStart(1000, '.')).join('');
  const client = await connectClient(port);
  await program.waitForLine(/^Registering socket to listen for data/);
  const beforeMiB = residentMiB(pid);
  program.child.stdout.pause();
  client.end(sent);
  await delay(1500);
  const stuckMiB = residentMiB(pid);
  expect(client.writableLength, 'the client is held back').toBeGreaterThan(0);
  program.child.stdout.resume();
  await until(() => program.lines.at(-1)?.endsWith(' has closed'), 'end of the stream', 40_000);
  const afterMiB = residentMiB(pid);
  const got = program.stdout.match(/(?<=^Got b').*(?=' from client!$)/gm)?.join('');
  expect(got === sent, `${got?.length} of ${sent.length} bytes`).toBe(true);
  expect(stuckMiB - beforeMiB, 'MiB more while nobody read').toBeLessThan(12);
  expect(afterMiB - beforeMiB, 'MiB more after 20 MB').toBeLessThan(64);
});

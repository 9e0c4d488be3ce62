/** Clients as they come: many, rude, silent, large. The server goes on. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { connectClient, cpuMs, descriptorCount, type Server, startServer, until } from './server-process.ts';

const onLinux = process.platform === 'linux';

/** Proves that the server still serves. */
async function expectAlive({ program, port }: Server): Promise<void> {
  const client = await connectClient(port);
  client.write('still there?');
  await program.waitForLine(/^Got b'still there\?' from client!$/);
  expect(program.stderr.split('\n').length, program.stderr).toBe(2);
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

test('1,000 clients at once: each is heard, and no descriptor stays behind', {
  timeout: 60_000,
}, async () => {
  const { program, port, pid } = await startServer('examples/echo/server.ts', {
    under: ['sh', '-c', 'ulimit -n 4096; exec "$@"', 'sh'],
  });
  await program.waitForLine(/^Registering/);
  const before = onLinux ? descriptorCount(pid) : 0;
  const clients = await Promise.all(Array.from({ length: 1000 }, () => connectClient(port)));
  if (onLinux) await until(() => descriptorCount(pid) >= before + 1000, '1,000 connections', 20_000);
  for (const [index, client] of clients.entries()) client.write(`I am client ${index}\n`);
  await until(() => count(program.stdout, /^Got /gm) >= 1000, '1,000 messages', 20_000);
  const heard = new Set(program.stdout.match(/(?<=^Got b'I am client )\d+(?=\\n' from client!$)/gm));
  expect(heard.size).toBe(1000);
  for (const client of clients) client.end();
  await until(() => count(program.stdout, /^Client .* has closed$/gm) === 1000, '1,000 goodbyes', 20_000);
  if (onLinux) await expect.poll(() => descriptorCount(pid)).toBe(before);
  expect(program.stderr.split('\n').length, program.stderr).toBe(2);
});

test('clients that reset: one line each, with the reason', async () => {
  const server = await startServer('examples/echo/server.ts');
  for (const text of ['', 'some text']) {
    const client = await connectClient(server.port);
    const { localPort } = client;
    await server.program.waitForLine(new RegExp(`^Reading data from client .*:${localPort}>`));
    if (text !== '') client.write(text);
    client.resetAndDestroy();
    await server.program.waitForLine(
      new RegExp(`^Lost client: recv ECONNRESET <Socket .*:${localPort}> \\(`),
    );
  }
  await expectAlive(server);
});

test('a client that resets before it is accepted', async () => {
  const server = await startServer('examples/echo/server.ts');
  server.program.child.kill('SIGSTOP');
  const client = await connectClient(server.port);
  const { localPort } = client;
  client.resetAndDestroy();
  await once(client, 'close');
  server.program.child.kill('SIGCONT');
  // Linux hands out the dead connection, the BSDs drop it or say ECONNABORTED: the server may or may not hear
  // of it.
  if (onLinux) await server.program.waitForLine(new RegExp(`^Lost client: recv ECONNRESET .*:${localPort}>`));
  await expectAlive(server);
});

test('a client that ends its half of the connection gets the other end closed', async () => {
  const server = await startServer('examples/echo/server.ts');
  const client = await connectClient(server.port);
  client.resume().end('last words');
  await once(client, 'end');
  await server.program.waitForLine(/^Got b'last words' from client!$/);
  await expectAlive(server);
});

test('10 MB from one client: every byte is logged, in order', { timeout: 60_000 }, async () => {
  const server = await startServer('examples/echo/server.ts');
  const blocks = Array.from({ length: 10_000 }, (_, index) => String(index).padStart(1000, '.'));
  const sent = blocks.join('');
  const client = await connectClient(server.port);
  client.end(sent);
  await until(() => server.program.lines.at(-1)?.endsWith(' has closed'), 'end of the stream', 40_000);
  const got = server.program.stdout.match(/(?<=^Got b').*(?=' from client!$)/gm)?.join('');
  expect(got === sent, `${got?.length} bytes of ${sent.length} logged, or in another order`).toBe(true);
  await expectAlive(server);
});

test('clients that stay silent cost nothing, and are told when the server ends', async ({ skip }) => {
  skip(!onLinux, 'processor time is read from /proc');
  const { program, port, pid } = await startServer('examples/echo/server.ts');
  const clients: Socket[] = [];
  for (let i = 0; i < 50; i++) clients.push(await connectClient(port));
  await until(() => count(program.stdout, /^Reading data/gm) === 50, '50 clients');
  const before = cpuMs(pid);
  await delay(1000);
  expect(cpuMs(pid) - before).toBeLessThanOrEqual(50);
  program.child.kill('SIGINT');
  await Promise.all(clients.map((client) => once(client.resume(), 'end')));
});

test('out of descriptors: one report, no busy loop, and on as soon as clients leave', {
  timeout: 40_000,
}, async ({ skip }) => {
  skip(!onLinux, 'processor time and descriptors are read from /proc');
  // With fewer, the loaders of Node and tsx, which open files in parallel, may not get the program started.
  const limit = 200;
  const { program, port, pid } = await startServer('examples/echo/server.ts', {
    under: ['sh', '-c', `ulimit -n ${limit}; exec "$@"`, 'sh'],
  });
  await program.waitForLine(/^Registering/);
  const clients: Socket[] = [];
  for (let i = 0; i < limit; i++) clients.push(await connectClient(port));
  await until(() => program.stderr.includes('EMFILE'), 'report of EMFILE');
  const accepted = await until(() => {
    const [arrived, read] = [/^I got a new/gm, /^Reading data/gm].map((line) => count(program.stdout, line));
    return arrived === read ? arrived : 0;
  }, 'connection that was accepted');
  expect(accepted).toBeLessThan(limit);
  // It may have inherited some above the limit.
  expect(descriptorCount(pid)).toBeGreaterThanOrEqual(limit);

  const [cpuBefore, linesBefore] = [cpuMs(pid), program.lines.length];
  await delay(1500);
  expect(cpuMs(pid) - cpuBefore, 'ms of processor time in 1.5 s').toBeLessThanOrEqual(100);
  expect(program.lines.length, 'lines of log while nothing happens').toBeLessThanOrEqual(linesBefore + 5);
  expect(count(program.stderr, /EMFILE/g)).toBe(1);
  expect(program.stderr).toMatch(/^accept: paused, and tried again every 100 ms until it works$/m);

  // Those that were accepted are served meanwhile, and those in the backlog once there is room.
  clients[0]?.write('from the first');
  await program.waitForLine(/^Got b'from the first'/);
  clients.at(-1)?.write('from the last');
  for (const client of clients.slice(0, -1)) client.end();
  await program.waitForLine(/^Got b'from the last'/);
  expect(count(program.stdout, /^Reading data/gm)).toBe(limit);
  await until(() => count(program.stdout, / has closed$/gm) === limit - 1, 'goodbyes');
});

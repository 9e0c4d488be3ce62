/**
 * The echo server with a loop on each core: examples/echo/echo-on-cores.ts, whose threads run
 * examples/echo/echo-on-cores-work.ts.
 */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { connectClient, startServer } from './server-process.ts';

test('every client gets its own bytes back, and SIGTERM lets the last ones out', async () => {
  const { program, port } = await startServer('examples/echo/echo-on-cores.ts', { env: { THREADS: '2' } });
  expect(program.lines[0]).toMatch(/on 2 threads$/);
  const clients = await Promise.all(Array.from({ length: 20 }, () => connectClient(port)));
  const answers = clients.map(async (client, i) => {
    const sent = Buffer.alloc(300_000, `client ${i} `);
    const got: Buffer[] = [];
    client.on('data', (data) => got.push(data)).end(sent);
    await once(client, 'end');
    return Buffer.concat(got).equals(sent);
  });
  expect(await Promise.all(answers)).toEqual(clients.map(() => true));
  const last = await connectClient(port);
  last.write('one');
  await once(last, 'data');
  program.child.kill('SIGTERM');
  await program.waitForLine(/SIGTERM: no more connections/);
  last.end('two');
  expect(String((await once(last, 'data'))[0])).toBe('two');
  expect(await program.waitForExit(30_000), program.stderr).toBe(0);
});

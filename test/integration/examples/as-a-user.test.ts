/**
 * Programs as a user of a checkout starts them: TypeScript, through tsx. The other tests start programs that
 * were built (test/support/build-programs.ts), for speed; here one of each kind shows that it makes no
 * difference.
 */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { certificatePath } from '../../support/certificates.ts';
import { startProgram } from '../../support/run-program.ts';
import { connectClient, startServer } from './server-process.ts';

test('the server of `npm start` serves, and ends by Ctrl-C with 130', async () => {
  const { program, port } = await startServer('examples/echo/server.ts', { throughTsx: 'checkout' });
  const client = await connectClient(port);
  client.write('hello');
  await program.waitForLine(/^Got b'hello' from client!$/);
  const closed = once(client.resume(), 'end');
  program.child.kill('SIGINT');
  expect(await program.waitForExit()).toBe(130);
  await closed;
});

test('a step of the book runs when it is the program, and not when another step imports it', async () => {
  const program = startProgram('examples/book/4-task.ts');
  expect(await program.waitForExit()).toBe(0);
  expect(program.lines.at(-1)).toBe('all finished: true');
  const next = await startServer('examples/book/5-event-loop.ts', { throughTsx: 'program' });
  expect(next.program.stdout).not.toContain('all finished');
});

test('a program with TLS', async () => {
  const { program } = await startServer('examples/echo/tls-echo-server.ts', {
    throughTsx: 'program',
    env: { CERT: certificatePath('server.pem'), KEY: certificatePath('server-key.pem') },
  });
  program.child.kill('SIGINT');
  expect(await program.waitForExit()).toBe(130);
});

/** The service of the tutorial: what it promises there. */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { connectClient, startServer } from './server-process.ts';

const SERVER = 'examples/echo/counter-server.ts';

/** Sends `text`, and resolves to all that comes until the server closes. */
async function ask(port: number, text: string): Promise<string> {
  const client = await connectClient(port);
  let answer = '';
  client.setEncoding('utf8').on('data', (part: string) => {
    answer += part;
  });
  client.write(text);
  await Promise.race([once(client, 'end'), once(client, 'close')]);
  client.destroy();
  return answer;
}

test('counts, refuses, and ends in order', async () => {
  const { program, port } = await startServer(SERVER);
  expect(await ask(port, 'incr visits\nincr visits\nget visits\nquit\n')).toBe('1\n2\n2\n');
  expect(await ask(port, 'get visits\nget\nfly away\nquit\n')).toBe(
    '2\nerror: a name has up to 40 letters\nerror: incr NAME, get NAME or quit\n',
  );
  expect(await ask(port, 'x'.repeat(1000))).toBe('error: the line is too long\n');

  program.child.kill('SIGTERM');
  expect(await program.waitForExit()).toBe(0);
  expect(program.stderr).toBe('');
});

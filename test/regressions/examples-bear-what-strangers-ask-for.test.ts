/**
 * `GET //` names a path that is no URL: `new URL()` threw in the servers of some examples, which ended them.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startServer } from '../integration/examples/server-process.ts';

async function answerTo(port: number, path: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let answer = '';
  socket.on('data', (text) => {
    answer += String(text);
  });
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  await once(socket, 'close');
  return answer.split('\r\n', 1)[0] as string;
}

test.each([
  'examples/web-sockets/web-chat.ts',
  'examples/crawler/crawler-site.ts',
  'examples/microservices/shop.ts',
])('%s', async (path) => {
  const { port } = await startServer(path);
  expect(await answerTo(port, '//')).toMatch(/^HTTP\/1\.1 (404|302)/);
  expect(await answerTo(port, '/report?x')).toMatch(/^HTTP\/1\.1 (404|200)/);
});

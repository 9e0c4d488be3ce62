/** HTTP GET by a protocol, against Node's own server and servers that misbehave. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startProgram } from '../../support/run-program.ts';
import { onTeardown } from '../../support/teardown.ts';

/** Where `server` listens, until the end of the test. */
async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTeardown(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that sends `text` to everybody and closes. */
function sending(text: string): Promise<string> {
  return listening(
    createServer(
      (socket: Socket) =>
        void socket
          .resume()
          .on('error', () => {})
          .end(text),
    ),
  );
}

/** Runs the example to its end. */
async function get(url: string): Promise<{ exitCode: unknown; stdout: string; stderr: string }> {
  const program = startProgram('examples/requests/http-get.ts', { args: [url] });
  return { exitCode: await program.waitForExit(), stdout: program.stdout, stderr: program.stderr };
}

describe('examples/requests/http-get.ts', () => {
  test('status and body, and what the server saw', async () => {
    const seen: string[] = [];
    const where = await listening(
      createHttpServer((request, response) => {
        seen.push(`${request.method} ${request.url} ${request.headers.host}`);
        response.end('hello\n');
      }),
    );
    expect(await get(`http://${where}/a/b?c=d`)).toEqual({
      exitCode: 0,
      stdout: 'hello\n',
      stderr: 'HTTP/1.1 200 OK\n',
    });
    expect(seen).toEqual([`GET /a/b?c=d ${where}`]);
  });

  test('a large answer, and an error of the server', async () => {
    const body = Array.from({ length: 100_000 }, (_, index) => `line ${index}\n`).join('');
    const where = await listening(
      createHttpServer((_request, response) => void response.writeHead(404).end(body)),
    );
    const { exitCode, stdout, stderr } = await get(`http://${where}/`);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: 'HTTP/1.1 404 Not Found\n' });
    expect(stdout === body, `${stdout.length} of ${body.length}`).toBe(true);
  });

  test.each([
    ['HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nhalf', 'the answer is cut short: 4 of 100 bytes'],
    ['220 mail.example ESMTP\r\n\r\n', 'the server did not answer in HTTP'],
    ['', 'the server did not answer in HTTP'],
  ])('an answer that is none: %j', async (text, complaint) => {
    const url = `http://${await sending(text)}/`;
    expect(await get(url)).toEqual({ exitCode: 1, stdout: '', stderr: `${url}: ${complaint}\n` });
  });

  test('nobody there', async () => {
    const server = createServer();
    const where = await listening(server);
    server.close();
    await once(server, 'close');
    const { exitCode, stderr } = await get(`http://${where}/`);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `http://${where}/: connect ECONNREFUSED ${where} (connection refused)\n`,
    });
  });
});

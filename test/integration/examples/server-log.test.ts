/** The main job: what the server logs, line by line, for clients that people use. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { connectClient, hasCommand, type Server, startCommandClient, startServer } from './server-process.ts';

const DESCRIPTION = /<Socket fd=\d+ AF_INET SOCK_STREAM 127\.0\.0\.1:(\d+) → 127\.0\.0\.1:(\d+)>/;

const beforeClients = ['Waiting for connection...', 'Registering socket to accept connections...'];

/** What one client that connects and sends one line leaves in the log. */
function linesOfClient(client: string, got: string): string[] {
  return [
    'Selector has an event, processing...',
    `I got a new connection from ${client}!`,
    'Waiting for connection...',
    'Registering socket to accept connections...',
    `Reading data from client ${client}`,
    'Registering socket to listen for data...',
    'Selector has an event, processing...',
    `Got ${got} from client!`,
    'Registering socket to listen for data...',
  ];
}

/**
 * The log with each client's description replaced by `client 1`, `client 2`, … in the order of appearance.
 */
function normalized({ program, port }: Server): string[] {
  const known: string[] = [];
  return program.lines.map((line) =>
    line.replace(DESCRIPTION, (_whole, serverPort: string, clientPort: string) => {
      expect(Number(serverPort)).toBe(port);
      if (!known.includes(clientPort)) known.push(clientPort);
      return `client ${known.indexOf(clientPort) + 1}`;
    }),
  );
}

/**
 * A server that sleeps in its selector. A client that is there before the first accept needs no selector, nor
 * gets its line.
 */
async function startIdleServer(): Promise<Server> {
  const server = await startServer('examples/echo/server.ts');
  await server.program.waitForLine(/^Registering/);
  await delay(100);
  return server;
}

describe('the log of two clients that send a line each', () => {
  test('from sockets', async () => {
    const server = await startIdleServer();
    for (const text of ['first\r\n', 'second\r\n']) {
      const client = await connectClient(server.port);
      await server.program.waitForLine(/^Reading data/);
      client.write(text);
      await server.program.waitForLine(new RegExp(`^Got b'${text.trim()}`));
    }
    await expect
      .poll(() => normalized(server))
      .toEqual([
        ...beforeClients,
        ...linesOfClient('client 1', String.raw`b'first\r\n'`),
        ...linesOfClient('client 2', String.raw`b'second\r\n'`),
      ]);
  });

  for (const [command, newline] of [
    ['nc', String.raw`\n`],
    ['telnet', String.raw`\r\n`],
  ] as const) {
    test(`from ${command}`, async ({ skip }) => {
      skip(!hasCommand(command), `${command} is not installed`);
      const server = await startIdleServer();
      for (const word of ['hello', 'goodbye']) {
        startCommandClient(command, server.port).stdin?.write(`${word}\n`);
        await server.program.waitForLine(new RegExp(`^Got b'${word}`));
      }
      await expect
        .poll(() => normalized(server))
        .toEqual([
          ...beforeClients,
          ...linesOfClient('client 1', `b'hello${newline}'`),
          ...linesOfClient('client 2', `b'goodbye${newline}'`),
        ]);
    });
  }
});

test('clients that wait do not hold up the others', async () => {
  const { program, port } = await startServer('examples/echo/server.ts');
  const clients = [await connectClient(port), await connectClient(port), await connectClient(port)];
  clients[2]?.write('third');
  await program.waitForLine(/^Got b'third'/);
  clients[0]?.write('first');
  await program.waitForLine(/^Got b'first'/);
  clients[1]?.write('second');
  await program.waitForLine(/^Got b'second'/);
});

test('a client that closes is named as it was when it came', async () => {
  const server = await startIdleServer();
  const client = await connectClient(server.port);
  client.end('bye');
  await server.program.waitForLine(/ has closed$/);
  expect(normalized(server).slice(-4)).toEqual([
    "Got b'bye' from client!",
    'Registering socket to listen for data...',
    'Selector has an event, processing...',
    'Client client 1 has closed',
  ]);
});

test("every byte is written on one line as Python's repr() does", async () => {
  const { program, port } = await startServer('examples/echo/server.ts');
  const client = await connectClient(port);
  client.write(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)));
  const control = [...Array(32).keys()].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`);
  Object.assign(control, { 9: '\\t', 10: '\\n', 13: '\\r' });
  const printable = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));
  const high = Array.from({ length: 129 }, (_, index) => `\\x${(127 + index).toString(16)}`);
  const escaped = printable.replace('\\', '\\\\').replace("'", "\\'");
  const line = await program.waitForLine(/^Got b'/);
  expect(line).toBe(`Got b'${control.join('')}${escaped}${high.join('')}' from client!`);
  client.write(String.raw`\u0041`);
  await program.waitForLine(/^Got b'\\\\u0041' from client!$/);
});

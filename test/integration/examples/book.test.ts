/** The steps from a generator to a server: each runs and prints what its text promises. */
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { startProgram } from '../../support/run-program.ts';
import { connectClient, startServer } from './server-process.ts';

/** Runs a step that needs nobody, to its end. */
async function output(path: string): Promise<readonly string[]> {
  const program = startProgram(path);
  const exitCode = await program.waitForExit();
  expect({ exitCode, stderr: program.stderr }).toEqual({ exitCode: 0, stderr: '' });
  return program.lines;
}

const SOCKET = /<Socket fd=\d+ AF_INET SOCK_STREAM 127\.0\.0\.1:\d+ → 127\.0\.0\.1:(\d+)>/;

describe('the steps of the book', () => {
  test('1: a coroutine by hand', async () => {
    expect(await output('examples/book/1-coroutine-by-hand.ts')).toEqual([
      'It stopped and wants the first number; we go on with 4.',
      'It stopped and wants the second number; we go on with 17.',
      'It has ended: true, with 42.',
    ]);
  });

  test('2: a future that can be awaited', async () => {
    expect(await output('examples/book/2-awaitable-future.ts')).toEqual([
      'coroutine: waiting for the parcel',
      'driver:    it waits for our future: true',
      'driver:    going on too early ends it empty-handed: true, delivered: null',
      'coroutine: waiting for the parcel',
      'driver:    now there is a book',
      'driver:    ended with "delivered: a book"',
      'coroutine: waiting for the parcel',
      'driver:    a third one need not wait: "delivered: a book"',
    ]);
  });

  test('3: a future that a socket fulfils', async () => {
    const { program, port } = await startServer('examples/book/3-socket-future.ts');
    const client = await connectClient(port);
    const { localPort } = client;
    let heard = '';
    client.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
    });
    await once(client, 'end');
    expect(await program.waitForExit()).toBe(0);
    expect(heard).toBe('hello, and goodbye\n');
    expect(program.lines.map((line) => line.replace(SOCKET, 'client $1'))).toEqual([
      `Connect to port ${port}, please.`,
      'Something happened: let us see how far the coroutine gets.',
      `It greeted client ${localPort}.`,
    ]);
  });

  test('4: tasks take turns', async () => {
    expect(await output('examples/book/4-task.ts')).toEqual([
      'round 0',
      'round 1',
      'task 1 saw tick 0',
      'task 2 saw tick 0',
      'round 2',
      'task 1 saw tick 1',
      'task 2 saw tick 1',
      'the other task says: task 1 is done',
      'all finished: true',
    ]);
  });

  test('5: the loop runs a coroutine to its end and returns its value', async () => {
    const { program, port } = await startServer('examples/book/5-event-loop.ts');
    const client = await connectClient(port);
    client.write('one ');
    await expect.poll(() => program.lines.length).toBe(6);
    client.end('two');
    expect(await program.waitForExit()).toBe(0);
    expect(program.lines).toEqual([
      `Connect to port ${port}, please.`,
      'Registering socket to accept connections...',
      ...repeat(2, ['Selector has an event, processing...', 'Registering socket to listen for data...']),
      ...repeat(1, ['Selector has an event, processing...', 'Registering socket to listen for data...']),
      'Selector has an event, processing...',
      'The main coroutine has returned "one two".',
    ]);
  });

  test('6: the server tells of two clients that are there at once', async () => {
    const { program, port } = await startServer('examples/book/6-server.ts');
    const clients = [await connectClient(port)];
    const names = [String(clients[0]?.localPort)];
    await program.waitForLine(/^Reading data/);
    clients.push(await connectClient(port));
    names.push(String(clients[1]?.localPort));
    await program.waitForLine(new RegExp(`^Reading data .*:${names[1]}>`));
    clients[1]?.write('from the second');
    await program.waitForLine(/^Got "from the second"/);
    clients[0]?.end('from the first');
    await program.waitForLine(/^Closing/);
    const event = 'Selector has an event, processing...';
    const listening = 'Registering socket to listen for data...';
    const accepting = ['Waiting for connection...', 'Registering socket to accept connections...'];
    expect(
      program.lines.map((line) =>
        line.replace(SOCKET, (_, name: string) => `client ${names.indexOf(name) + 1}`),
      ),
    ).toEqual([
      ...accepting,
      ...[1, 2].flatMap((n) => [
        event,
        `I got a new connection from client ${n}!`,
        ...accepting,
        `Reading data from client client ${n}`,
        listening,
      ]),
      event,
      'Got "from the second" from client!',
      listening,
      event,
      'Got "from the first" from client!',
      listening,
      event,
      'Closing client 1',
    ]);
  });
});

function repeat(times: number, lines: readonly string[]): string[] {
  return Array.from({ length: times }, () => lines).flat();
}

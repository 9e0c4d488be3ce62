/** The chat: what members see of each other, by nc, by the client with its input from a pipe. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type Program, startProgram } from '../../support/run-program.ts';
import { onTeardown } from '../../support/teardown.ts';
import { ChatMember } from './chat-member.ts';
import { runCommand } from './command.ts';
import { connectClient, hasCommand, residentMiB, type Server, startServer, until } from './server-process.ts';

const startChat = (): Promise<Server> => startServer('examples/chat/chat-server.ts');

describe('examples/chat/chat-server.ts', () => {
  test('who comes, what is said, who leaves: everybody hears it', async () => {
    const { port, program } = await startChat();
    const ada = await ChatMember.join(port, 'CONNECT ada');
    await ada.hears('* ada has come; here: ada');
    const bob = await ChatMember.join(port, 'CONNECT bob\r');
    await bob.hears('* bob has come; here: ada, bob');
    bob.socket.write('hello \x1b[2Jthere\r\n\n  \nsecond line\n');
    for (const member of [ada, bob]) await member.hears('bob: hello [2Jthere');
    for (const member of [ada, bob]) await member.hears('bob: second line');
    bob.socket.end();
    await ada.hears('* bob has left');
    ada.socket.resetAndDestroy();
    await program.waitForLine(/^ada has left$/);
    expect(bob.text.match(/bob:/g)).toHaveLength(2);
    expect(program.stderr).toBe('');
  });

  test.each([
    ['another command', 'HELO ada', 'the first line must be CONNECT and a name of up to 20 letters'],
    ['no name', 'CONNECT ', 'the first line must be CONNECT and a name of up to 20 letters'],
    ['two names', 'CONNECT a b', 'the first line must be CONNECT and a name of up to 20 letters'],
    ['a name that is taken', 'CONNECT ada', 'ada is here already'],
    ['a line too long', 'x'.repeat(5000), 'a line has at most 1024 bytes'],
  ])('not welcome: %s', async (_name, firstLine, reason) => {
    const { port, program } = await startChat();
    const ada = await ChatMember.join(port, 'CONNECT ada');
    await ada.hears('* ada has come; here: ada');
    const stranger = await ChatMember.join(port, firstLine);
    await Promise.race([once(stranger.socket, 'end'), once(stranger.socket, 'close')]).catch(() => {});
    expect(stranger.text).toBe(`Sorry: ${reason}\n`);
    expect(ada.text).toBe('* ada has come; here: ada\n');
    expect(program.stderr).toBe('');
  });

  test('a member that does not read is shown out; the others notice nothing else', {
    timeout: 40_000,
  }, async () => {
    const { port, pid } = await startChat();
    const deaf = await connectClient(port);
    deaf.pause().write('CONNECT deaf\n');
    const ada = await ChatMember.join(port, 'CONNECT ada');
    await ada.hears('* ada has come; here: deaf, ada');
    const line = `${'x'.repeat(1000)}\n`;
    const beforeMiB = process.platform === 'linux' ? residentMiB(pid) : 0;
    await until(
      () => {
        if (!ada.text.includes('deaf has left') && ada.socket.writableLength < 1 << 20)
          ada.socket.write(line.repeat(200));
        return ada.text.includes('* deaf has left');
      },
      'end of the deaf',
      30_000,
    );
    if (process.platform === 'linux') expect(residentMiB(pid) - beforeMiB).toBeLessThan(48);
    ada.socket.write('still here\n');
    await ada.hears('ada: still here');
  });

  test('nc', async ({ skip }) => {
    skip(!hasCommand('nc'), 'nc is not installed');
    const { port } = await startChat();
    const { stdout } = await runCommand('nc', ['-N', '127.0.0.1', String(port)], 'CONNECT nc\nhello\n');
    expect(stdout).toBe('* nc has come; here: nc\nnc: hello\n');
  });
});

function startClient(port: number, name: string): Program {
  return startProgram('examples/chat/chat-client.ts', { args: [name], env: { PORT: String(port) } });
}

describe('examples/chat/chat-client.ts, its input a pipe', () => {
  test('sends it, prints what it hears, and ends with it', async () => {
    const { port } = await startChat();
    const ada = await ChatMember.join(port, 'CONNECT ada');
    await ada.hears('* ada has come; here: ada');
    startClient(port, 'script').child.stdin.end('one\ntwo\nno newline');
    await ada.hears('* script has left');
    expect(ada.text.split('\n').slice(1, -1)).toEqual([
      '* script has come; here: ada, script',
      'script: one',
      'script: two',
      'script: no newline',
      '* script has left',
    ]);
  });

  test('ends when the server does, although its input goes on', async () => {
    const { port, program: server } = await startChat();
    const program = startClient(port, 'ada');
    await program.waitForLine(/^\* ada has come/);
    server.child.kill('SIGINT');
    expect(await program.waitForExit()).toBe(0);
    expect(program.stderr).toBe('');
  });

  test('a server that is no chat: one line and exit code', async () => {
    const server = createServer((peer) => peer.on('error', () => {}).write('x'.repeat(200_000)));
    onTeardown(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const client = startProgram('examples/chat/chat-client.ts', { args: ['ada', '--port', String(port)] });
    expect(await client.waitForExit(10_000)).toBe(1);
    expect(client.stderr).toBe('chat-client: the server says a line that does not end\n');
  });

  test('no server, no name: one line and exit code', async () => {
    const { port, program: server } = await startChat();
    await server.kill();
    const program = startClient(port, 'ada');
    expect(await program.waitForExit()).toBe(1);
    expect(program.stderr).toBe(`chat-client: connect ECONNREFUSED 127.0.0.1:${port} (connection refused)\n`);
    const nameless = startProgram('examples/chat/chat-client.ts');
    expect(await nameless.waitForExit()).toBe(2);
    expect(nameless.stderr).toBe('chat-client: NAME is missing; --help says more\n');
  });
});

/** The syslog sink, told by logger, nc and by datagrams of our own making. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { onTeardown } from '../../support/teardown.ts';
import { runCommand } from './command.ts';
import { hasCommand, type Server, startServer } from './server-process.ts';

const SINK = 'examples/datagrams/syslog-sink.ts';

/** Sends datagrams to the sink, one after the other. */
async function send({ port }: Server, ...messages: readonly (string | Buffer)[]): Promise<void> {
  const socket = createSocket('udp4');
  onTeardown(() => void socket.close());
  for (const message of messages) {
    socket.send(message, port, '127.0.0.1');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('examples/datagrams/syslog-sink.ts', () => {
  test.for(['its default', '--rfc3164', '--rfc5424'])('logger, %s', async (name, { skip }) => {
    skip(!hasCommand('logger'), 'logger is not installed');
    const format = name.startsWith('--') ? [name] : [];
    const { program, port } = await startServer(SINK);
    const args = ['-n', '127.0.0.1', '-P', String(port), '-d', '-p', 'daemon.warning', '-t', 'printd'];
    const { exitCode, stderr } = await runCommand('logger', [...args, ...format, 'the printer is on fire']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const line = await program.waitForLine(/on fire/);
    expect(line).toMatch(/^\S.* \S+ daemon\.warning printd(\[\d+\])?: the printer is on fire$/);
    expect(line.startsWith('-'), 'a time').toBe(false);
  });

  test('nc', async ({ skip }) => {
    skip(!hasCommand('nc'), 'nc is not installed');
    const { program, port } = await startServer(SINK);
    const message = '<13>Nov 22 18:00:00 host app: hello\n';
    await runCommand('nc', ['-u', '-w1', '127.0.0.1', String(port)], message);
    expect(await program.waitForLine(/hello/)).toBe('Nov 22 18:00:00 host user.notice app: hello');
  });

  test('each part of both formats, and what is neither', async () => {
    const server = await startServer(SINK);
    await send(
      server,
      String.raw`<165>1 2026-11-22T18:00:00.003Z web.example evntslog 42 ID47 [a@1 x="]\"" y="2"][b@1] ${'\uFEFF'}structured`,
      '<34>1 - - - - - -',
      '<0>Nov  2 08:09:10 router kernel[7]: panic: at the disco',
      '<191>no time and no name',
      'not even a priority',
      '<13>Nov 22 18:00:00 host app: moves\x1b[2Jthe cursor\u0007\nand\tgoes on\0',
      Buffer.alloc(0),
      '<13>1 \x1b[2J h\x1b[31mm a - - - in red',
      '<13>Nov 22 18:00:00 host app: last',
    );
    await server.program.waitForLine(/last$/);
    expect(server.program.lines).toEqual([
      '2026-11-22T18:00:00.003Z web.example local4.notice evntslog[42]: structured',
      '- - auth.crit -: ',
      'Nov  2 08:09:10 router kern.emerg kernel[7]: panic: at the disco',
      '- 127.0.0.1 local7.debug -: no time and no name',
      '- 127.0.0.1 user.notice -: not even a priority',
      'Nov 22 18:00:00 host user.notice app: moves [2Jthe cursor  and goes on',
      '- 127.0.0.1 user.notice -: ',
      ' [2J h [31mm user.notice a: in red',
      'Nov 22 18:00:00 host user.notice app: last',
    ]);
  });

  test('Ctrl-C ends it', async () => {
    const { program } = await startServer(SINK);
    program.child.kill('SIGINT');
    await once(program.child, 'exit');
    expect(await program.waitForExit()).toBe(130);
  });
});

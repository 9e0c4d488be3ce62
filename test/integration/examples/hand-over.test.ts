/**
 * A server replaced while clients connect: who serves changes, and nobody is refused, reset or left without
 * an answer.
 */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { AF_UNIX, recvFds, SOCK_STREAM, Socket } from '../../../src/socket.ts';
import { onTeardown } from '../../support/teardown.ts';
import { runCommand } from './command.ts';
import {
  connectClient,
  cpuMs,
  hasCommand,
  isListening,
  type Server,
  startServer,
  until,
} from './server-process.ts';

const SERVER = 'examples/shutdown/hand-over.ts';

/** Starts servers that know of each other. */
function family(): { control: string; start: () => Promise<Server> } {
  const directory = mkdtempSync(join(tmpdir(), 'selectloop-'));
  onTeardown(() => rmSync(directory, { recursive: true }));
  const control = join(directory, 'control');
  return { control, start: () => startServer(SERVER, { env: { CONTROL: control } }) };
}

/** One request. Resolves to who answered, or to what went wrong. */
async function ask(port: number): Promise<number | string> {
  const client = connect({ port, host: '127.0.0.1' });
  let text = '';
  client.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const failed = new Promise<string>((resolve) => client.once('error', (error) => resolve(error.message)));
  client.write('GET / HTTP/1.0\r\n\r\n');
  const failure = await Promise.race([once(client, 'end').then(() => null), failed]);
  client.destroy();
  const pid = /\r\n\r\nProcess (\d+) at your service\n$/.exec(text)?.[1];
  return failure ?? (pid === undefined ? `answered '${text}'` : Number(pid));
}

/** Clients that connect one after the other until they are told to stop. */
function askAllTheTime(
  port: number,
  clientCount: number,
): { answers: (number | string)[]; stop(): Promise<void> } {
  const answers: (number | string)[] = [];
  let going = true;
  const client = async (): Promise<void> => {
    while (going) answers.push(await ask(port));
  };
  const clients = Array.from({ length: clientCount }, client);
  const stop = async (): Promise<void> => {
    going = false;
    await Promise.all(clients);
  };
  onTeardown(stop);
  return { answers, stop };
}

describe(SERVER, () => {
  test('three hand-overs under load: no connection is lost', { timeout: 60_000 }, async () => {
    const { start } = family();
    let serving = await start();
    const { port } = serving;
    const { answers, stop } = askAllTheTime(port, 8);
    const pids = [serving.pid];
    for (let round = 0; round < 3; round++) {
      const before = answers.length;
      await until(() => answers.length > before + 50, 'answers');
      const successor = await start();
      expect(successor.port).toBe(port);
      expect(await serving.program.waitForExit()).toBe(0);
      expect(serving.program.lines.at(-1)).toBe(`Process ${serving.pid} has handed over`);
      expect(serving.program.stderr).toBe('');
      pids.push(successor.pid);
      serving = successor;
    }
    const before = answers.length;
    await until(() => answers.length > before + 50, 'answers of the last one');
    await stop();
    expect(answers.filter((answer) => typeof answer === 'string')).toEqual([]);
    expect(new Set(answers)).toEqual(new Set(pids));
  });

  test('curl sees who serves', async ({ skip }) => {
    skip(!hasCommand('curl'), 'curl is not installed');
    const { start } = family();
    const first = await start();
    const url = `http://127.0.0.1:${first.port}/`;
    expect((await runCommand('curl', ['-sS', url])).stdout).toBe(`Process ${first.pid} at your service\n`);
    const second = await start();
    await first.program.waitForExit();
    expect((await runCommand('curl', ['-sS', url])).stdout).toBe(`Process ${second.pid} at your service\n`);
  });

  test('who has handed over serves the connections it has, and hears nothing of the new ones', async ({
    skip,
  }) => {
    skip(process.platform !== 'linux', 'processor time is read from /proc');
    const { start } = family();
    const first = await start();
    const descriptors = (): number => readdirSync(`/proc/${first.pid}/fd`).length;
    const countBefore = descriptors();
    const old = await connectClient(first.port);
    old.write('GET / ');
    // Else the second one might accept it.
    await until(() => descriptors() > countBefore, 'the connection');
    const second = await start();
    // Until the first process has read that the second one serves, both accept.
    expect(isListening(second)).toBe(true);
    await until(() => !isListening(first), 'end of the listener');
    const beforeMs = cpuMs(first.pid);
    const { answers, stop } = askAllTheTime(first.port, 2);
    await delay(1000);
    await stop();
    // An epoll set goes on to report a listener that another process still holds, unless it is told to forget
    // it before close().
    expect(cpuMs(first.pid) - beforeMs, 'of the one that has handed over').toBeLessThan(150);
    expect(new Set(answers)).toEqual(new Set([second.pid]));
    expect(answers.length).toBeGreaterThan(20);
    old.write('HTTP/1.0\r\n\r\n');
    expect(String((await once(old, 'data'))[0])).toContain(`Process ${first.pid} at your service`);
    expect(await first.program.waitForExit()).toBe(0);
  });

  test('a successor that dies on the way: the old one goes on', async () => {
    const { control, start } = family();
    const { port, pid, program } = await start();
    for (let i = 0; i < 3; i++) {
      const successor = new Socket(AF_UNIX, SOCK_STREAM);
      onTeardown(() => successor.close());
      successor.settimeout(5000);
      successor.connect(control);
      const [, [listener]] = recvFds(successor, 1, 1);
      using _ = new Socket(undefined, undefined, undefined, { fileno: listener });
      successor.close();
    }
    expect(await ask(port)).toBe(pid);
    expect(program.stderr).toBe('');
  });

  test('a predecessor that was killed leaves a socket nobody answers: the next one starts anew', async () => {
    const { start } = family();
    const killed = await start();
    await killed.program.kill();
    const next = await start();
    expect(await ask(next.port)).toBe(next.pid);
    next.program.child.kill('SIGINT');
    expect(await next.program.waitForExit()).toBe(130);
  });
});

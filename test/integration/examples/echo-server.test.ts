/** The echo server: what comes back, and what it costs in system calls. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { onTeardown } from '../../support/teardown.ts';
import { connectClient, countingBytes, hasCommand, startServer } from './server-process.ts';

const CLIENTS = 50;
const MESSAGE = Buffer.alloc(1024, 'x');
const MESSAGES_PER_CLIENT = 200;

/** Sends `message` and waits for all of it to come back, `times` times. */
async function pingPong(client: Socket, message: Buffer, times: number): Promise<void> {
  let missing = 0;
  let left = times;
  await new Promise<void>((resolve, reject) => {
    const send = (): void => {
      missing = message.length;
      client.write(message);
    };
    const onData = (data: Buffer): void => {
      missing -= data.length;
      if (missing > 0) return;
      if (--left > 0) {
        send();
      } else {
        client.off('data', onData);
        resolve();
      }
    };
    client.on('data', onData).once('error', reject);
    send();
  });
}

interface Tracing {
  /** Stops counting. Resolves to the number of calls by name. */
  stop(): Promise<Map<string, number>>;
}

/** Counts the system calls of a process from now on, or says why it cannot. */
async function trace(pid: number): Promise<Tracing | string> {
  const strace = spawn('strace', ['-f', '-c', '-U', 'calls,name', '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTeardown(() => void strace.kill('SIGKILL'));
  let text = '';
  strace.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const closed = once(strace, 'close');
  await Promise.race([once(strace.stderr, 'data'), closed]);
  if (!text.includes('attached')) return text.trim();
  return {
    async stop() {
      strace.kill('SIGINT');
      await closed;
      const rows = [...text.matchAll(/^\s*(\d+)\s+(\w+)$/gm)];
      return new Map(rows.map(([, calls, name]) => [name as string, Number(calls)]));
    },
  };
}

describe('the echo server', () => {
  test('sends everything back, in order, 8 MB at once too', async () => {
    const { port } = await startServer('examples/echo/echo-server.ts');
    const client = await connectClient(port);
    const sent = countingBytes(8 << 20);
    const got: Buffer[] = [];
    client.on('data', (data) => got.push(data)).end(sent);
    await once(client, 'end');
    expect(Buffer.concat(got).equals(sent)).toBe(true);
  });

  test('survives clients that reset while it sends', async () => {
    const { program, port } = await startServer('examples/echo/echo-server.ts');
    for (let i = 0; i < 5; i++) {
      const rude = await connectClient(port);
      rude.pause().write(Buffer.alloc(4 << 20));
      await new Promise((resolve) => setTimeout(resolve, 50));
      rude.resetAndDestroy();
    }
    await pingPong(await connectClient(port), MESSAGE, 10);
    expect(program.stderr).toBe('');
  });

  test('one recv and one send a message, no epoll_ctl', { timeout: 60_000 }, async ({ skip, annotate }) => {
    skip(process.platform !== 'linux' || !hasCommand('strace'), 'strace is not installed');
    const { port, pid } = await startServer('examples/echo/echo-server.ts');
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => connectClient(port)));
    await Promise.all(clients.map((client) => pingPong(client, MESSAGE, 20)));
    const traced = await trace(pid);
    const tracing = typeof traced === 'string' ? skip(`strace cannot attach here: ${traced}`) : traced;
    await Promise.all(clients.map((client) => pingPong(client, MESSAGE, MESSAGES_PER_CLIENT)));
    // An answer may be here before strace has counted its call: so one message more than is asked for below.
    await pingPong(clients[0] as Socket, MESSAGE, 1);
    const calls = await tracing.stop();
    const messages = CLIENTS * MESSAGES_PER_CLIENT;
    const perMessage = (...names: string[]): number =>
      names.reduce((sum, name) => sum + (calls.get(name) ?? 0), 0) / messages;
    const figures = {
      recv: perMessage('recvfrom', 'recv', 'read', 'recvmsg'),
      send: perMessage('sendto', 'send', 'write', 'sendmsg'),
      epoll_ctl: perMessage('epoll_ctl'),
      epoll_wait: perMessage('epoll_wait', 'epoll_pwait', 'epoll_pwait2'),
    };
    await annotate(`calls a message: ${JSON.stringify(figures)}`);
    expect(figures.recv).toBeGreaterThanOrEqual(1);
    expect(figures.send).toBeGreaterThanOrEqual(1);
    expect(figures.recv).toBeLessThanOrEqual(1.2);
    expect(figures.send).toBeLessThanOrEqual(1.2);
    expect(figures.epoll_ctl).toBeLessThanOrEqual(0.1);
    expect(figures.epoll_wait).toBeLessThanOrEqual(1.2);
  });

  test('a connection comes and goes with the calls it needs, and no others', async ({ skip }) => {
    skip(process.platform !== 'linux' || !hasCommand('strace'), 'strace is not installed');
    const { port, pid } = await startServer('examples/echo/echo-server.ts');
    const traced = await trace(pid);
    const tracing = typeof traced === 'string' ? skip(`strace cannot attach here: ${traced}`) : traced;
    for (let i = 0; i < CLIENTS; i++) {
      const client = await connectClient(port);
      await pingPong(client, MESSAGE, 1);
      const ended = once(client, 'end');
      client.end();
      await ended;
    }
    const calls = await tracing.stop();
    const perConnection = (name: string): number => (calls.get(name) ?? 0) / CLIENTS;
    expect(perConnection('close')).toBeCloseTo(1, 1);
    // One finds the connection; the other, at once, finds that there is no second one.
    expect(perConnection('accept4')).toBeLessThanOrEqual(2.1);
    expect(perConnection('epoll_ctl')).toBeLessThanOrEqual(2.1);
    expect(perConnection('getsockname') + perConnection('getpeername')).toBe(0);
  });
});

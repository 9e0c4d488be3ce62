/** A Redis of the test's own, where Debian's `redis-server` or another is installed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTeardown } from '../../support/teardown.ts';
import { hasCommand, until } from './server-process.ts';

export const hasRedis = hasCommand('redis-server');
export const withoutRedis = 'redis-server is not installed';

/** Starts one that keeps nothing, and ends with the test. Returns its address, as ioredis takes it. */
export async function startRedis(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const path = join(folder, 'redis.sock');
  const args = ['--port', '0', '--unixsocket', path, '--save', '', '--appendonly', 'no', '--dir', folder];
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  onTeardown(async () => {
    if (server.exitCode === null) {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
    }
    await rm(folder, { recursive: true });
  });
  let log = '';
  server.stdout.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  await until(() => /ready to accept connections/i.test(log), 'Redis');
  return path;
}

/** sd_notify: what a service manager hears on its socket. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AF_UNIX, SOCK_DGRAM, Socket } from '../../../src/socket.ts';
import { type Program, startProgram } from '../../support/run-program.ts';
import { onTeardown } from '../../support/teardown.ts';
import { until } from './server-process.ts';

/** A path for a socket, in a directory of its own. */
function temporaryPath(): string {
  const directory = mkdtempSync(join(tmpdir(), 'selectloop-'));
  onTeardown(() => rmSync(directory, { recursive: true }));
  return join(directory, 'notify');
}

/** The manager's side: a datagram socket at `address`. Returns what polls for the next message. */
function listenAt(address: string): () => Promise<string> {
  const manager = new Socket(AF_UNIX, SOCK_DGRAM);
  onTeardown(() => manager.close());
  manager.bind(address);
  manager.setblocking(false);
  const receive = (): string | undefined => {
    try {
      return manager.recv(4096).toString();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
      throw error;
    }
  };
  return async () => (await until(receive, 'notification')) as string;
}

function start(address: string): Program {
  return startProgram('examples/shutdown/sd-notify.ts', { env: { NOTIFY_SOCKET: address } });
}

async function expectLifeOf(program: Program, next: () => Promise<string>): Promise<void> {
  expect(await next()).toBe(`READY=1\nSTATUS=Serving\nMAINPID=${program.child.pid}`);
  await program.waitForLine(/^Notified/);
  program.child.kill('SIGTERM');
  expect(await next()).toBe('STOPPING=1');
  expect(await program.waitForExit()).toBe(0);
  expect(program.stderr).toBe('');
}

describe('examples/shutdown/sd-notify.ts', () => {
  test('a socket in the file system', async () => {
    const path = temporaryPath();
    const next = listenAt(path);
    await expectLifeOf(start(path), next);
  });

  test('an abstract socket, written with @', async ({ skip }) => {
    skip(process.platform !== 'linux', 'abstract names are a thing of Linux');
    const name = `selectloop-notify-${process.pid}`;
    const next = listenAt(`\0${name}`);
    await expectLifeOf(start(`@${name}`), next);
  });

  test('nobody asked: it serves all the same', async () => {
    const program = start('');
    await program.waitForLine(/^Ready; no NOTIFY_SOCKET$/);
    program.child.kill('SIGTERM');
    expect(await program.waitForExit()).toBe(0);
  });

  test('who asked is not there: an error that names the path', async () => {
    const path = temporaryPath();
    const program = start(path);
    expect(await program.waitForExit()).toBe(1);
    expect(program.stderr).toContain(`sendto ENOENT ${path}`);
  });
});

/**
 * `selectloop ps PID` could connect to a program between its `bind` and its `listen`, was refused, took the
 * program for ended, and removed its socket.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listenAt } from '../../src/inspection/listen-at.ts';
import { sweepProcess } from '../../src/inspection/private-folder.ts';
import { defaultKernel } from '../../src/kernel/default-kernel.ts';
import { Socket } from '../../src/socket.ts';
import { onTeardown } from '../support/teardown.ts';

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-listen-'));
  onTeardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a socket for inspection is there under its name only when it can be connected to', () => {
  const folder = freshFolder();
  const path = join(folder, '1-0.sock');
  const real = defaultKernel();
  const seen: boolean[] = [];
  const sockets = Object.create(real.sockets, {
    listen: {
      value: (fd: number, backlog: number) => {
        seen.push(existsSync(path));
        return real.sockets.listen(fd, backlog);
      },
    },
  }) as typeof real.sockets;
  using listener = listenAt(path, Object.create(real, { sockets: { value: sockets } }) as typeof real);
  expect(seen).toEqual([false]);
  expect(readdirSync(folder)).toEqual(['1-0.sock']);
  using connection = new Socket(real.constants.AF_UNIX);
  connection.connect(path);
  using accepted = listener.accept()[0];
  expect(accepted.fileno()).toBeGreaterThan(0);
  sweepProcess(folder, 1);
  expect(readdirSync(folder)).toEqual([]);
});

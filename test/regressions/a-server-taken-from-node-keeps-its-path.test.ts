/** A listening socket that is taken from a server of Node's keeps its path, though libuv removes it. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fromNodeSocket } from '../../src/index.ts';
import { AF_UNIX, SOCK_STREAM, Socket } from '../../src/socket.ts';
import { owned } from '../integration/loop/real-loop.ts';
import { onTeardown } from '../support/teardown.ts';

/** A server of Node's that listens at `path`, alone in `folder`. */
async function listening(): Promise<{
  folder: string;
  path: string;
  server: Server;
  closed: Promise<unknown>;
}> {
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-'));
  onTeardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 's');
  const server = createServer();
  await new Promise<void>((done) => void server.listen(path, done));
  const closed = new Promise((done) => server.on('close', done));
  return { folder, path, server, closed };
}

it('and clients reach it there', async () => {
  const { folder, path, server, closed } = await listening();
  const sock = owned(fromNodeSocket(server));
  await closed;
  expect(readdirSync(folder)).toEqual(['s']);
  const client = owned(new Socket(AF_UNIX, SOCK_STREAM));
  client.connect(path);
  owned(sock.accept()[0]);
});

it('one whose path is gone is taken too', async () => {
  const { path, server, closed } = await listening();
  rmSync(path);
  owned(fromNodeSocket(server));
  await closed;
  expect(existsSync(path)).toBe(false);
});

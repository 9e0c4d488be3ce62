/** Where a server listens, as a user of Node's net asks for it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Protocol, startServer, startUnixServer } from '../../../src/index.ts';
import { onTeardown } from '../../support/teardown.ts';
import { realLoop } from '../loop/real-loop.ts';

const factory = (): Protocol => new (class extends Protocol {})();

test('port and address, while it listens and after', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    const server = yield* startServer(() => undefined, '127.0.0.1', 0);
    const port = server.sockets[0]?.getsockname()[1] as number;
    expect(server.port).toBe(port);
    expect(server.address()).toEqual({ address: '127.0.0.1', family: 'IPv4', port });
    server.close();
    expect([server.port, server.address()]).toEqual([port, null]);
    yield* server.waitClosed();
  });
});

test('before it listens, and closed before that', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    const server = yield* loop.createServer(factory, '127.0.0.1', 0, { startServing: false });
    expect(server.port).toBeGreaterThan(0);
    server.close();
    expect(() => server.port).toThrow(/the server has no port, it is closed/);
    yield* server.waitClosed();
  });
});

test('on a path there is no port', () => {
  const folder = mkdtempSync(join(tmpdir(), 'server-'));
  onTeardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'socket');
  const { loop } = realLoop();
  loop.run(function* () {
    using server = yield* startUnixServer(() => undefined, path);
    expect(server.address()).toBe(path);
    expect(() => server.port).toThrow(`the server has no port: it listens at ${path}`);
    server.close();
    expect(() => server.port).toThrow('the server has no port');
    yield* server.waitClosed();
  });
});

test('IPv6', ({ skip }) => {
  const { loop } = realLoop();
  loop.run(function* () {
    try {
      using server = yield* startServer(() => undefined, '::1', 0);
      expect(server.address()).toEqual({ address: '::1', family: 'IPv6', port: server.port });
    } catch (error) {
      skip((error as { code?: string }).code === 'EADDRNOTAVAIL', 'no IPv6 here');
      throw error;
    }
  });
});

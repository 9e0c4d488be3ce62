/** Sockets for tests: closed at the end of each, and with a time-out, so that no wait is for ever. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'vitest';

import type { OSError } from '../../../src/base/errors.ts';
import { defaultKernel } from '../../../src/kernel/default-kernel.ts';
import { AF_INET, AF_INET6, SOCK_STREAM, Socket } from '../../../src/socket.ts';
import { onTeardown } from '../../support/teardown.ts';

/** Longer than any wait of a healthy test on a busy machine. */
export const PATIENCE_MS = 5000;

/** Has sockets closed after the test. */
export function closeLater(...socks: readonly Socket[]): void {
  for (const sock of socks) onTeardown(() => sock.close());
}

/** Has descriptors closed after the test. */
export function closeFdsLater(...descriptors: readonly number[]): void {
  onTeardown(() => {
    for (const fd of descriptors) defaultKernel().fds.close(fd);
  });
}

/** Two connected stream sockets as bare descriptors, closed after the test. */
export function newPair(): [number, number] {
  const { sockets, constants } = defaultKernel();
  const out = new Int32Array(2);
  expect(sockets.socketpair(constants.AF_UNIX as number, constants.SOCK_STREAM as number, 0, out)).toBe(0);
  closeFdsLater(...out);
  return [out[0] as number, out[1] as number];
}

/** A socket that gives up after {@link PATIENCE_MS} and is closed after the test. */
export function newSocket(family: number = AF_INET, type: number = SOCK_STREAM): Socket {
  const sock = new Socket(family, type);
  closeLater(sock);
  sock.settimeout(PATIENCE_MS);
  return sock;
}

/** A listener on a free port. */
export function listenOn(host = '127.0.0.1'): Socket {
  const listener = newSocket(host.includes(':') ? AF_INET6 : AF_INET);
  listener.bind([host, 0]);
  listener.listen();
  return listener;
}

/** Both ends of a connection over the loopback interface. */
export function tcpPair(host = '127.0.0.1'): [client: Socket, server: Socket] {
  const listener = listenOn(host);
  const client = newSocket(listener.family);
  client.connect(listener.getsockname());
  const [server] = listener.accept();
  closeLater(server);
  server.settimeout(PATIENCE_MS);
  listener.close();
  return [client, server];
}

/** Whether this machine has an IPv6 loopback address. */
export function hasIPv6(): boolean {
  try {
    using sock = new Socket(AF_INET6);
    sock.bind(['::1', 0]);
    return true;
  } catch {
    return false;
  }
}

/** A new directory, removed after the test. */
export function newDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'selectloop-'));
  onTeardown(() => rmSync(path, { recursive: true }));
  return path;
}

/** What `action` raises. */
export function errorOf(action: () => unknown): OSError {
  try {
    action();
  } catch (error) {
    return error as OSError;
  }
  throw new Error('expected an error');
}

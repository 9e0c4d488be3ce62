import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultKernel } from '../../../src/kernel/default-kernel.ts';
import {
  AF_INET,
  AF_UNIX,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  type Socket,
  socketpair,
  type UnixAddress,
} from '../../../src/socket.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { closeLater, errorOf, newDirectory, newSocket } from './fixtures.ts';

failOnFdLeaks();

const PATH_BYTES_MAX = defaultKernel().constants.UNIX_PATH_MAX as number;
const isLinux = process.platform === 'linux';

/** Listens on `address`, connects to it, and answers both ends with what each calls the address. */
function connectVia(address: UnixAddress) {
  const listener = newSocket(AF_UNIX);
  listener.bind(address);
  listener.listen();
  const client = newSocket(AF_UNIX);
  client.connect(listener.getsockname<UnixAddress>());
  const [server, peer] = listener.accept<UnixAddress>();
  closeLater(server);
  return { listener, client, server, peer };
}

function expectToTalk(left: Socket, right: Socket): void {
  left.sendall(Buffer.from('ping'));
  expect(right.recv(100).toString()).toBe('ping');
}

describe('paths', () => {
  test('a path names the listener; clients are unnamed', () => {
    const path = join(newDirectory(), 'socket');
    const { listener, client, server, peer } = connectVia(path);
    expectToTalk(client, server);
    expect(listener.getsockname<UnixAddress>()).toBe(path);
    expect(client.getpeername<UnixAddress>()).toBe(path);
    expect([peer, client.getsockname<UnixAddress>()]).toEqual(['', '']);
    expect(`${server}`).toMatch(/^<Socket fd=\d+ AF_UNIX SOCK_STREAM .*\/socket → \(unnamed\)>$/);
    expect(existsSync(path)).toBe(true);
  });

  test('a client may have a name', () => {
    const directory = newDirectory();
    const listener = newSocket(AF_UNIX);
    listener.bind(join(directory, 'listener'));
    listener.listen();
    const client = newSocket(AF_UNIX);
    client.bind(join(directory, 'client'));
    client.connect(join(directory, 'listener'));
    const [server, peer] = listener.accept<UnixAddress>();
    closeLater(server);
    expect(peer).toBe(join(directory, 'client'));
  });

  test('bytes that are no text', (context) => {
    if (!isLinux) context.skip('this file system wants UTF-8');
    const path = Buffer.concat([Buffer.from(`${newDirectory()}/`), Buffer.of(0xff, 0xfe)]);
    const { client, server } = connectVia(path);
    expectToTalk(client, server);
    expect(client.getpeername<UnixAddress>()).toEqual(path);
  });

  test.each([1, 0])('a path %d short of the longest', (short) => {
    const directory = newDirectory();
    const path = `${directory}/${'x'.repeat(PATH_BYTES_MAX - directory.length - 1 - short)}`;
    expect(path.length).toBe(PATH_BYTES_MAX - short);
    const { client, server } = connectVia(path);
    expectToTalk(client, server);
    expect(client.getpeername<UnixAddress>()).toBe(path);
    expect(existsSync(path)).toBe(true);
  });

  test('refusals', () => {
    const directory = newDirectory();
    const missing = join(directory, 'missing');
    expect(errorOf(() => newSocket(AF_UNIX).connect(missing))).toMatchObject({
      message: `connect ENOENT ${missing} (no such file or directory)`,
      code: 'ENOENT',
      address: missing,
    });
    expect(errorOf(() => newSocket(AF_UNIX).bind(join(missing, 'x')))).toMatchObject({ code: 'ENOENT' });
    const plain = join(directory, 'plain');
    writeFileSync(plain, '');
    expect(errorOf(() => newSocket(AF_UNIX).bind(plain))).toMatchObject({
      code: 'EADDRINUSE',
      address: plain,
    });
    expect(errorOf(() => newSocket(AF_UNIX).connect(plain)).code).toMatch(/ECONNREFUSED|ENOTSOCK/);
  });
});

describe.runIf(isLinux)('abstract names', () => {
  test('exist without a file, and every byte counts', () => {
    const name = Buffer.from(`\0selectloop-${process.pid}\0x\0`);
    const { listener, client, server } = connectVia(name);
    expectToTalk(client, server);
    expect(listener.getsockname<UnixAddress>()).toEqual(name);
    expect(client.getpeername<UnixAddress>()).toEqual(name);
    expect(errorOf(() => newSocket(AF_UNIX).connect(name.subarray(0, -1)))).toMatchObject({
      code: 'ECONNREFUSED',
    });
    expect(`${listener}`).toContain(`@selectloop-${process.pid}@x@`);
  });

  test('the longest', () => {
    const name = Buffer.from(`\0selectloop-${process.pid}`.padEnd(PATH_BYTES_MAX, 'x'));
    const { client, server } = connectVia(name);
    expectToTalk(client, server);
    expect(client.getpeername<UnixAddress>()).toEqual(name);
  });

  test('the system chooses one for the empty path', () => {
    const { listener, client, server } = connectVia('');
    expectToTalk(client, server);
    expect(listener.getsockname<UnixAddress>()).toMatchObject({ 0: 0 });
  });
});

test.runIf(isLinux)('connect waits where the backlog is full, as long as it may', () => {
  const listener = newSocket(AF_UNIX);
  listener.bind('');
  listener.listen(0);
  const address = listener.getsockname<UnixAddress>();
  newSocket(AF_UNIX).connect(address);
  const hasty = newSocket(AF_UNIX);
  hasty.setblocking(false);
  expect(errorOf(() => hasty.connect(address))).toMatchObject({ name: 'BlockingIOError', code: 'EAGAIN' });
  const patient = newSocket(AF_UNIX);
  patient.settimeout(60);
  const start = performance.now();
  expect(errorOf(() => patient.connect(address)).name).toBe('TimeoutError');
  expect(performance.now() - start).toBeGreaterThanOrEqual(60);
  listener.accept()[0].close();
  patient.connect(address);
});

describe('socketpair', () => {
  test('two ends of one stream', () => {
    const [left, right] = socketpair();
    closeLater(left, right);
    expect([left.family, left.type, left.gettimeout()]).toEqual([AF_UNIX, SOCK_STREAM, null]);
    expectToTalk(left, right);
    expectToTalk(right, left);
    left.close();
    expect(right.recv(1).length).toBe(0);
  });

  test.each([
    ['SOCK_DGRAM', SOCK_DGRAM],
    ['SOCK_SEQPACKET', SOCK_SEQPACKET],
  ])('%s keeps messages apart', (name, type) => {
    if (name === 'SOCK_SEQPACKET' && process.platform === 'darwin') return;
    const [left, right] = socketpair(AF_UNIX, type);
    closeLater(left, right);
    for (const text of ['one', '', 'three']) left.sendall(Buffer.from(text));
    expect([right.recv(100), right.recv(100), right.recv(2)].map(String)).toEqual(['one', '', 'th']);
  });

  test('families that have none', () => {
    expect(errorOf(() => socketpair(AF_INET)).code).toMatch(/^(EOPNOTSUPP|ENOTSUP)$/);
  });
});

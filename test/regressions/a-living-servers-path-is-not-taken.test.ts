/** The file of a unix socket is removed when nobody is behind it, and only by the server that made it. */

import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { expect, it } from 'vitest';
import {
  type Coroutine,
  DatagramProtocol,
  type EventLoop,
  OSError,
  Protocol,
  type Server,
  sleep,
} from '../../src/index.ts';
import { AF_UNIX, SOCK_DGRAM, SOCK_STREAM, Socket } from '../../src/socket.ts';
import { owned, realLoop } from '../integration/loop/real-loop.ts';
import { onTeardown } from '../support/teardown.ts';

class Plain extends Protocol {}
class Messages extends DatagramProtocol {}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'selectloop-'));
  onTeardown(() => rmSync(path, { recursive: true }));
  return path;
}

function bound(path: string, type = SOCK_STREAM): Socket {
  const sock = owned(new Socket(AF_UNIX, type));
  sock.bind(path);
  return sock;
}

function serve(loop: EventLoop, path: string): Coroutine<Server> {
  return loop.createUnixServer(() => new Plain(), { path });
}

function* refusalOf(start: Coroutine<unknown>): Coroutine<string | undefined> {
  try {
    yield* start;
    return undefined;
  } catch (error) {
    if (!(error instanceof OSError)) throw error;
    return error.code;
  }
}

it('a living server keeps its path, and hears nothing of the attempt', () => {
  const { loop } = realLoop();
  const path = join(folder(), 's');
  let connections = 0;
  loop.run(function* () {
    const counting = (): Plain => {
      connections++;
      return new Plain();
    };
    const first = yield* loop.createUnixServer(counting, { path });
    expect(yield* refusalOf(serve(loop, path))).toBe('EADDRINUSE');
    expect(first.isServing()).toBe(true);
    const [transport] = yield* loop.createUnixConnection(() => new Plain(), { path });
    while (connections === 0) yield* sleep(1);
    transport.abort();
    yield* first.shutdown({ graceMs: 0 });
  });
  expect(connections).toBe(1);
  expect(existsSync(path)).toBe(false);
});

it('so does a socket that is bound and does not listen, and a datagram receiver', () => {
  const { loop } = realLoop();
  const [a, b] = [join(folder(), 's'), join(folder(), 'd')];
  bound(a);
  bound(b, SOCK_DGRAM);
  loop.run(function* () {
    for (const path of [a, b]) {
      expect(yield* refusalOf(serve(loop, path))).toBe('EADDRINUSE');
      const endpoint = loop.createDatagramEndpoint(() => new Messages(), {
        family: AF_UNIX,
        localAddr: path,
      });
      expect(yield* refusalOf(endpoint)).toBe('EADDRINUSE');
      expect(existsSync(path)).toBe(true);
    }
  });
});

it('the socket of a dead one is replaced, by servers and by datagram endpoints', () => {
  const { loop } = realLoop();
  const path = join(folder(), 's');
  for (const type of [SOCK_STREAM, SOCK_DGRAM]) {
    bound(path, type).close();
    loop.run(function* () {
      (yield* serve(loop, path)).close();
      bound(path, type).close();
      const endpoint = { family: AF_UNIX, localAddr: path };
      const [transport] = yield* loop.createDatagramEndpoint(() => new Messages(), endpoint);
      transport.abort();
    });
    rmSync(path, { force: true });
  }
});

it('a link is judged by what it leads to', () => {
  const { loop } = realLoop();
  const place = folder();
  const [target, link, file] = [join(place, 'target'), join(place, 'link'), join(place, 'file')];
  const living = bound(target);
  symlinkSync(target, link);
  writeFileSync(file, 'not a socket');
  loop.run(function* () {
    expect(yield* refusalOf(serve(loop, link))).toBe('EADDRINUSE');
    expect(yield* refusalOf(serve(loop, file))).toBe('EADDRINUSE');
    living.close();
    const server = yield* serve(loop, link);
    expect(existsSync(target)).toBe(true);
    server.close();
  });
  expect(existsSync(link)).toBe(false);
  expect(existsSync(file)).toBe(true);
});

it('the path of a socket that was given ready-made stays, unless its removal is asked for', () => {
  const { loop } = realLoop();
  const path = join(folder(), 's');
  for (const cleanupSocket of [undefined, true]) {
    const sock = bound(path);
    loop.run(function* () {
      (yield* loop.createUnixServer(() => new Plain(), { sock, cleanupSocket })).close();
    });
    expect(existsSync(path)).toBe(cleanupSocket === undefined);
    rmSync(path, { force: true });
  }
});

it.runIf(isMainThread)('a relative path is removed after a change of directory, too', () => {
  const { loop } = realLoop();
  const home = process.cwd();
  const place = folder();
  onTeardown(() => process.chdir(home));
  for (const path of ['relative', Buffer.from('bytes')]) {
    process.chdir(place);
    loop.run(function* () {
      const server = yield* loop.createUnixServer(() => new Plain(), { path });
      process.chdir('/');
      expect(existsSync(join(place, path.toString()))).toBe(true);
      server.close();
    });
    expect(existsSync(join(place, path.toString()))).toBe(false);
  }
  process.chdir(home);
});

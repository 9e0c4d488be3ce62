/** createConnection and its relatives: which address is taken, and that nothing is left of the others. */
import { mkdtempSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type Awaitable,
  CancelledError,
  type EventLoop,
  Future,
  type OSError,
  sleep,
} from '../../../src/index.ts';
import type { AddressInfo } from '../../../src/names/address-query.ts';
import { AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_STREAM, Socket } from '../../../src/socket.ts';
import { onTeardown } from '../../support/teardown.ts';
import { caught } from '../../unit/loop/virtual-loop.ts';
import { owned, pair, realLoop, tcpListener } from '../loop/real-loop.ts';
import { Noting, settle, until } from './fixtures.ts';

const newNoting = (): Noting => new Noting();

/** Has the loop resolve every name to these hosts, in this order, all with one port. */
function resolveTo(loop: EventLoop, hosts: readonly string[], port: number): void {
  const infos = hosts.map((host): AddressInfo => [AF_INET, SOCK_STREAM, 6, '', [host, port]]);
  loop.getaddrinfo = () => {
    const future = new Future<AddressInfo[]>({ loop });
    future.setResult(infos);
    return future;
  };
}

/** Has connects to some hosts never end. */
function stall(loop: EventLoop, hosts: readonly string[]): string[] {
  const tried: string[] = [];
  const real = loop.sockConnect.bind(loop);
  loop.sockConnect = (sock, address) => {
    const host = (address as readonly [string])[0];
    tried.push(host);
    return hosts.includes(host) ? new Future<void>({ loop }) : real(sock, address);
  };
  return tried;
}

/** A port that nobody listens on. */
function closedPort(): number {
  const sock = new Socket(AF_INET, SOCK_STREAM);
  sock.bind(['127.0.0.1', 0]);
  const [, port] = sock.getsockname();
  sock.close();
  return port;
}

function connect(loop: EventLoop, options: object): Awaitable<unknown> {
  return loop.createConnection(newNoting, { host: 'test.invalid', port: 1, ...options });
}

describe('createConnection', () => {
  test('connects, from where it is told', () => {
    const { loop } = realLoop();
    const listener = tcpListener();
    const [host, port] = listener.getsockname();
    const [transport, protocol] = loop.run(
      loop.createConnection(newNoting, { host, port, localAddr: ['127.0.0.1', 0] }),
    );
    const [conn, address] = listener.accept();
    owned(conn);
    expect(protocol.calls).toEqual(['made']);
    expect(transport.getExtraInfo('sockname')).toEqual(address);
    expect(transport.getExtraInfo('peername')).toEqual([host, port]);
    transport.close();
    settle(loop);
  });

  test('a refused connection says so; a local address that is not ours too', () => {
    const { loop } = realLoop();
    const port = closedPort();
    const refused = caught(() => loop.run(loop.createConnection(newNoting, { host: '127.0.0.1', port })));
    expect(refused).toMatchObject({ code: 'ECONNREFUSED', address: '127.0.0.1', port });
    const localAddr = ['203.0.113.7', 0] as const;
    const unbound = caught(() =>
      loop.run(loop.createConnection(newNoting, { host: '127.0.0.1', port, localAddr })),
    );
    expect(unbound).toMatchObject({ code: 'EADDRNOTAVAIL' });
  });

  test('tries the addresses one after the other', () => {
    const { loop } = realLoop();
    const listener = tcpListener();
    const [, port] = listener.getsockname();
    resolveTo(loop, ['127.0.0.9', '127.0.0.1'], port);
    const [transport] = loop.run(loop.createConnection(newNoting, { host: 'test.invalid', port }));
    expect(transport.getExtraInfo('peername')).toEqual(['127.0.0.1', port]);
    transport.close();
    settle(loop);
  });

  test('tells of all addresses when none works', () => {
    const { loop } = realLoop();
    const port = closedPort();
    resolveTo(loop, ['127.0.0.8', '127.0.0.9'], port);
    const one = caught(() => loop.run(connect(loop, {}) as never)) as OSError;
    expect(one.code).toBe('ECONNREFUSED');
    expect(one.message).toContain('127.0.0.8');
    expect(one.message).toContain('127.0.0.9');
    for (const happyEyeballsDelayMs of [undefined, 10]) {
      const all = caught(() => loop.run(connect(loop, { allErrors: true, happyEyeballsDelayMs }) as never));
      expect((all as AggregateError).errors).toHaveLength(2);
    }
  });

  test('with a delay, an address that does not answer is overtaken', () => {
    const { loop } = realLoop();
    const listener = tcpListener();
    const [, port] = listener.getsockname();
    resolveTo(loop, ['127.0.0.8', '127.0.0.9', '127.0.0.1', '127.0.0.2'], port);
    const tried = stall(loop, ['127.0.0.8', '127.0.0.9']);
    const startMs = loop.time();
    const [transport] = loop.run(
      loop.createConnection(newNoting, { host: 'test.invalid', port, happyEyeballsDelayMs: 20 }),
    );
    expect(transport.getExtraInfo('peername')).toEqual(['127.0.0.1', port]);
    expect(loop.time() - startMs).toBeGreaterThanOrEqual(40);
    expect(tried).toEqual(['127.0.0.8', '127.0.0.9', '127.0.0.1']);
    transport.close();
    settle(loop);
    expect(loop.liveTasks.size).toBe(0);
  });

  test('with a delay, a failure does not wait for it', () => {
    const { loop } = realLoop();
    const listener = tcpListener();
    const [, port] = listener.getsockname();
    resolveTo(loop, ['127.0.0.9', '127.0.0.1'], port);
    const [transport] = loop.run(
      loop.createConnection(newNoting, { host: 'test.invalid', port, happyEyeballsDelayMs: 100_000 }),
    );
    transport.close();
    settle(loop);
  });

  test.each([undefined, 10])('cancelled on the way, nothing is left (delay %s)', (happyEyeballsDelayMs) => {
    const { loop } = realLoop();
    resolveTo(loop, ['127.0.0.8', '127.0.0.9'], 9);
    stall(loop, ['127.0.0.8', '127.0.0.9']);
    const task = loop.createTask(
      loop.createConnection(newNoting, { host: 'test.invalid', port: 9, happyEyeballsDelayMs }),
    );
    loop.run(sleep(40));
    task.cancel();
    until(loop, () => task.done());
    settle(loop);
    expect(() => task.result()).toThrow(CancelledError);
    expect(loop.liveTasks.size).toBe(0);
  });

  test('closes its socket when the protocol cannot be made', () => {
    const { loop } = realLoop();
    const [host, port] = tcpListener().getsockname();
    const factory = (): never => {
      throw new Error('no protocol');
    };
    expect(() => loop.run(loop.createConnection(factory, { host, port }))).toThrow('no protocol');
  });

  test.each([
    [{}, 'needs host and port, or sock'],
    [{ host: 'localhost', port: 1, sock: 'stream' }, 'host and port cannot be given together with sock'],
    [{ sock: 'dgram' }, 'a stream socket is needed'],
    [{ host: 'localhost', port: 1, happyEyeballsDelayMs: -1 }, 'happyEyeballsDelayMs'],
    [{ host: 'localhost', port: 70_000 }, 'port'],
  ])('%j is refused', (options, message) => {
    const { loop } = realLoop();
    const { sock, ...rest } = options as { sock?: string };
    const given =
      sock === undefined
        ? undefined
        : owned(new Socket(AF_INET, sock === 'dgram' ? SOCK_DGRAM : SOCK_STREAM));
    expect(() => loop.run(loop.createConnection(newNoting, { ...rest, sock: given }))).toThrow(message);
  });

  test('connectAcceptedSocket serves what was accepted elsewhere', () => {
    const { loop } = realLoop();
    const [mine, peer] = pair();
    const [transport, protocol] = loop.run(loop.connectAcceptedSocket(newNoting, mine));
    peer.sendall(Buffer.from('x'));
    until(loop, () => protocol.received === 'x');
    transport.close();
    settle(loop);
    expect(mine.closed).toBe(true);
  });
});

describe('unix sockets', () => {
  function folder(): string {
    const path = mkdtempSync(join(tmpdir(), 'selectloop-'));
    onTeardown(() => rmSync(path, { recursive: true }));
    return path;
  }

  test('a server and a client; the path is gone after', () => {
    const { loop } = realLoop();
    const dir = folder();
    const path = join(dir, 's');
    const protocols: Noting[] = [];
    const factory = (): Noting => {
      const protocol = new Noting();
      protocols.push(protocol);
      return protocol;
    };
    const server = loop.run(loop.createUnixServer(factory, { path }));
    const [transport] = loop.run(loop.createUnixConnection(newNoting, { path }));
    transport.write(Buffer.from('local'));
    until(loop, () => protocols[0]?.received === 'local');
    transport.close();
    loop.run(server.shutdown());
    expect(readdirSync(dir)).toEqual([]);
  });

  test('a socket that was left behind is replaced, a file is not', () => {
    const { loop } = realLoop();
    const dir = folder();
    const path = join(dir, 's');
    const dead = new Socket(AF_UNIX, SOCK_STREAM);
    dead.bind(path);
    dead.close();
    const first = loop.run(loop.createUnixServer(newNoting, { path }));
    // A second server has the path when the first one's file is gone; closing the first one leaves it alone.
    unlinkSync(path);
    const second = loop.run(loop.createUnixServer(newNoting, { path, cleanupSocket: false }));
    first.close();
    expect(readdirSync(dir)).toEqual(['s']);
    second.close();
    expect(readdirSync(dir)).toEqual(['s']);
    const file = join(dir, 'file');
    writeFileSync(file, 'precious');
    expect(() => loop.run(loop.createUnixServer(newNoting, { path: file }))).toThrow(/EADDRINUSE/);
    expect(readdirSync(dir)).toContain('file');
  });

  test.each([
    [{}, 'needs path, or sock'],
    [{ path: '/tmp/x', sock: AF_UNIX }, 'together'],
    [{ sock: AF_INET }, 'an AF_UNIX stream socket is needed'],
  ])('%j is refused by both', (options, message) => {
    const { loop } = realLoop();
    const { sock, ...rest } = options as { sock?: number };
    const given = (): Socket | undefined =>
      sock === undefined ? undefined : owned(new Socket(sock, SOCK_STREAM));
    expect(() => loop.run(loop.createUnixServer(newNoting, { ...rest, sock: given() }))).toThrow(message);
    expect(() => loop.run(loop.createUnixConnection(newNoting, { ...rest, sock: given() }))).toThrow(message);
  });

  test('nobody there is an error', () => {
    const { loop } = realLoop();
    const path = join(folder(), 'none');
    expect(() => loop.run(loop.createUnixConnection(newNoting, { path }))).toThrow(/ENOENT/);
  });
});

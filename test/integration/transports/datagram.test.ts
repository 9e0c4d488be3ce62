/** Datagram endpoints. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultKernel } from '../../../src/kernel/default-kernel.ts';
import { EAGAIN, EPERM } from '../../../src/kernel/errno.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_STREAM, Socket } from '../../../src/socket.ts';
import { DatagramProtocol } from '../../../src/transports/protocol.ts';
import type { DatagramTransport } from '../../../src/transports/transport.ts';
import { onTeardown } from '../../support/teardown.ts';
import { kernelWith, owned, realLoop } from '../loop/real-loop.ts';
import { settle, until } from './fixtures.ts';

class Noting extends DatagramProtocol {
  readonly received: [string, unknown][] = [];
  readonly errors: string[] = [];
  readonly calls: string[] = [];
  lostWith: Error | null | undefined;
  fails = false;

  override datagramReceived(data: Buffer, address: unknown): void {
    this.received.push([data.toString(), address]);
    if (this.fails) throw new Error('received badly');
  }

  override errorReceived(error: Error): void {
    this.errors.push((error as { code?: string }).code ?? error.message);
  }

  override connectionLost(error: Error | null): void {
    this.lostWith = error;
  }

  override pauseWriting(): void {
    this.calls.push('pause');
  }

  override resumeWriting(): void {
    this.calls.push('resume');
  }
}

const newNoting = (): Noting => new Noting();
const localAddr = ['127.0.0.1', 0] as const;

/** Two endpoints: one bound, one connected to it. */
function endpoints(kernel: Kernel = defaultKernel()) {
  const world = realLoop({ kernel });
  const { loop } = world;
  const [bound, server] = loop.run(loop.createDatagramEndpoint(newNoting, { localAddr }));
  const address = bound.getExtraInfo('sockname') as [string, number];
  const [connected, client] = loop.run(loop.createDatagramEndpoint(newNoting, { remoteAddr: address }));
  onTeardown(() => {
    bound.abort();
    connected.abort();
  });
  return { ...world, bound, server, address, connected, client };
}

const nameOf = (transport: DatagramTransport): unknown => transport.getExtraInfo('sockname');

describe('datagram endpoints', () => {
  test('messages arrive whole, empty ones too, with their sender', () => {
    const { loop, bound, server, connected, client, address } = endpoints();
    for (const text of ['one', '', 'three']) connected.sendto(Buffer.from(text));
    until(loop, () => server.received.length === 3);
    expect(server.received.map(([text]) => text)).toEqual(['one', '', 'three']);
    const [, sender] = server.received[0] ?? [];
    bound.sendto(Buffer.from('answer'), sender as never);
    until(loop, () => client.received.length === 1);
    expect(client.received).toEqual([['answer', address]]);
    expect(connected.getExtraInfo('peername')).toEqual(address);
    expect(bound.getExtraInfo('peername')).toBe(null);
  });

  test('a connected endpoint sends to its peer alone', () => {
    const { loop, server, connected, address } = endpoints();
    connected.sendto(Buffer.from('a'), address);
    expect(() => connected.sendto(Buffer.from('b'), ['127.0.0.1', 1])).toThrow(
      /must be left out, or be 127\.0\.0\.1:/,
    );
    until(loop, () => server.received.length === 1);
  });

  test('an unconnected one needs an address, and bytes', () => {
    const { bound } = endpoints();
    expect(() => bound.sendto(Buffer.from('x'))).toThrow(/an address is needed/);
    expect(() => bound.sendto('x' as never, ['127.0.0.1', 1])).toThrow(TypeError);
    expect(() => bound.sendto(Buffer.from('x'), ['name.invalid', 1])).toThrow(/is not an IPv4 address/);
  });

  test('a message that nobody receives is an error, and the endpoint goes on', () => {
    const { loop, bound, server, connected, client } = endpoints();
    bound.close();
    settle(loop);
    expect(server.lostWith).toBe(null);
    connected.sendto(Buffer.from('x'));
    until(loop, () => client.errors.includes('ECONNREFUSED'));
    expect(connected.isClosing()).toBe(false);
    expect(client.lostWith).toBeUndefined();
  });

  test('an error in the protocol is reported, and the endpoint goes on', () => {
    const { loop, server, connected, takeReports } = endpoints();
    server.fails = true;
    connected.sendto(Buffer.from('a'));
    connected.sendto(Buffer.from('b'));
    until(loop, () => server.received.length === 2);
    expect(takeReports().map(({ message }) => message)).toEqual([
      'protocol.datagramReceived() failed',
      'protocol.datagramReceived() failed',
    ]);
  });

  test('what cannot be sent now is copied, queued and counted, and close waits for it', () => {
    let jammed = true;
    const real = kernelWith({});
    const kernel = kernelWith({
      sockets: { send: (...args) => (jammed ? -EAGAIN : real.sockets.send(...args)) },
    });
    const { loop, server, connected, client } = endpoints(kernel);
    connected.setWriteBufferLimits({ high: 30, low: 10 });
    const data = Buffer.from('first');
    connected.sendto(data);
    data.fill('?');
    expect(connected.getWriteBufferSize()).toBe(13);
    connected.sendto(Buffer.from('second, longer'));
    expect(client.calls).toEqual(['pause']);
    expect(connected.getWriteBufferLimits()).toEqual([10, 30]);
    connected.close();
    settle(loop);
    expect(client.lostWith).toBeUndefined();
    jammed = false;
    until(loop, () => client.lostWith === null);
    until(loop, () => server.received.length === 2);
    expect(server.received.map(([text]) => text)).toEqual(['first', 'second, longer']);
    expect(client.calls).toEqual(['pause', 'resume']);
    expect(connected.getWriteBufferSize()).toBe(0);
  });

  test('a queued message that is refused does not hold up the next', () => {
    const answers = [-EAGAIN, -EPERM];
    const real = kernelWith({});
    const kernel = kernelWith({
      sockets: { send: (...args) => answers.shift() ?? real.sockets.send(...args) },
    });
    const { loop, server, connected, client } = endpoints(kernel);
    connected.sendto(Buffer.from('refused'));
    connected.sendto(Buffer.from('sent'));
    until(loop, () => server.received.length === 1);
    expect(server.received[0]?.[0]).toBe('sent');
    expect(client.errors).toEqual(['EPERM']);
  });

  test('after the end messages are dropped; abort drops what is queued', () => {
    const kernel = kernelWith({ sockets: { send: () => -EAGAIN } });
    const { loop, connected, client, takeReports } = endpoints(kernel);
    connected.sendto(Buffer.from('lost'));
    connected.abort();
    expect(connected.getWriteBufferSize()).toBe(0);
    for (let i = 0; i < 6; i++) connected.sendto(Buffer.from('x'));
    settle(loop);
    expect(client.lostWith).toBe(null);
    expect(takeReports()).toHaveLength(1);
    expect(String(connected)).toMatch(/^<DatagramTransport closed unsent=0/);
  });

  test('broadcast endpoints are not connected, yet have one address to send to', () => {
    const { loop, server, address } = endpoints();
    const [transport] = loop.run(
      loop.createDatagramEndpoint(newNoting, { remoteAddr: address, allowBroadcast: true }),
    );
    onTeardown(() => transport.abort());
    expect(transport.getExtraInfo('peername')).toBe(null);
    transport.sendto(Buffer.from('x'));
    until(loop, () => server.received.length === 1);
    expect(() => transport.sendto(Buffer.from('x'), ['127.0.0.1', 1])).toThrow(RangeError);
  });

  test('unix datagrams have paths', () => {
    const dir = mkdtempSync(join(tmpdir(), 'selectloop-'));
    onTeardown(() => rmSync(dir, { recursive: true }));
    const { loop } = realLoop();
    const [a, b] = [join(dir, 'a'), join(dir, 'b')];
    const unix = (options: object) =>
      loop.run(loop.createDatagramEndpoint(newNoting, { family: AF_UNIX, ...options }));
    const [first, receiver] = unix({ localAddr: a });
    const [second] = unix({ localAddr: b, remoteAddr: a });
    onTeardown(() => {
      first.abort();
      second.abort();
    });
    second.sendto(Buffer.from('x'));
    until(loop, () => receiver.received.length === 1);
    expect(receiver.received).toEqual([['x', b]]);
    expect(nameOf(second)).toBe(b);
    expect(() => unix({ localAddr: ['127.0.0.1', 0] })).toThrow(TypeError);
  });

  test.each([
    [{}, 'needs localAddr, remoteAddr, family or sock'],
    [{ sock: 'stream' }, 'a datagram socket is needed'],
    [
      { sock: 'dgram', localAddr, reusePort: true },
      'localAddr, reusePort cannot be given together with sock',
    ],
    [{ localAddr: '127.0.0.1' }, 'localAddr must be [host, port]'],
    [{ localAddr, reusePort: 1 }, 'reusePort must be true or false, got 1'],
    [{ localAddr, allowBroadcast: 'yes' }, "allowBroadcast must be true or false, got 'yes'"],
    [{ localAddr: ['::1', 0], remoteAddr: ['127.0.0.1', 9] }, 'no family has an address for both ends'],
  ])('%j is refused', (options, message) => {
    const { loop } = realLoop();
    const { sock, ...rest } = options as { sock?: string };
    const given =
      sock === undefined
        ? undefined
        : owned(new Socket(AF_INET, sock === 'dgram' ? SOCK_DGRAM : SOCK_STREAM));
    expect(() => loop.run(loop.createDatagramEndpoint(newNoting, { ...rest, sock: given }))).toThrow(message);
  });

  test('a socket may be taken over, or just a family given', () => {
    const { loop, server, address } = endpoints();
    const sock = owned(new Socket(AF_INET, SOCK_DGRAM));
    const [taken] = loop.run(loop.createDatagramEndpoint(newNoting, { sock }));
    const [made] = loop.run(loop.createDatagramEndpoint(newNoting, { family: AF_INET }));
    for (const transport of [taken, made]) transport.sendto(Buffer.from('x'), address);
    until(loop, () => server.received.length === 2);
    taken.close();
    made.close();
    settle(loop);
    expect(sock.closed).toBe(true);
  });
});

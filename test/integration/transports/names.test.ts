/** What a transport says of its socket, and for how long. */
import { describe, expect, test } from 'vitest';
import { ENOTCONN } from '../../../src/kernel/errno.ts';
import type { Socket } from '../../../src/socket.ts';
import { DatagramProtocol } from '../../../src/transports/protocol.ts';
import { kernelWith, realLoop, tcpListener, tcpSocket } from '../loop/real-loop.ts';
import { connected, Noting, reset, until } from './fixtures.ts';
import { connectTo, serve } from './serving.ts';

const namesOf = ({ transport }: Noting): unknown[] =>
  ['sockname', 'peername', 'socket'].map((name) => transport.getExtraInfo(name));

describe('getExtraInfo', () => {
  test('knows both names when the connection has been reset, and when the socket is closed', () => {
    const { loop } = realLoop();
    const protocols: Noting[] = [];
    using server = serve(loop, protocols);
    const clients = [connectTo(server), connectTo(server)];
    const expected = clients.map((client) => [server.sockets[0]?.getsockname(), client.getsockname()]);
    until(loop, () => protocols.length === 2);
    for (const client of clients) reset(client);
    until(loop, () => protocols.every(({ lostWith }) => lostWith !== undefined));
    const socks = protocols.map(({ transport }) => transport.getExtraInfo('socket') as Socket);
    expect(socks.map(({ closed }) => closed)).toEqual([true, true]);
    expect(protocols.map(namesOf)).toEqual(expected.map((names, i) => [...names, socks[i]]));
  });

  test('of the side that connected, too', () => {
    const { loop } = realLoop();
    const listener = tcpListener();
    const protocol = new Noting();
    loop.run(loop.createConnection(() => protocol, { host: '127.0.0.1', port: listener.getsockname()[1] }));
    const [peer, name] = listener.accept();
    reset(peer);
    until(loop, () => protocol.lostWith !== undefined);
    expect(namesOf(protocol).slice(0, 2)).toEqual([name, listener.getsockname()]);
  });

  test('is asked in connectionLost as well', () => {
    const seen: unknown[] = [];
    class Asking extends Noting {
      override connectionLost(error: Error | null): void {
        seen.push(...namesOf(this));
        super.connectionLost(error);
      }
    }
    const { loop, transport, protocol } = connected(new Asking());
    transport.close();
    until(loop, () => protocol.lostWith === null);
    expect(seen).toEqual(['', '', transport.getExtraInfo('socket')]);
  });

  test('gives each asker an address of its own', () => {
    const { loop } = realLoop();
    const protocols: Noting[] = [];
    using server = serve(loop, protocols);
    connectTo(server);
    until(loop, () => protocols.length === 1);
    const [first] = protocols.map(({ transport }) => transport.getExtraInfo('peername') as unknown[]);
    first?.splice(0);
    expect(protocols[0]?.transport.getExtraInfo('peername')).toHaveLength(2);
  });

  test('answers with the fallback for what is not known', () => {
    const kernel = kernelWith({ sockets: { getpeername: () => -ENOTCONN, getsockname: () => -ENOTCONN } });
    const { transport } = connected(new Noting(), kernel);
    expect(transport.getExtraInfo('peername')).toBeNull();
    expect(transport.getExtraInfo('sockname', 'none')).toBe('none');
    expect(transport.getExtraInfo('pipe')).toBeNull();
  });

  test('of datagrams: a peer only where there is one', () => {
    const { loop } = realLoop();
    const endpoint = (options: object): unknown[] => {
      const [transport] = loop.run(
        loop.createDatagramEndpoint(() => new (class extends DatagramProtocol {})(), options),
      );
      const names = ['sockname', 'peername'].map((name) => transport.getExtraInfo(name));
      transport.abort();
      return names;
    };
    const other = tcpSocket();
    other.bind(['127.0.0.1', 0]);
    const remote = other.getsockname();
    const address: unknown = ['127.0.0.1', expect.any(Number)];
    expect(endpoint({ localAddr: ['127.0.0.1', 0] })).toEqual([address, null]);
    expect(endpoint({ remoteAddr: remote })).toEqual([address, remote]);
  });
});

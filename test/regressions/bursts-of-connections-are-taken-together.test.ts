/** A server takes the connections that are there in one turn, within a budget. */
import { expect, it } from 'vitest';
import { Protocol, sleep } from '../../src/index.ts';
import type { Socket } from '../../src/socket.ts';
import { realLoop, tcpSocket } from '../integration/loop/real-loop.ts';

class Plain extends Protocol {}

it('90 connections of the backlog are served in one pass, in order', () => {
  const { loop } = realLoop();
  const ports: number[] = [];
  loop.run(function* () {
    class Noting extends Plain {
      override connectionMade(transport: Parameters<Protocol['connectionMade']>[0]): void {
        ports.push((transport.getExtraInfo('peername') as [string, number])[1]);
      }
    }
    const server = yield* loop.createServer(() => new Noting(), { host: '127.0.0.1', port: 0 });
    const address = (server.sockets[0] as Socket).getsockname();
    const clients = Array.from({ length: 90 }, () => tcpSocket());
    for (const client of clients) client.connect(address);
    const expected = clients.map((client) => (client.getsockname() as [string, number])[1]);
    while (ports.length === 0) yield* sleep(0);
    // All in the pass of the first one.
    expect(ports).toEqual(expected);
    for (const client of clients) client.close();
    yield* server.shutdown({ graceMs: 0 });
  });
});

it('a server that is closed by its first connection serves those that were taken with it', () => {
  const { loop } = realLoop();
  let served = 0;
  loop.run(function* () {
    const server = yield* loop.createServer(
      () => {
        served++;
        server.close();
        return new Plain();
      },
      { host: '127.0.0.1', port: 0 },
    );
    const address = (server.sockets[0] as Socket).getsockname();
    for (let i = 0; i < 5; i++) tcpSocket().connect(address);
    yield* sleep(20);
    yield* server.shutdown({ graceMs: 0 });
  });
  expect(served).toBe(5);
});

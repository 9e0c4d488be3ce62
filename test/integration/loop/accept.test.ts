import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { BusyResourceError, type Coroutine, EventLoop } from '../../../src/index.ts';
import { AF_INET, SOCK_DGRAM, Socket } from '../../../src/socket.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { caught } from '../../unit/loop/virtual-loop.ts';
import { owned, pair, realLoop, tcpListener, tcpSocket } from './real-loop.ts';

failOnFdLeaks();

describe('sockAccept', () => {
  it('accepts every client that is waiting, in order, with its address', () => {
    const { loop } = realLoop();
    const server = tcpListener();
    const clients = Array.from({ length: 10 }, () => {
      const client = tcpSocket();
      client.connect(server.getsockname());
      return client.getsockname();
    });
    const peers = loop.run(function* (): Coroutine<unknown[]> {
      const addresses: unknown[] = [];
      for (let i = 0; i < 10; i++) {
        const [conn, address] = yield* loop.sockAccept(server);
        owned(conn);
        expect(conn.getblocking()).toBe(false);
        addresses.push(address);
      }
      return addresses;
    });
    expect(peers).toEqual(clients);
  });

  it('leaves the connection in the backlog when it is cancelled', () => {
    const { loop } = realLoop();
    const server = tcpListener();
    loop.sockAccept(server).cancel();
    tcpSocket().connect(server.getsockname());
    owned(loop.runUntilComplete(loop.sockAccept(server))[0]);
  });

  it('fails on a socket that does not listen', () => {
    const { loop } = realLoop();
    const silent = tcpSocket();
    silent.bind(['127.0.0.1', 0]);
    const error = caught(() => loop.runUntilComplete(loop.sockAccept(silent)));
    expect(error).toMatchObject({ code: 'EINVAL', syscall: 'accept' });
  });

  it('fails on a datagram socket', () => {
    const { loop } = realLoop();
    const udp = owned(new Socket(AF_INET, SOCK_DGRAM));
    udp.bind(['127.0.0.1', 0]);
    const sender = owned(new Socket(AF_INET, SOCK_DGRAM));
    sender.connect(udp.getsockname());
    sender.send(Buffer.from('not a connection'));
    const error = caught(() => loop.runUntilComplete(loop.sockAccept(udp)));
    expect(error).toMatchObject({ syscall: 'accept', errno: -constants.errno.EOPNOTSUPP });
  });
});

describe('a socket and its loop', () => {
  it('cannot be used by a second loop until the first is closed', () => {
    const { loop } = realLoop();
    const [near, far] = pair();
    const other = new EventLoop();
    other.sockRecv(near).cancel();
    expect(() => loop.sockRecv(near)).toThrow(BusyResourceError);
    other.close();
    far.sendall(Buffer.from('to the new loop'));
    expect(loop.runUntilComplete(loop.sockRecv(near)).toString()).toBe('to the new loop');
  });

  it('closing the loop ends the waits on its sockets and leaves the descriptors open', () => {
    const loop = new EventLoop();
    const [near, far] = pair();
    const receiving = loop.sockRecv(near);
    receiving.addDoneCallback(() => {});
    loop.close();
    expect(receiving.done()).toBe(true);
    expect(receiving.exception()).toMatchObject({ name: 'ClosedResourceError' });
    far.sendall(Buffer.from('still open'));
    expect(near.recv(100).toString()).toBe('still open');
  });

  it('a loop that is closed refuses socket calls', () => {
    const loop = new EventLoop();
    const [near] = pair();
    loop.close();
    expect(() => loop.sockRecv(near)).toThrow('the event loop is closed');
  });
});

import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import {
  BusyResourceError,
  type Coroutine,
  createTask,
  EventLoop,
  gather,
  sleep,
} from '../../../src/index.ts';
import { AF_INET, SOCK_DGRAM, Socket } from '../../../src/socket.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { caught } from '../../unit/loop/virtual-loop.ts';
import { owned, pair, realLoop, tcpListener, tcpSocket } from './real-loop.ts';

failOnFdLeaks();

const CLIENTS = 200;
/** As many chunks of 16 events as a listener needs that has two of them for 65 connections. */
const READERS = 160;

/**
 * What happens, in order, while one task accepts clients that are all there, and others read a message each.
 */
function acceptingBesideBusyReaders(loop: EventLoop): string[] {
  const log: string[] = [];
  const server = tcpListener(undefined, CLIENTS);
  const pairs = Array.from({ length: READERS }, () => pair());
  loop.addInstrument({ waitEnded: () => log.push('wait') });
  loop.run(function* (): Coroutine<void> {
    const accepting = createTask(accept());
    const reading = pairs.map(([near]) => createTask(read(near)));
    // All wait when the clients and the messages come: the next wait finds everything.
    yield* sleep(1);
    for (let i = 0; i < CLIENTS; i++) tcpSocket().connect(server.getsockname());
    for (const [, far] of pairs) far.send(Buffer.from('x'));
    yield* accepting;
    yield* gather(reading);
  });
  return log;

  function* accept(): Coroutine<void> {
    for (let i = 0; i < CLIENTS; i++) {
      owned((yield* loop.sockAccept(server))[0]);
      log.push('accepted');
    }
  }
  function* read(sock: Socket): Coroutine<void> {
    yield* loop.sockRecv(sock);
    log.push('message');
  }
}

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

  it('empties the backlog between the messages of one wait, and lets others have their turns', () => {
    const { loop } = realLoop();
    const log = acceptingBesideBusyReaders(loop);
    const accepted = log.flatMap((entry, index) => (entry === 'accepted' ? [index] : []));
    expect(accepted).toHaveLength(CLIENTS);
    const between = log.slice(accepted[0], accepted.at(-1));
    expect(between.filter((entry) => entry === 'wait')).toEqual([]);
    // 64 calls a step may make, and one woke it: 65 of them, or twice as many where a guest's batch was cut.
    const runs = between.join(' ').split('message');
    expect(Math.max(...runs.map((run) => run.split('accepted').length - 1))).toBeLessThanOrEqual(130);
  });

  it('a turn that is queued for it does nothing when the wait was cancelled or the listener closed', () => {
    const { loop } = realLoop();
    const server = tcpListener(undefined, 100);
    for (let i = 0; i < 70; i++) tcpSocket().connect(server.getsockname());
    loop.run(function* (): Coroutine<void> {
      let accepting = loop.sockAccept(server);
      for (; accepting.done(); accepting = loop.sockAccept(server)) owned(accepting.result()[0]);
      accepting.cancel();
      yield* sleep(1);
      expect(accepting.cancelled()).toBe(true);
      for (accepting = loop.sockAccept(server); accepting.done(); accepting = loop.sockAccept(server))
        owned(accepting.result()[0]);
      server.close();
      yield* sleep(1);
      expect(accepting.exception()).toMatchObject({ code: 'EBADF' });
    });
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

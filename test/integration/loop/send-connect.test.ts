/** sockSendall and sockConnect against the real system. */
import { rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  BusyResourceError,
  type Coroutine,
  createTask,
  OSError,
  sleep,
  type Task,
} from '../../../src/index.ts';
import { defaultKernel } from '../../../src/lowlevel.ts';
import { AF_UNIX, SOCK_STREAM, Socket } from '../../../src/socket.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { onTeardown } from '../../support/teardown.ts';
import { caught } from '../../unit/loop/virtual-loop.ts';
import { kernelWith, owned, pair, realLoop, tcpListener, tcpSocket } from './real-loop.ts';

failOnFdLeaks();

describe('sockSendall', () => {
  it('waits for a peer that does not read, and finishes when it does', () => {
    const { loop } = realLoop();
    const [near, far] = pair();
    const data = Buffer.alloc(3 << 20, 'z');
    loop.run(function* (): Coroutine<void> {
      const sending = createTask(send(near, data));
      yield* sleep(10);
      expect(sending.done()).toBe(false);
      let received = 0;
      while (received < data.length) received += (yield* loop.sockRecv(far, 1 << 20)).length;
      yield* sending;
    });

    function* send(sock: Socket, bytes: Buffer): Coroutine<void> {
      yield* loop.sockSendall(sock, bytes);
    }
  });

  it('carries 10 MB each way over TCP at the same time, byte for byte', () => {
    const { loop } = realLoop();
    const server = tcpListener();
    const patterns = [0, 1].map((seed) => Buffer.alloc(10 << 20, Buffer.from([seed, 7, 3, 251, 9])));
    const [first, second] = patterns as [Buffer, Buffer];
    const same = loop.run(function* (): Coroutine<boolean[]> {
      const client = tcpSocket();
      const accepting = loop.sockAccept(server);
      yield* loop.sockConnect(client, server.getsockname());
      const [conn] = yield* accepting;
      owned(conn);
      const sends = [createTask(send(client, first)), createTask(send(conn, second))];
      const receives = [createTask(receive(conn, first.length)), createTask(receive(client, second.length))];
      for (const one of sends) yield* one;
      const results: boolean[] = [];
      for (const [i, one] of receives.entries()) results.push((yield* one).equals(patterns[i] as Buffer));
      return results;
    });
    expect(same).toEqual([true, true]);

    function* send(sock: Socket, bytes: Buffer): Coroutine<void> {
      yield* loop.sockSendall(sock, bytes);
    }
    function* receive(sock: Socket, byteCount: number): Coroutine<Buffer> {
      const all = Buffer.alloc(byteCount);
      for (let at = 0; at < byteCount; ) at += yield* loop.sockRecvInto(sock, all.subarray(at));
      return all;
    }
  });

  it('fails with EPIPE or ECONNRESET when the peer has gone, and the process lives', () => {
    const { loop } = realLoop();
    const [near, far] = pair();
    far.close();
    const error = caught(() => loop.runUntilComplete(loop.sockSendall(near, Buffer.from('anyone?'))));
    expect(error).toBeInstanceOf(OSError);
    expect((error as OSError).code).toBe('EPIPE');
  });

  it('fails when the peer goes while it waits', () => {
    const { loop } = realLoop();
    const [near, far] = pair();
    loop.callLater(5, () => far.close());
    const error = caught(() => loop.runUntilComplete(loop.sockSendall(near, Buffer.alloc(4 << 20))));
    expect((error as OSError).code).toMatch(/^(EPIPE|ECONNRESET)$/);
  });

  it('refuses a second sender at once, and lets one follow after a cancelled one', () => {
    const { loop } = realLoop();
    const [near] = pair();
    const first = loop.sockSendall(near, Buffer.alloc(4 << 20));
    expect(() => loop.sockSendall(near, Buffer.from('me too'))).toThrow(BusyResourceError);
    first.cancel();
    loop.sockSendall(near, Buffer.alloc(4 << 20)).cancel();
  });

  it('sends nothing of no bytes, and refuses text with the remedy', () => {
    const { loop } = realLoop();
    const [near] = pair();
    loop.runUntilComplete(loop.sockSendall(near, Buffer.alloc(0)));
    expect(() => loop.sockSendall(near, 'text' as never)).toThrow('Buffer.from(text)');
  });

  it('lets other tasks run, however fast its peer reads', () => {
    const { loop } = realLoop();
    const [near, far] = pair();
    let turns = 0;
    loop.run(function* (): Coroutine<void> {
      const busy: Task<void> = createTask(pingForEver());
      const other = createTask(countTurns());
      yield* other;
      busy.cancel();
    });
    expect(turns).toBe(50);

    function* pingForEver(): Coroutine<void> {
      for (;;) {
        yield* loop.sockSendall(near, Buffer.from('.'));
        far.recv(1);
      }
    }
    function* countTurns(): Coroutine<void> {
      for (; turns < 50; turns++) yield* sleep(0);
    }
  });
});

describe('sockConnect', () => {
  it('fails with ECONNREFUSED, naming the address', () => {
    const { loop } = realLoop();
    const server = tcpListener();
    const [host, port] = server.getsockname();
    server.close();
    const error = caught(() => loop.runUntilComplete(loop.sockConnect(tcpSocket(), [host, port])));
    expect(error).toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect', address: host, port });
    expect(error.message).toContain(`${host}:${port}`);
  });

  it('fails with ENOENT for a unix socket that is not there', () => {
    const { loop } = realLoop();
    const client = owned(new Socket(AF_UNIX, SOCK_STREAM));
    const error = caught(() => loop.runUntilComplete(loop.sockConnect(client, '/nowhere/sock')));
    expect(error).toMatchObject({ code: 'ENOENT', address: '/nowhere/sock' });
  });

  it('to a unix socket whose backlog is full waits until there is room', () => {
    const { loop } = realLoop();
    const path = join(tmpdir(), `selectloop-backlog-${process.pid}`);
    const server = owned(new Socket(AF_UNIX, SOCK_STREAM));
    server.bind(path);
    onTeardown(() => rmSync(path));
    server.listen(0);
    loop.run(function* (): Coroutine<void> {
      const waiting: Task<void>[] = [];
      for (let i = 0; i < 4; i++) waiting.push(createTask(connect(path)));
      yield* sleep(20);
      expect(waiting.filter((task) => task.done()).length).toBeLessThan(4);
      for (let i = 0; i < 4; i++) owned((yield* loop.sockAccept(server))[0]);
      for (const task of waiting) yield* task;
    });

    function* connect(to: string): Coroutine<void> {
      yield* loop.sockConnect(owned(new Socket(AF_UNIX, SOCK_STREAM)), to);
    }
  });

  it('can be cancelled while it waits for room in a backlog', () => {
    const { loop } = realLoop();
    const path = join(tmpdir(), `selectloop-backlog-cancel-${process.pid}`);
    const server = owned(new Socket(AF_UNIX, SOCK_STREAM));
    server.bind(path);
    onTeardown(() => rmSync(path));
    server.listen(0);
    const clients = Array.from({ length: 3 }, () => owned(new Socket(AF_UNIX, SOCK_STREAM)));
    const attempts = clients.map((client) => loop.sockConnect(client, path));
    expect(attempts.at(-1)?.done()).toBe(false);
    attempts.at(-1)?.cancel();
    loop.run(function* (): Coroutine<void> {
      yield* sleep(30);
    });
    for (const attempt of attempts.slice(0, -1)) attempt.cancel();
  });

  it('of a socket that is connected already fails with EISCONN, as connect(2) does', () => {
    const { loop } = realLoop();
    const server = tcpListener();
    tcpSocket().connect(server.getsockname());
    const conn = owned(loop.runUntilComplete(loop.sockAccept(server))[0]);
    const error = caught(() => loop.runUntilComplete(loop.sockConnect(conn, server.getsockname())));
    expect(error).toMatchObject({ code: 'EISCONN' });
  });

  it('finishes a handshake that an earlier, cancelled call began', () => {
    const { loop } = realLoop();
    const server = tcpListener();
    const client = tcpSocket();
    loop.sockConnect(client, server.getsockname()).cancel();
    loop.runUntilComplete(loop.sockConnect(client, server.getsockname()));
    expect(client.getpeername()).toEqual(server.getsockname());
  });

  it('waits for a handshake that the system says is under way already (EALREADY)', () => {
    const { connect } = defaultKernel().sockets;
    const kernel = kernelWith({
      sockets: {
        connect: (...args) => {
          connect(...args);
          return -constants.errno.EALREADY;
        },
      },
    });
    const { loop } = realLoop({ kernel });
    const server = tcpListener();
    const client = tcpSocket(kernel);
    loop.runUntilComplete(loop.sockConnect(client, server.getsockname()));
    expect(client.getpeername()).toEqual(server.getsockname());
  });
});

/**
 * The book's loop takes EAGAIN, EINTR and ECONNRESET for the end of the world, and stops accepting when
 * descriptors run out.
 */
import { expect, it } from 'vitest';
import { type Coroutine, createTask, OSError, sleep, type Task } from '../../src/index.ts';
import { defaultKernel } from '../../src/kernel/default-kernel.ts';
import { EAGAIN, ECONNABORTED, EINTR, EMFILE } from '../../src/kernel/errno.ts';
import type { SocketCalls } from '../../src/kernel/kernel.ts';
import { SO_LINGER, SOL_SOCKET } from '../../src/socket.ts';
import { kernelWith, owned, pair, realLoop, tcpListener, tcpSocket } from '../integration/loop/real-loop.ts';

/** Makes the first calls of `name` fail, each with the next errno. */
function refusing(name: 'accept' | 'recv' | 'send', errnos: number[]): Partial<SocketCalls> {
  const real = defaultKernel().sockets[name] as (...args: unknown[]) => number;
  return {
    [name]: (...args: unknown[]): number => {
      const errno = errnos.shift();
      return errno === undefined ? real(...args) : -errno;
    },
  };
}

it('recv goes on waiting after EAGAIN (somebody else took the bytes) and EINTR', () => {
  const errnos = [EAGAIN, EINTR, EAGAIN];
  const kernel = kernelWith({ sockets: refusing('recv', errnos) });
  const { loop } = realLoop({ kernel });
  const [near, far] = pair(undefined, kernel);
  far.sendall(Buffer.from('at last'));
  expect(loop.runUntilComplete(loop.sockRecv(near)).toString()).toBe('at last');
  expect(errnos).toEqual([]);
});

it('sendall goes on after EINTR and EAGAIN', () => {
  const errnos = [EINTR, EAGAIN, EINTR];
  const kernel = kernelWith({ sockets: refusing('send', errnos) });
  const { loop } = realLoop({ kernel });
  const [near, far] = pair(undefined, kernel);
  loop.runUntilComplete(loop.sockSendall(near, Buffer.from('all of it')));
  expect(far.recv(100).toString()).toBe('all of it');
  expect(errnos).toEqual([]);
});

it('accept passes over connections that failed before they were accepted', () => {
  const errnos = [ECONNABORTED, EAGAIN, EINTR];
  const kernel = kernelWith({ sockets: refusing('accept', errnos) });
  const { loop } = realLoop({ kernel });
  const server = tcpListener(kernel);
  tcpSocket().connect(server.getsockname());
  const [conn] = loop.runUntilComplete(loop.sockAccept(server));
  owned(conn);
  expect(errnos).toEqual([]);
});

it('accept pauses when descriptors run out, says so once, and serves the client later', () => {
  const kernel = kernelWith({ sockets: refusing('accept', [EMFILE, EMFILE, EMFILE]) });
  const { loop, takeReports } = realLoop({ kernel });
  const server = tcpListener(kernel);
  tcpSocket().connect(server.getsockname());
  const startMs = loop.time();
  const [conn] = loop.runUntilComplete(loop.sockAccept(server));
  owned(conn);
  expect(loop.time() - startMs).toBeGreaterThanOrEqual(300);
  const [report, ...more] = takeReports();
  expect(report).toMatchObject({ exception: { code: 'EMFILE' } });
  expect(report?.socket).toBe(server);
  expect(more).toEqual([]);
});

it('a client that resets its connection ends its own handler only, and the server goes on', () => {
  const { loop } = realLoop();
  const server = tcpListener();
  const lingerZero = new Uint8Array(Int32Array.of(1, 0).buffer);
  loop.run(function* (): Coroutine<void> {
    const handlers: Task<unknown>[] = [];
    const serving = createTask(serve(handlers));
    for (let i = 0; i < 2; i++) {
      const client = tcpSocket();
      yield* loop.sockConnect(client, server.getsockname());
      yield* sleep(5);
      client.setsockopt(SOL_SOCKET, SO_LINGER, lingerZero);
      client.close();
    }
    yield* sleep(5);
    for (const handler of handlers) {
      const error = yield* handler;
      expect(error).toBeInstanceOf(OSError);
      expect((error as OSError).code).toBe('ECONNRESET');
    }
    expect(handlers).toHaveLength(2);
    serving.cancel();
  });

  function* serve(handlers: Task<unknown>[]): Coroutine<void> {
    for (;;) {
      const [conn] = yield* loop.sockAccept(server);
      handlers.push(createTask(readUntilError(owned(conn))));
    }
  }
  function* readUntilError(conn: ReturnType<typeof tcpSocket>): Coroutine<unknown> {
    try {
      for (;;) yield* loop.sockRecv(conn);
    } catch (error) {
      return error;
    }
  }
});

it('a connection that was reset before it was accepted is accepted, with the address it came from', () => {
  const { loop } = realLoop();
  const server = tcpListener();
  const client = tcpSocket();
  client.connect(server.getsockname());
  const from = client.getsockname();
  client.setsockopt(SOL_SOCKET, SO_LINGER, new Uint8Array(Int32Array.of(1, 0).buffer));
  client.close();
  const [conn, address] = loop.runUntilComplete(loop.sockAccept(server));
  owned(conn);
  expect(address).toEqual(from);
});

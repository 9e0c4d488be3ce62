/**
 * Socket verbs, watched descriptors and sock_sendfile: test_sock_lowlevel, test_selector_events and
 * test_sendfile of CPython 3.13.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CancelledError, type Coroutine, type EventLoop } from '../../src/index.ts';
import { READABLE, WRITABLE } from '../../src/kernel/kernel.ts';
import { AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_STREAM, Socket } from '../../src/socket.ts';
import { sleep } from '../../src/tasks/sleep.ts';
import { owned, pair, realLoop, tcpListener } from '../integration/loop/real-loop.ts';

import { Noting } from '../integration/transports/fixtures.ts';
import { failureOf } from '../support/failure-of.ts';
import { onTeardown } from '../support/teardown.ts';
import { caught, onePass, virtualLoop } from '../unit/loop/virtual-loop.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'selectloop-sock-calls-'));
  onTeardown(() => rmSync(made, { recursive: true }));
  return made;
}

/** A socket that no call of is waited for in the kernel. */
function nonBlocking(family = AF_INET, type = SOCK_STREAM): Socket {
  const sock = owned(new Socket(family, type));
  sock.setblocking(false);
  return sock;
}

/** A client and what it was accepted as. */
function* connectedPair(loop: EventLoop, listener: Socket, family = AF_INET): Coroutine<[Socket, Socket]> {
  listener.setblocking(false);
  const client = nonBlocking(family);
  const accepting = loop.sockAccept(listener);
  yield* loop.sockConnect(client, listener.getsockname());
  const [conn] = yield* accepting;
  return [client, owned(conn)];
}

describe('socket verbs', () => {
  it('sock_client_ops, sock_accept: connect, accept, send, receive, and receive into memory', () => {
    const { loop } = realLoop();
    const listener = tcpListener();
    loop.run(function* () {
      const [client, conn] = yield* connectedPair(loop, listener);
      expect(conn.getpeername()).toEqual(client.getsockname());
      yield* loop.sockSendall(client, bytes('GET / HTTP/1.0\r\n\r\n'));
      expect((yield* loop.sockRecv(conn, 1024)).toString()).toBe('GET / HTTP/1.0\r\n\r\n');
      yield* loop.sockSendall(conn, bytes('HTTP/1.0 200 OK'));
      const room = Buffer.alloc(1024);
      const count = yield* loop.sockRecvInto(client, room);
      expect(room.toString('latin1', 0, count)).toBe('HTTP/1.0 200 OK');
    });
  });

  it('unix_sock_client_ops: the same over a unix socket', () => {
    const { loop } = realLoop();
    const listener = owned(new Socket(AF_UNIX, SOCK_STREAM));
    listener.bind(join(folder(), 'sock'));
    listener.listen(1);
    loop.run(function* () {
      const [client, conn] = yield* connectedPair(loop, listener, AF_UNIX);
      yield* loop.sockSendall(client, bytes('ping'));
      expect((yield* loop.sockRecv(conn, 1024)).toString()).toBe('ping');
    });
  });

  it('sock_client_fail: nobody listens', () => {
    const { loop } = realLoop();
    const listener = tcpListener();
    const address = listener.getsockname();
    listener.close();
    loop.run(function* () {
      const error = yield* failureOf(loop.sockConnect(nonBlocking(), address) as unknown as Coroutine<void>);
      expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    });
  });

  it('cancel_sock_accept: one that is cancelled leaves the connection to the next', () => {
    const { loop } = realLoop();
    const listener = tcpListener();
    listener.setblocking(false);
    loop.run(function* () {
      const accepting = loop.sockAccept(listener);
      yield* sleep(1);
      accepting.cancel();
      expect(yield* failureOf(accepting as unknown as Coroutine<void>)).toBeInstanceOf(CancelledError);
      const client = nonBlocking();
      yield* loop.sockConnect(client, listener.getsockname());
      const [conn] = yield* loop.sockAccept(listener);
      expect(owned(conn).getpeername()).toEqual(client.getsockname());
    });
  });

  it('sock_client_racing: a receive that is cancelled takes nothing', () => {
    const { loop } = realLoop();
    const listener = tcpListener();
    loop.run(function* () {
      const [client, conn] = yield* connectedPair(loop, listener);
      for (let i = 0; i < 20; i++) {
        const receiving = loop.sockRecv(client, 1024);
        yield* sleep(0);
        conn.send(bytes('hello'));
        receiving.cancel();
        expect((yield* loop.sockRecv(client, 1024)).toString()).toBe('hello');
      }
    });
  });

  it.each(['sockRecv', 'sockRecvInto'] as const)('huge_content, huge_content_recvinto: by %s', (call) => {
    const { loop } = realLoop();
    const listener = tcpListener();
    const data = Buffer.alloc(3_000_000, 'huge');
    loop.run(function* () {
      const [client, conn] = yield* connectedPair(loop, listener);
      const sending = loop.sockSendall(client, data);
      const parts: Buffer[] = [];
      for (let left = data.length; left > 0; ) {
        const room = Buffer.alloc(65_536);
        const part =
          call === 'sockRecv'
            ? yield* loop.sockRecv(conn, 65_536)
            : room.subarray(0, yield* loop.sockRecvInto(conn, room));
        parts.push(part);
        left -= part.length;
      }
      yield* sending;
      expect(Buffer.concat(parts).equals(data)).toBe(true);
    });
  });

  it('recvfrom, recvfrom_into, sendto_blocking: messages, and who sent them', () => {
    const { loop } = realLoop();
    const [one, other] = [nonBlocking(AF_INET, SOCK_DGRAM), nonBlocking(AF_INET, SOCK_DGRAM)];
    for (const sock of [one, other]) sock.bind(['127.0.0.1', 0]);
    loop.run(function* () {
      yield* loop.sockSendto(one, bytes('hello'), other.getsockname());
      expect(yield* loop.sockRecvfrom(other, 1024)).toEqual([bytes('hello'), one.getsockname()]);
      yield* loop.sockSendto(one, bytes('again'), other.getsockname());
      const room = Buffer.alloc(1024);
      const [count, sender] = yield* loop.sockRecvfromInto(other, room);
      expect([room.toString('latin1', 0, count), sender]).toEqual(['again', one.getsockname()]);
    });
  });

  it("sock_connect_resolve_using_socket_params: a name is resolved for the socket's own family, type and protocol", () => {
    const { loop } = realLoop();
    const listener = tcpListener();
    const [, port] = listener.getsockname();
    const questions: unknown[] = [];
    loop.setResolver({
      getaddrinfo: (question: { family: number; type: number; proto: number }) => {
        questions.push([question.family, question.type, question.proto]);
        return [[AF_INET, SOCK_STREAM, 6, '', ['127.0.0.1', port]]];
      },
      getnameinfo: () => ['name.test', ''],
    });
    const sock = nonBlocking();
    loop.run(function* () {
      yield* loop.sockConnect(sock, ['name.test', port]);
    });
    expect(questions).toEqual([[sock.family, sock.type, sock.proto]]);
    expect(sock.getpeername()).toEqual(listener.getsockname());
  });

  it('create_connection_sock: a socket that was connected by them serves a transport', () => {
    const { loop } = realLoop();
    const listener = tcpListener();
    loop.run(function* () {
      const [client] = yield* connectedPair(loop, listener);
      const [transport, protocol] = yield* loop.createConnection(() => new Noting(), { sock: client });
      expect(protocol.calls).toEqual(['made']);
      transport.abort();
      yield* sleep(1);
    });
  });
});

describe('a watched descriptor', () => {
  /** A loop with a descriptor, and the interest that its kernel was last told. */
  function watched(ready = 0) {
    const { loop, kernel } = virtualLoop();
    const fd = kernel.open(ready);
    return { loop, fd, interest: () => kernel.changes.at(-1)?.after ?? 0 };
  }
  const nothing = (): void => {};

  it('add_reader, remove_reader: is in the kernel for as long as it is watched', () => {
    const { loop, fd, interest } = watched();
    loop.addReader(fd, nothing);
    expect(interest()).toBe(READABLE);
    expect([loop.removeReader(fd), interest()]).toEqual([true, 0]);
  });

  it('add_writer, remove_writer: likewise', () => {
    const { loop, fd, interest } = watched();
    loop.addWriter(fd, nothing);
    expect(interest()).toBe(WRITABLE);
    expect([loop.removeWriter(fd), interest()]).toEqual([true, 0]);
  });

  it.each(['addReader', 'addWriter'] as const)(
    'add_reader_existing, add_writer_existing: %s cancels the one before',
    (call) => {
      const { loop, fd } = watched();
      const first = loop[call](fd, nothing);
      const second = loop[call](fd, nothing);
      expect([first.cancelled(), second.cancelled()]).toEqual([true, false]);
    },
  );

  it('add_reader_existing_writer, remove_reader_read_write, remove_writer_read_write: both at once', () => {
    const { loop, fd, interest } = watched();
    loop.addWriter(fd, nothing);
    loop.addReader(fd, nothing);
    expect(interest()).toBe(READABLE | WRITABLE);
    loop.removeReader(fd);
    expect(interest()).toBe(WRITABLE);
    loop.addReader(fd, nothing);
    loop.removeWriter(fd);
    expect(interest()).toBe(READABLE);
  });

  it('remove_reader_unknown, remove_writer_unknown: say that there was none', () => {
    const { loop, fd } = watched();
    expect([loop.removeReader(fd), loop.removeWriter(fd)]).toEqual([false, false]);
  });

  it.each([
    ['process_events_read', 'addReader', READABLE],
    ['process_events_write', 'addWriter', WRITABLE],
  ] as const)('%s, reader_callback, writer_callback: is called when it is ready', (_name, call, ready) => {
    const { loop, fd } = watched(ready);
    let calls = 0;
    loop[call](fd, () => calls++);
    onePass(loop);
    expect(calls).toBe(1);
  });

  it.each([
    ['process_events_read_cancelled', 'addReader', READABLE],
    ['process_events_write_cancelled', 'addWriter', WRITABLE],
  ] as const)('%s: is taken off when its handle was cancelled', (_name, call, ready) => {
    const { loop, fd, interest } = watched(ready);
    let calls = 0;
    loop[call](fd, () => calls++).cancel();
    onePass(loop);
    onePass(loop);
    expect([calls, interest()]).toEqual([0, 0]);
  });

  it('add_reader_invalid_argument: must be a descriptor', () => {
    const { loop } = virtualLoop();
    for (const call of ['addReader', 'addWriter'] as const) {
      for (const wrong of ['text', {}, -1])
        expect(() => loop[call](wrong as never, nothing)).toThrow(/descriptor|fileno/i);
    }
  });

  it('add_reader_or_writer_transport_fd: is refused while a transport has it', () => {
    const { loop } = realLoop();
    const [mine, peer] = pair();
    loop.run(function* () {
      const [transport] = yield* loop.createConnection(() => new Noting(), { sock: mine });
      for (const call of ['addReader', 'addWriter'] as const) {
        expect(caught(() => loop[call](mine, nothing)).name).toBe('BusyResourceError');
      }
      expect([loop.removeReader(mine), loop.removeWriter(mine)]).toEqual([false, false]);
      peer.send(bytes('x'));
      yield* sleep(5);
      expect((transport.getProtocol() as Noting).received).toBe('x');
      transport.abort();
      yield* sleep(1);
    });
    peer.close();
  });

  it('close, remove_fds_after_closing, add_fds_after_closing: a closed loop watches nothing', () => {
    const { loop, fd } = watched();
    loop.addReader(fd, nothing);
    loop.close();
    loop.close();
    expect([loop.removeReader(fd), loop.removeWriter(fd)]).toEqual([false, false]);
    expect(() => loop.addReader(fd, nothing)).toThrow('closed');
    expect(() => loop.addWriter(fd, nothing)).toThrow('closed');
  });
});

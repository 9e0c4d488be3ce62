/** Messages for coroutines, over real sockets. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type Awaitable,
  ClosedResourceError,
  type Coroutine,
  createTask,
  type DatagramEndpoint,
  isCancelled,
  openDatagramEndpoint,
  type ReadTransport,
  runGuest,
  sleep,
  TimeoutError,
  waitFor,
} from '../../../src/index.ts';
import { AF_UNIX, type InetAddress } from '../../../src/socket.ts';
import { onTeardown } from '../../support/teardown.ts';
import { realLoop } from '../loop/real-loop.ts';

const text = (value: string): Buffer => Buffer.from(value);
const local = ['127.0.0.1', 0] as const;

const addressOf = (endpoint: DatagramEndpoint): InetAddress =>
  endpoint.getExtraInfo('sockname') as InetAddress;

/** Two endpoints: one that listens, and one that has it as its peer. Both are closed at the end. */
function withPair(body: (server: DatagramEndpoint, client: DatagramEndpoint) => Coroutine<void>): void {
  const { loop } = realLoop();
  loop.run(function* () {
    using server = yield* openDatagramEndpoint(local);
    using client = yield* openDatagramEndpoint(null, addressOf(server));
    yield* body(server, client);
    client.close();
    server.close();
    yield* client.waitClosed();
    yield* server.waitClosed();
  });
}

function* failureOf(coroutine: Coroutine<unknown>): Coroutine<unknown> {
  try {
    yield* coroutine;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('messages', () => {
  test('there and back, whole, empty ones too', () => {
    withPair(function* (server, client) {
      for (const message of ['hello', '', 'again']) {
        yield* client.send(text(message));
        const [data, address] = yield* server.receive();
        expect([data.toString(), address]).toEqual([message, addressOf(client)]);
        yield* server.send(text(`${message}!`), address as InetAddress);
        expect((yield* client.receive())[0].toString()).toBe(`${message}!`);
      }
    });
  });

  test('each, until it is closed', () => {
    withPair(function* (server, client) {
      const seen: string[] = [];
      const serving = createTask(
        server.each(function* (data, address) {
          yield* sleep(0);
          seen.push(data.toString());
          yield* server.send(data, address as InetAddress);
        }),
      );
      for (const message of ['a', 'b', 'c']) client.send(text(message));
      for (const message of ['a', 'b', 'c']) expect((yield* client.receive())[0].toString()).toBe(message);
      server.close();
      yield* serving;
      expect(seen).toEqual(['a', 'b', 'c']);
    });
  });

  test('a plain function as body, and one that fails', () => {
    withPair(function* (server, client) {
      client.send(text('a'));
      client.send(text('b'));
      const seen: string[] = [];
      const error = yield* failureOf(
        server.each((data) => {
          seen.push(data.toString());
          if (seen.length === 2) throw new RangeError('enough');
        }),
      );
      expect([seen, String(error)]).toEqual([['a', 'b'], 'RangeError: enough']);
      expect(String(yield* failureOf(server.each(server.receive() as never)))).toContain(
        'each: the body must be a function, got a coroutine',
      );
    });
  });

  test('between unix sockets', () => {
    const folder = mkdtempSync(join(tmpdir(), 'endpoint-'));
    onTeardown(() => rmSync(folder, { recursive: true, force: true }));
    const [here, there] = [join(folder, 'here'), join(folder, 'there')];
    const { loop } = realLoop();
    loop.run(function* () {
      using left = yield* openDatagramEndpoint(here, null, { family: AF_UNIX });
      using right = yield* openDatagramEndpoint({ localAddr: there, family: AF_UNIX });
      yield* left.send(text('hello'), there);
      expect(yield* right.receive()).toEqual([text('hello'), here]);
      expect([left.address(), right.address()]).toEqual([here, there]);
      left.close();
      expect(left.address()).toBe(null);
      yield* left.waitClosed();
    });
  });
});

describe('waiting', () => {
  test('a receive that is cancelled, or whose time is up, takes nothing', () => {
    withPair(function* (server, client) {
      expect(yield* failureOf(waitFor(server.receive(), 1))).toBeInstanceOf(TimeoutError);
      const cancelled = createTask(server.receive());
      yield* sleep(0);
      yield* client.send(text('one'));
      // The message arrives, and the receive is cancelled before its task has run.
      while (server.size === 0) yield* sleep(0);
      cancelled.cancel();
      expect(isCancelled(yield* failureOf(awaited(cancelled)))).toBe(true);
      expect((yield* server.receive())[0].toString()).toBe('one');
    });
  });

  test('several receivers, in the order in which they asked', () => {
    withPair(function* (server, client) {
      const tasks = [
        createTask(server.receive()),
        createTask(server.receive()),
        createTask(server.receive()),
      ];
      yield* sleep(0);
      for (const message of ['a', 'b', 'c']) client.send(text(message));
      const got: string[] = [];
      for (const task of tasks) got.push((yield* task)[0].toString());
      expect(got).toEqual(['a', 'b', 'c']);
    });
  });

  test('messages that nobody takes stay in the system, and come when they are taken', () => {
    withPair(function* (server, client) {
      const count = 150;
      for (let i = 0; i < count; i++) yield* client.send(text(String(i)));
      while (server.size < 64) yield* sleep(1);
      for (let i = 0; i < 5; i++) yield* sleep(1);
      expect(server.size).toBe(64);
      for (let i = 0; i < count; i++) expect((yield* server.receive())[0].toString()).toBe(String(i));
    });
  });

  test('a send waits while its receiver is full, and a close ends the wait', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      const folder = mkdtempSync(join(tmpdir(), 'endpoint-'));
      onTeardown(() => rmSync(folder, { recursive: true, force: true }));
      const path = join(folder, 'full');
      using full = yield* openDatagramEndpoint({ localAddr: path, family: AF_UNIX });
      const reading = full.transport as unknown as ReadTransport;
      reading.pauseReading();
      using sender = yield* openDatagramEndpoint({ remoteAddr: path, family: AF_UNIX });
      let sent = 0;
      const sending = createTask(function* () {
        for (; sent < 1000; sent++) yield* sender.send(Buffer.alloc(2048));
      });
      for (let before = -1; before !== sent; yield* sleep(5)) before = sent;
      expect(sent).toBeLessThan(1000);
      reading.resumeReading();
      const taking = createTask(full.each(() => undefined));
      yield* sending;
      expect(sent).toBe(1000);
      full.close();
      yield* taking;
    });
  });
});

describe('ends and errors', () => {
  test('after close: what is kept can be taken, then ClosedResourceError', () => {
    withPair(function* (server, client) {
      yield* client.send(text('last'));
      while (server.size === 0) yield* sleep(1);
      server.close();
      server.close();
      expect((yield* server.receive())[0].toString()).toBe('last');
      const error = yield* failureOf(server.receive());
      expect([error, String(error)]).toEqual([
        expect.any(ClosedResourceError),
        'ClosedResourceError: receive: the datagram endpoint was closed',
      ]);
      expect(() => server.send(text('x'), addressOf(client))).toThrow(
        'send: the datagram endpoint was closed',
      );
      expect(server.isClosing()).toBe(true);
    });
  });

  test('a close wakes who waits', () => {
    withPair(function* (server) {
      const waiting = createTask(server.receive());
      const each = createTask(server.each(() => undefined));
      yield* sleep(0);
      server.close();
      expect(yield* failureOf(awaited(waiting))).toBeInstanceOf(ClosedResourceError);
      yield* each;
    });
  });

  test('nobody at the other end: the error comes once, and the endpoint goes on', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      using gone = yield* openDatagramEndpoint(local);
      const address = addressOf(gone);
      gone.close();
      yield* gone.waitClosed();
      using client = yield* openDatagramEndpoint(null, address);
      yield* client.send(text('anybody?'));
      const error = yield* failureOf(client.receive());
      expect((error as { code?: string }).code).toBe('ECONNREFUSED');
      expect(yield* failureOf(waitFor(client.receive(), 1))).toBeInstanceOf(TimeoutError);
      expect(client.isClosing()).toBe(false);
    });
  });

  test('what cannot be sent is refused where it is sent, in words', () => {
    withPair(function* (server, client) {
      expect(() => client.send('text' as never)).toThrow(
        "send: expected a Uint8Array as data, got 'text'; for text write Buffer.from(text)",
      );
      expect(() => client.send(Buffer.alloc(70_000))).toThrow(expect.objectContaining({ code: 'EMSGSIZE' }));
      expect(() => server.send(text('x'))).toThrow(/send: an address is needed/);
      expect(() => client.send(text('x'), ['127.0.0.1', 1])).toThrow(
        /send: the address must be left out, or be/,
      );
      yield* client.send(text('all the same'));
      expect((yield* server.receive())[0].toString()).toBe('all the same');
    });
  });

  test('wrong places', () => {
    const { loop } = realLoop();
    const open = (...place: unknown[]): (() => unknown) => {
      return () => loop.run(() => openDatagramEndpoint(...(place as [null])));
    };
    expect(open()).toThrow("Write openDatagramEndpoint(['127.0.0.1', 9999]) to receive there");
    expect(open(9999)).toThrow('openDatagramEndpoint: an address was expected, got 9999');
    expect(open('127.0.0.1', 9999)).toThrow('openDatagramEndpoint: an address was expected, got 9999');
    expect(open(null)).toThrow('openDatagramEndpoint: needs localAddr, remoteAddr, family or sock');
    expect(open(['127.0.0.1'])).toThrow('openDatagramEndpoint: localAddr must be [host, port]');
  });
});

test('in a guest, with await using', async () => {
  const received = await runGuest(async () => {
    await using server = await createTask(openDatagramEndpoint(local));
    await using client = await createTask(openDatagramEndpoint(null, addressOf(server)));
    client.send(text('hello'));
    const [data] = await createTask(server.receive());
    return data.toString();
  });
  expect(received).toBe('hello');
});

test('says what it is', () => {
  withPair(function* (server) {
    yield* sleep(0);
    expect(String(server)).toMatch(/^<DatagramEndpoint size=0 <DatagramTransport .*127\.0\.0\.1/);
    expect(server.address()).toEqual({ address: '127.0.0.1', family: 'IPv4', port: addressOf(server)[1] });
  });
});

/** A task as a coroutine. */
function* awaited<T>(task: Awaitable<T>): Coroutine<T> {
  return yield* task;
}

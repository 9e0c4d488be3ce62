/** Which errors say that the peer went away: real ones of sockets, and those of every other kind. */
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  CancelledError,
  ClosedResourceError,
  type Coroutine,
  IncompleteReadError,
  isDisconnect,
  LimitOverrunError,
  OSError,
  openConnection,
  SSLEOFError,
  SSLError,
  SSLZeroReturnError,
  sleep,
  startServer,
  TimeoutError,
  taskGroup,
} from '../../../src/index.ts';
import { SO_LINGER, SOL_SOCKET, type Socket } from '../../../src/socket.ts';
import { realLoop } from '../loop/real-loop.ts';

const osError = (code: string, syscall: string): OSError =>
  new OSError(`${syscall} ${code}`, { code, errno: -1, syscall });

function* caught(body: () => Coroutine<unknown>): Coroutine<unknown> {
  try {
    yield* body();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('of a connection that has ended', () => {
  test.each([
    ...['ECONNRESET', 'EPIPE', 'ESHUTDOWN', 'ECONNABORTED', 'ENOTCONN', 'ETIMEDOUT'],
    ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'ENETRESET'],
  ])('%s is one, but not of connect', (code) => {
    expect(isDisconnect(osError(code, 'recv'))).toBe(true);
    expect(isDisconnect(osError(code, 'connect'))).toBe(false);
  });

  test('ends of streams, plain and over TLS', () => {
    const fields = { code: 'ERR_SSL_ANY', errno: -1, syscall: 'read' };
    expect(isDisconnect(new IncompleteReadError(Buffer.from('ab'), 4))).toBe(true);
    expect(isDisconnect(new SSLEOFError('eof', fields))).toBe(true);
    expect(isDisconnect(new SSLZeroReturnError('closed', fields))).toBe(true);
  });

  test('errors of Node, with its codes', () => {
    expect(isDisconnect(Object.assign(new Error('read'), { code: 'ECONNRESET', syscall: 'read' }))).toBe(
      true,
    );
    expect(isDisconnect(Object.assign(new Error('end'), { code: 'ERR_STREAM_PREMATURE_CLOSE' }))).toBe(true);
  });
});

test('nothing else is one: own limits and closes, refusals, broken rules, values that are no errors', () => {
  const others = [
    new TimeoutError('too slow'),
    new CancelledError(),
    new ClosedResourceError('closed'),
    new LimitOverrunError('too long', 4),
    new SSLError('bad', { code: 'ERR_SSL_WRONG_VERSION_NUMBER', errno: -1, syscall: 'handshake' }),
    osError('ECONNREFUSED', 'connect'),
    osError('EMFILE', 'accept'),
    new Error('ECONNRESET'),
    { code: 'ECONNRESET' },
    'ECONNRESET',
    null,
    undefined,
  ];
  expect(others.filter(isDisconnect)).toEqual([]);
});

test('several errors are one if all of them are', () => {
  const reset = osError('ECONNRESET', 'recv');
  expect(isDisconnect(new AggregateError([reset, osError('EPIPE', 'send')]))).toBe(true);
  expect(isDisconnect(new AggregateError([reset, new Error('a mistake')]))).toBe(false);
  expect(isDisconnect(new AggregateError([]))).toBe(false);
});

test('any value can be asked: nested deeply, holding itself, with properties that throw', () => {
  let nested: Error = osError('EPIPE', 'send');
  for (let depth = 0; depth < 20_000; depth++) nested = new AggregateError([nested]);
  expect(isDisconnect(nested)).toBe(true);
  const ring = new AggregateError([]);
  ring.errors.push(ring);
  expect(isDisconnect(ring)).toBe(false);
  const throws = Object.defineProperty(new Error('odd'), 'code', {
    get() {
      throw new Error('from a getter');
    },
  });
  expect(isDisconnect(throws)).toBe(false);
  expect(isDisconnect(Object.assign(new AggregateError([]), { errors: null }))).toBe(false);
});

test('a reset while a handler reads, writes, and does both in a group', () => {
  const { loop } = realLoop();
  const errors: unknown[] = [];
  loop.run(function* () {
    using server = yield* startServer(
      function* (reader, writer) {
        using _ = writer;
        errors.push(yield* caught(() => reader.readLine()));
        errors.push(yield* caught(() => writer.drain()));
        const both = taskGroup(function* (group) {
          group.createTask(reader.readLine());
          yield* writer.drain();
        });
        errors.push(yield* caught(() => both));
      },
      { host: '127.0.0.1', port: 0 },
    );
    const [host, port] = server.sockets[0]?.getsockname() ?? [];
    const [, writer] = yield* openConnection({ host, port });
    const sock = writer.getExtraInfo('socket') as Socket;
    sock.setsockopt(SOL_SOCKET, SO_LINGER, Buffer.from(Int32Array.of(1, 0).buffer));
    writer.transport.abort();
    while (errors.length < 3) yield* sleep(1);
  });
  expect(errors.map(isDisconnect), errors.map(String).join()).toEqual([true, true, true]);
});

test('a refused connection is none, of ours and of Node', async () => {
  const { loop } = realLoop();
  // Bound, not listening: nothing else can take the port meanwhile.
  const refused = loop.run(function* () {
    using server = yield* startServer(() => undefined, { host: '127.0.0.1', port: 0, startServing: false });
    const [host, port] = server.sockets[0]?.getsockname() ?? [];
    return yield* caught(() => openConnection({ host, port }));
  });
  expect([(refused as OSError).code, isDisconnect(refused)]).toEqual(['ECONNREFUSED', false]);
  const nodes = await new Promise((resolve) => connect(1, '127.0.0.1').once('error', resolve));
  expect(isDisconnect(nodes)).toBe(false);
});

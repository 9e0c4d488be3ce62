/** Where to connect and to listen: host and port in front of the options, or all of it as options. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type Coroutine,
  type EventLoop,
  openConnection,
  openUnixConnection,
  Protocol,
  type Server,
  startServer,
  startUnixServer,
} from '../../../src/index.ts';
import { onTeardown } from '../../support/teardown.ts';
import { realLoop } from '../loop/real-loop.ts';

const factory = (): Protocol => new (class extends Protocol {})();

function somePath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'places-'));
  onTeardown(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'socket');
}

const portOf = (server: Server): number => server.sockets[0]?.getsockname()[1] as number;

/** The message of what `body` throws. */
function refusal(loop: EventLoop, body: () => Coroutine<unknown>): string {
  try {
    loop.run(body);
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

describe('host and port', () => {
  test('startServer and openConnection', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      using server = yield* startServer((_reader, writer) => writer.close(), '127.0.0.1', 0);
      for (const port of [portOf(server), String(portOf(server))]) {
        const [reader, writer] = yield* openConnection('127.0.0.1', port, { limit: 17 });
        expect((yield* reader.read()).length).toBe(0);
        expect(`${reader}`).toContain('limit=17');
        writer.close();
      }
      yield* server.shutdown();
    });
  });

  test('createServer, of several hosts too, and createConnection', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      using server = yield* loop.createServer(factory, ['127.0.0.1'], 0, { backlog: 5 });
      const [transport] = yield* loop.createConnection(factory, '127.0.0.1', portOf(server));
      transport.close();
      yield* server.shutdown();
    });
  });

  test('no host is every interface of a server, and this machine for a client', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      using server = yield* startServer((_reader, writer) => writer.close(), null, 0);
      const [, writer] = yield* openConnection(null, portOf(server));
      writer.close();
      yield* server.shutdown();
    });
  });
});

test('paths', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    const [first, second] = [somePath(), somePath()];
    using server = yield* startUnixServer((_reader, writer) => writer.close(), first, { backlog: 5 });
    const [reader, writer] = yield* openUnixConnection(first, { limit: 17 });
    expect((yield* reader.read()).length).toBe(0);
    writer.close();
    yield* server.shutdown();
    using other = yield* loop.createUnixServer(factory, second);
    const [transport] = yield* loop.createUnixConnection(factory, second);
    transport.close();
    yield* other.shutdown();
  });
});

describe('wrong calls show the right one, of the function that was called', () => {
  const call = (...place: unknown[]): (() => Coroutine<unknown>) => {
    return () => openConnection(...(place as Parameters<typeof openConnection>));
  };
  const serving = (...place: unknown[]): (() => Coroutine<unknown>) => {
    return () => startServer(() => undefined, ...(place as [host: string, port: number]));
  };

  test.each([
    [
      call(80, 'example.org'),
      "openConnection: the host comes before the port. Write openConnection('example.org', 80) or openConnection({ host: 'example.org', port: 80 }).",
    ],
    [
      serving(8000),
      "startServer: the host comes before the port. Write startServer(handler, '127.0.0.1', 8000) or startServer(handler, { host: '127.0.0.1', port: 8000 }).",
    ],
    [
      call('example.org'),
      "openConnection: a port is needed behind the host. Write openConnection('example.org', 8000)",
    ],
    [call(), "openConnection: host and port are needed. Write openConnection('127.0.0.1', 8000)"],
    [call('h', null), 'openConnection: a port is needed behind the host, got null'],
    [call(true, 1), 'openConnection: a host was expected, got true'],
    [call({ host: 'h', port: 1 }, { ssl: true }), 'openConnection: nothing may follow an object of options'],
    [call('h', 1, () => undefined), 'openConnection: an object of options was expected behind host and port'],
  ])('%#: %s', (body, message) => {
    const { loop } = realLoop();
    expect(refusal(loop, body)).toContain(message);
  });

  test('paths', () => {
    const { loop } = realLoop();
    const wrong = 5 as unknown as string;
    expect(refusal(loop, () => openUnixConnection(wrong))).toContain(
      "openUnixConnection: a path was expected, got 5. Write openUnixConnection('/run/my.sock')",
    );
    expect(refusal(loop, () => startUnixServer(() => undefined, wrong))).toContain(
      "Write startUnixServer(handler, '/run/my.sock')",
    );
    expect(refusal(loop, () => loop.createUnixServer(factory, wrong))).toContain('createUnixServer(factory,');
  });

  const isGuest = process.env.SELECTLOOP_TEST_DRIVER === 'guest';

  test.skipIf(isGuest)('an async function cannot serve in a blocking run', () => {
    const { loop } = realLoop();
    const serve = async (): Promise<void> => {};
    expect(refusal(loop, () => startServer(serve, '127.0.0.1', 0))).toContain(
      'startServer: serve is an async function. Make it a function*. A Promise cannot settle while run() blocks',
    );
  });

  test.each([
    [{ localAddr: 5 }, "localAddr must be [host, port], such as ['127.0.0.1', 0], got 5"],
    [{ localAddr: '127.0.0.1' }, "localAddr must be [host, port], such as ['127.0.0.1', 0], got '127.0.0.1'"],
    [{ localAddr: ['127.0.0.1'] }, 'localAddr must be [host, port]'],
    [{ happyEyeballsDelayMs: '5' }, "happyEyeballsDelayMs must be a number of milliseconds, got '5'"],
    [{ interleave: '1' }, "interleave must be a number, got '1'"],
    [{ allErrors: 1 }, 'allErrors must be true or false, got 1'],
    [{ host: 5 }, 'host must be a name or an address, of a server also a list of them, got 5'],
  ])('options of a connection: %j', (option, message) => {
    const { loop } = realLoop();
    const options = { host: '127.0.0.1', port: 1, ...option } as object;
    expect(refusal(loop, () => openConnection(options))).toContain(`openConnection: ${message}`);
    expect(refusal(loop, () => loop.createConnection(factory, options))).toContain(
      `createConnection: ${message}`,
    );
  });

  test.each([
    [{ host: 5 }, 'host must be a name or an address, of a server also a list of them, got 5'],
    [{ backlog: '5' }, "backlog must be a number, got '5'"],
    [{ startServing: 0 }, 'startServing must be true or false, got 0'],
    [{ reuseAddress: 1 }, 'reuseAddress must be true or false, got 1'],
    [{ reusePort: 'yes' }, "reusePort must be true or false, got 'yes'"],
    [{ keepAlive: 1 }, 'keepAlive must be true or false, got 1'],
  ])('options of a server: %j', (option, message) => {
    const { loop } = realLoop();
    const options = { host: '127.0.0.1', port: 0, ...option } as object;
    expect(refusal(loop, () => startServer(() => undefined, options))).toBe(`startServer: ${message}`);
    expect(refusal(loop, () => loop.createServer(factory, options))).toBe(`createServer: ${message}`);
  });

  test.each([
    [{ path: 5 }, "path must be text or bytes, such as '/run/my.sock', got 5"],
    [{ path: '/x', cleanupSocket: 1 }, 'cleanupSocket must be true or false, got 1'],
  ])('options of a path: %j', (option, message) => {
    const { loop } = realLoop();
    const options = option as object;
    expect(refusal(loop, () => openUnixConnection(options))).toBe(`openUnixConnection: ${message}`);
    expect(refusal(loop, () => loop.createUnixConnection(factory, options))).toContain(message);
    expect(refusal(loop, () => startUnixServer(() => undefined, options))).toBe(
      `startUnixServer: ${message}`,
    );
    expect(refusal(loop, () => loop.createUnixServer(factory, options))).toContain(message);
  });

  test('options that are null are left out; how many addresses interleave is no fraction', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      const none = { sock: null, backlog: null, localAddr: null, interleave: null } as object;
      using server = yield* startServer((_reader, writer) => writer.close(), '127.0.0.1', 0, none);
      const [, writer] = yield* openConnection('127.0.0.1', portOf(server), none);
      writer.close();
      yield* server.shutdown();
    });
    expect(() => loop.run(() => openConnection('127.0.0.1', 1, { interleave: 0.5 }))).toThrow(
      new RangeError('openConnection: interleave must be a whole number from 0 on, got 0.5'),
    );
  });

  test('options that are missing or do not go together', () => {
    const { loop } = realLoop();
    expect(() => loop.run(() => startServer(() => undefined, {}))).toThrow(
      'startServer: needs host and port, or sock',
    );
    expect(() => loop.run(() => openConnection({}))).toThrow('openConnection: needs host and port, or sock');
    expect(() => loop.run(() => openConnection('h', 1, { serverHostname: 'x' }))).toThrow(
      'openConnection: serverHostname is only meaningful with ssl',
    );
  });
});

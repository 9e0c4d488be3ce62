/** Libraries that people use, beside our sockets in one process. Those that are not installed are skipped. */
import { spawn, spawnSync } from 'node:child_process';
import { type EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import {
  type Coroutine,
  createTask,
  eachOf,
  fromPromise,
  gather,
  openConnection,
  queueOfEvents,
  runGuest,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
  toDuplex,
} from '../../../src/index.ts';
import { local, portOf } from '../../support/connected.ts';
import { freePort } from '../../support/free-port.ts';
import { optionalModule } from '../../support/optional-module.ts';
import { sized } from '../../support/size.ts';

interface Closable {
  close(): Promise<void>;
}

/** What is used of `pg`. */
interface Pg {
  readonly default: {
    readonly Pool: new (
      options: object,
    ) => {
      query(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly { n: number }[] }>;
      end(): Promise<void>;
    };
  };
}

/** What is used of PGlite and its socket server. */
interface PGlite {
  readonly PGlite: { create(): Promise<Closable> };
}
interface PGliteSocket {
  readonly PGLiteSocketServer: new (
    options: object,
  ) => {
    start(): Promise<void>;
    stop(): Promise<void>;
  };
}

/** What is used of `ws`. */
interface WebSocketLike extends EventEmitter {
  send(text: string): void;
  close(): void;
}
interface Ws {
  readonly WebSocketServer: new (
    options: object,
  ) => EventEmitter & { emit(name: string, ...args: unknown[]): boolean; close(): void };
  readonly default: new (address: string, options?: object) => WebSocketLike;
}

/** What is used of `ioredis`. */
interface IoRedis {
  readonly Redis: new (
    options: object,
  ) => {
    set(key: string, value: string): Promise<string>;
    get(key: string): Promise<string | null>;
    incr(key: string): Promise<number>;
    quit(): Promise<string>;
  };
}

/** What is used of `pino`. */
interface Pino {
  readonly pino: (sink: Writable) => { info(fields: object, text: string): void };
}

const [pg, pglite, pgliteSocket, ws, ioredis, pino] = await Promise.all([
  optionalModule<Pg>('pg'),
  optionalModule<PGlite>('@electric-sql/pglite'),
  optionalModule<PGliteSocket>('@electric-sql/pglite-socket'),
  optionalModule<Ws>('ws'),
  optionalModule<IoRedis>('ioredis'),
  optionalModule<Pino>('pino'),
]);
const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

/** A server of ours that answers each line with what `answer` makes of it. */
function* lineServer(answer: (line: string) => Coroutine<string>) {
  return yield* startServer(function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    yield* reader.lines(function* (line) {
      yield* writer.write(Buffer.from(`${yield* answer(String(line).trim())}\n`));
    });
    writer.close();
  }, local);
}

/** Sends lines to a server of ours, one after the other; the answers. */
function* ask(port: number, lines: readonly string[]): Coroutine<string[]> {
  const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port });
  const answers: string[] = [];
  for (const line of lines) {
    yield* writer.write(Buffer.from(`${line}\n`));
    answers.push(String(yield* reader.readLine()).trim());
  }
  writer.close();
  return answers;
}

// The recipe of docs/guest-mode.md has them too. PGlite takes seconds to start: a usual run starts it once.
describe.skipIf(pg === null || pglite === null || pgliteSocket === null || !sized(false, true))('pg', () => {
  it('a pool is queried by the handlers of a server of ours', async () => {
    const answers = await runGuest(function* () {
      const db = yield* fromPromise((pglite as PGlite).PGlite.create());
      // It serves one connection at a time; so does the pool.
      const port = yield* fromPromise(freePort());
      const server = new (pgliteSocket as PGliteSocket).PGLiteSocketServer({ db, port, host: '127.0.0.1' });
      yield* fromPromise(server.start());
      const pool = new (pg as Pg).default.Pool({
        host: '127.0.0.1',
        port,
        user: 'postgres',
        max: 1,
        ssl: false,
      });
      const ours = yield* lineServer(function* (line) {
        const { rows } = yield* fromPromise(pool.query('select $1::int * 2 as n', [Number(line)]));
        return String(rows[0]?.n);
      });
      const clients = Array.from({ length: 5 }, (_, i) =>
        ask(
          portOf(ours),
          Array.from({ length: 20 }, (_unused, k) => String(i * 100 + k)),
        ),
      );
      const all = yield* gather(clients);
      ours.close();
      yield* fromPromise(pool.end());
      yield* fromPromise(server.stop());
      yield* fromPromise(db.close());
      return all;
    });
    expect(answers).toEqual(
      Array.from({ length: 5 }, (_, i) =>
        Array.from({ length: 20 }, (_unused, k) => String((i * 100 + k) * 2)),
      ),
    );
  }, 120_000);
});

describe.skipIf(ws === null)('ws', () => {
  it('its server and its client speak over connections of ours', async () => {
    const { WebSocketServer, default: WebSocket } = ws as Ws;
    const echoed = await runGuest(function* () {
      const { createServer } = yield* fromPromise(import('node:http'));
      const http = createServer();
      const sockets = new WebSocketServer({ server: http });
      sockets.on('connection', (socket: WebSocketLike) => {
        createTask(
          (function* (): Coroutine<void> {
            const messages = queueOfEvents<[Buffer]>(socket, 'message', { endOn: ['close'] });
            yield* messages.each(function* (message) {
              yield* sleep(1);
              socket.send(`echo ${message}`);
            });
          })(),
        );
      });
      const server = yield* startServer((reader, writer) => {
        http.emit('connection', toDuplex(reader, writer));
      }, local);
      const client = new WebSocket(`ws://127.0.0.1:${portOf(server)}/`);
      yield* fromPromise(once(client, 'open'));
      using answers = queueOfEvents<[Buffer]>(client, 'message', { endOn: ['close'] });
      const got: string[] = [];
      for (const text of ['a', 'b', 'c']) {
        client.send(text);
        const [answer] = yield* answers.get();
        got.push(String(answer));
      }
      const closed = once(client, 'close');
      client.close();
      yield* fromPromise(closed);
      sockets.close();
      yield* server.shutdown({ graceMs: 1000 });
      return got;
    });
    expect(echoed).toEqual(['echo a', 'echo b', 'echo c']);
  });
});

describe.skipIf(ioredis === null || !hasRedis)('ioredis', () => {
  it('is asked by the handlers of a server of ours', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'guest-redis-'));
    const path = join(folder, 'redis.sock');
    const redisServer = spawn(
      'redis-server',
      ['--port', '0', '--unixsocket', path, '--save', '', '--appendonly', 'no', '--dir', folder],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    try {
      const answers = await runGuest(function* () {
        yield* untilReady(redisServer.stdout);
        const redis = new (ioredis as IoRedis).Redis({ path });
        yield* fromPromise(redis.set('greeting', 'hello'));
        const ours = yield* lineServer(function* (line) {
          const [count, greeting] = yield* gather([redis.incr(line), redis.get('greeting')]);
          return `${greeting} ${line} ${count}`;
        });
        const all = yield* gather([ask(portOf(ours), ['x', 'x', 'x']), ask(portOf(ours), ['y', 'y'])]);
        ours.close();
        yield* fromPromise(redis.quit());
        return all;
      });
      expect(answers).toEqual([
        ['hello x 1', 'hello x 2', 'hello x 3'],
        ['hello y 1', 'hello y 2'],
      ]);
    } finally {
      const ended = once(redisServer, 'exit');
      redisServer.kill();
      await ended;
      await rm(folder, { recursive: true });
    }
  });

  function* untilReady(output: AsyncIterable<Buffer>): Coroutine<void> {
    let text = '';
    const reading = createTask(
      eachOf(output, function* (chunk) {
        text += String(chunk);
        yield* sleep(0);
      }),
    );
    while (!/ready to accept connections/i.test(text)) yield* sleep(5);
    reading.cancel();
  }
});

describe.skipIf(pino === null)('pino', () => {
  it('logs from our tasks, in order, to a stream of Node', async () => {
    const lines: string[] = [];
    await runGuest(function* () {
      const log = (pino as Pino).pino(
        new Writable({
          write(chunk, _encoding, done) {
            lines.push((JSON.parse(String(chunk)) as { msg: string }).msg);
            setImmediate(done);
          },
        }),
      );
      const ours = yield* lineServer(function* (line) {
        log.info({ line }, `asked for ${line}`);
        yield* sleep(0);
        return 'ok';
      });
      yield* ask(portOf(ours), ['1', '2', '3']);
      ours.close();
      yield* sleep(5);
    });
    expect(lines).toEqual(['asked for 1', 'asked for 2', 'asked for 3']);
  });
});

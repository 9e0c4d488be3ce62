/** What Node has, beside our sockets in one process: each side serves and calls the other. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, get, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  CancelScope,
  type Coroutine,
  createTask,
  fromPromise,
  gather,
  openConnection,
  runGuest,
  type Server,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
} from '../../../src/index.ts';

function portOf(server: Server): number {
  return (server.sockets[0]?.getsockname() as [string, number] | undefined)?.[1] ?? 0;
}

/** An HTTP server of ours, as small as can be: answers every request with `answer`. */
function* httpServer(answer: () => Coroutine<string>): Coroutine<Server> {
  return yield* startServer(
    function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
      yield* reader.readUntil(Buffer.from('\r\n\r\n'));
      const body = yield* answer();
      writer.write(
        Buffer.from(
          `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
        ),
      );
      yield* writer.drain();
      writer.close();
    },
    { host: '127.0.0.1', port: 0 },
  );
}

describe('Node beside a guest', () => {
  it('fetch and node:http call a server of ours, 50 times at once', async () => {
    const bodies = await runGuest(function* () {
      const server = yield* httpServer(function* () {
        yield* sleep(1);
        return 'from a coroutine';
      });
      const url = `http://127.0.0.1:${portOf(server)}/`;
      const fetched = yield* gather(
        Array.from({ length: 50 }, () => (async () => (await fetch(url)).text())()),
      );
      const [response] = (yield* fromPromise(once(get(url), 'response'))) as [IncomingMessage];
      const [chunk] = (yield* fromPromise(once(response, 'data'))) as [Buffer];
      server.close();
      return [...fetched, String(chunk)];
    });
    expect(bodies).toEqual(Array.from({ length: 51 }, () => 'from a coroutine'));
  });

  it('a node:http server awaits a task of ours, which calls it', async () => {
    const answer = await runGuest(function* () {
      const server = createServer((_request, response) => {
        void (async () => response.end(await createTask(sleep(2, 'from a task'))))();
      });
      server.listen(0, '127.0.0.1');
      yield* fromPromise(once(server, 'listening'));
      const { port } = server.address() as AddressInfo;
      const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port });
      writer.write(Buffer.from('GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n'));
      const text = String(yield* reader.read());
      writer.close();
      yield* fromPromise(once(server.close(), 'close'));
      return text;
    });
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*from a task/);
  });

  it('node:net talks to a server of ours', async () => {
    const echoed = await runGuest(function* () {
      const server = yield* startServer(
        function* (reader: StreamReader, writer: StreamWriter): Coroutine<void> {
          writer.write(yield* reader.readLine());
          yield* writer.drain();
          writer.close();
        },
        { host: '127.0.0.1', port: 0 },
      );
      const client = connect(portOf(server), '127.0.0.1');
      client.write('over there\n');
      const [data] = (yield* fromPromise(once(client, 'data'))) as [Buffer];
      client.destroy();
      server.close();
      return String(data);
    });
    expect(echoed).toBe('over there\n');
  });

  it('fs.promises, a child and a worker are awaited together', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'guest-'));
    try {
      const results = await runGuest(function* () {
        const path = join(folder, 'file');
        yield* fromPromise(writeFile(path, 'written'));
        const worker = new Worker('require("node:worker_threads").parentPort.postMessage(6 * 7)', {
          eval: true,
        });
        const ended = once(worker, 'exit');
        const [text, child, [message]] = yield* gather([
          readFile(path, 'utf8'),
          promisify(execFile)(process.execPath, ['-p', '1 + 1']),
          once(worker, 'message') as Promise<[number]>,
        ]);
        yield* fromPromise(ended);
        return [text, child.stdout.trim(), message];
      });
      expect(results).toEqual(['written', '2', 42]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('a fetch whose awaiter is cancelled is aborted: its server sees the connection end', async () => {
    const ended = await runGuest(function* () {
      let reset = false;
      const scope = new CancelScope();
      const server = createServer((request) => {
        request.on('close', () => {
          reset = true;
        });
        // Not before the request has arrived, however long that takes.
        scope.cancel();
      });
      server.listen(0, '127.0.0.1');
      yield* fromPromise(once(server, 'listening'));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      yield* scope.run(() => fromPromise((signal) => fetch(url, { signal })));
      for (let i = 0; i < 2000 && !reset; i++) yield* sleep(5);
      server.closeAllConnections();
      yield* fromPromise(once(server.close(), 'close'));
      return reset;
    });
    expect(ended).toBe(true);
  });
});

describe('AsyncLocalStorage', () => {
  const storage = new AsyncLocalStorage<string>();

  it('is kept for each task, across its steps and in tasks that it makes', async () => {
    function* reading(delayMs: number): Coroutine<(string | undefined)[]> {
      const seen = [storage.getStore()];
      yield* sleep(delayMs);
      seen.push(storage.getStore());
      seen.push(
        yield* createTask(
          (function* (): Coroutine<string | undefined> {
            yield* sleep(1);
            return storage.getStore();
          })(),
        ),
      );
      yield* fromPromise(pause(1));
      seen.push(storage.getStore());
      seen.push(
        yield* fromPromise(
          (async () => {
            await pause(1);
            return storage.getStore();
          })(),
        ),
      );
      return seen;
    }
    const values = await runGuest(async () =>
      Promise.all(
        ['a', 'b', 'c'].map((name, i) => storage.run(name, async () => await createTask(reading(3 - i)))),
      ),
    );
    expect(values).toEqual(['a', 'b', 'c'].map((name) => [name, name, name, name, name]));
    expect(storage.getStore()).toBe(undefined);
  });

  it('set inside a task stays in it', async () => {
    const seen = await runGuest(function* () {
      const setting = createTask(
        (function* (): Coroutine<string | undefined> {
          storage.enterWith('mine');
          yield* sleep(2);
          return storage.getStore();
        })(),
      );
      yield* sleep(1);
      const other = storage.getStore();
      return [other, yield* setting, storage.getStore()];
    });
    expect(seen).toEqual([undefined, 'mine', undefined]);
  });
});

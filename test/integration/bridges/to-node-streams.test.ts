/** Our streams as Node's and the web's: bytes, back-pressure, half-close, errors, destroy. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import {
  type Coroutine,
  createTask,
  fromNodeStream,
  fromPromise,
  fromWebStreams,
  run,
  runGuest,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
  toDuplex,
  toWebStreams,
} from '../../../src/index.ts';
import { SO_LINGER, SOL_SOCKET } from '../../../src/socket.ts';
import { bytes, connected, echo, local, portOf } from '../../support/connected.ts';

describe('toDuplex', () => {
  it('carries both directions through a pipeline, and ends with the half-close', async () => {
    const got = await runGuest(function* () {
      const [reader, writer, server] = yield* connected(echo);
      const duplex = toDuplex(reader, writer);
      const chunks: Buffer[] = [];
      yield* fromPromise(
        pipeline(Readable.from([bytes.subarray(0, 10), bytes.subarray(10)]), duplex, async (source) => {
          for await (const chunk of source as AsyncIterable<Buffer>) chunks.push(chunk);
        }),
      );
      server.close();
      return Buffer.concat(chunks);
    });
    expect(got.equals(bytes)).toBe(true);
  });

  it('holds back its writer while the peer does not read, and its reader while nobody reads', async () => {
    await runGuest(function* () {
      let release = (): void => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      let sent = 0;
      const [reader, writer, server] = yield* connected(function* (_ours, theirs) {
        const writing = createTask(
          (function* () {
            for (; sent < 500; sent++) yield* theirs.write(bytes.subarray(0, 100_000));
          })(),
        );
        yield* fromPromise(released);
        writing.cancel();
        theirs.transport.abort();
      });
      const duplex = toDuplex(reader, writer);
      duplex.on('error', () => {});
      for (let i = 0; i < 300; i++) duplex.write(bytes.subarray(0, 100_000));
      for (let before = -1; before !== sent; ) {
        before = sent;
        yield* sleep(20);
      }
      expect(sent).toBeLessThan(500);
      expect(duplex.writableLength).toBeGreaterThan(0);
      release();
      const [error] = (yield* fromPromise(once(duplex, 'error'))) as [{ code: string }];
      expect(error.code).toBe('ECONNRESET');
      expect(writer.isClosing()).toBe(true);
      server.close();
    });
  });

  it('is destroyed by what breaks the connection, and breaks it when it is destroyed', async () => {
    await runGuest(function* () {
      const outcomes: string[] = [];
      const [reader, writer, server] = yield* connected(function* (theirReader) {
        try {
          yield* theirReader.read();
          outcomes.push('end');
        } catch (error) {
          outcomes.push((error as { code: string }).code);
        }
      });
      const duplex = toDuplex(reader, writer);
      duplex.resume();
      duplex.destroy(new RangeError('mine'));
      const [error] = (yield* fromPromise(once(duplex, 'error'))) as [Error];
      expect(error).toEqual(new RangeError('mine'));
      while (outcomes.length === 0) yield* sleep(1);
      expect(writer.isClosing()).toBe(true);
      server.close();
    });
    await runGuest(function* () {
      const [reader, writer, server] = yield* connected(function* (_reader, theirs) {
        yield* sleep(0);
        // SO_LINGER of 0 s: a reset instead of an end.
        theirs
          .getExtraInfo('socket')
          ?.setsockopt(SOL_SOCKET, SO_LINGER, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]));
        theirs.transport.abort();
      });
      const duplex = toDuplex(reader, writer);
      duplex.resume();
      const [error] = (yield* fromPromise(once(duplex, 'error'))) as [{ code: string }];
      expect(error.code).toBe('ECONNRESET');
      server.close();
    });
  });

  it('serves an http server of Node on a connection of ours', async () => {
    const answer = await runGuest(function* () {
      const http = createHttpServer((request, response) => response.end(`you asked for ${request.url}`));
      const server = yield* startServer((reader, writer) => {
        http.emit('connection', toDuplex(reader, writer));
      }, local);
      const text = yield* fromPromise(
        fetch(`http://127.0.0.1:${portOf(server)}/page`, { headers: { connection: 'close' } }).then((r) =>
          r.text(),
        ),
      );
      server.close();
      return text;
    });
    expect(answer).toBe('you asked for /page');
  });

  it('ends with the run, and says so', async () => {
    let failed: Promise<unknown[]> | undefined;
    await runGuest(function* () {
      const [reader, writer] = yield* connected(echo);
      failed = once(toDuplex(reader, writer).resume(), 'error');
      yield* sleep(5);
    });
    const [error] = (await failed) as [Error];
    expect(error.message).toMatch(/run in which the connection was opened has ended/);
  });
});

describe('toWebStreams', () => {
  it('carry both directions, and close with the half-close', async () => {
    const got = await runGuest(function* () {
      const [reader, writer, server] = yield* connected(echo);
      const { readable, writable } = toWebStreams(reader, writer);
      const sending = new Blob([bytes]).stream().pipeTo(writable as WritableStream);
      const received = yield* fromPromise(new Response(readable as ReadableStream).arrayBuffer());
      yield* fromPromise(sending);
      server.close();
      return Buffer.from(received);
    });
    expect(got.equals(bytes)).toBe(true);
  });

  it('cancelling the readable closes the connection', async () => {
    await runGuest(function* () {
      let theirsEnded = false;
      const [reader, writer, server] = yield* connected(function* (theirReader) {
        yield* theirReader.read();
        theirsEnded = true;
      });
      const { readable, writable } = toWebStreams(reader, writer);
      const webWriter = writable.getWriter();
      webWriter.closed.catch(() => {});
      yield* fromPromise(readable.cancel());
      yield* fromPromise(webWriter.abort().catch(() => {}));
      while (!theirsEnded) yield* sleep(1);
      server.close();
    });
  });
});

describe('in a blocking run', () => {
  it.skipIf(process.env.SELECTLOOP_TEST_DRIVER === 'guest')(
    'all of them raise at once, with the remedy',
    () => {
      const refused = /stand still while run\(\) blocks this thread. Use runGuest\(\)/;
      const stream = new PassThrough();
      const inRun = (body: (reader: StreamReader, writer: StreamWriter) => unknown) => () =>
        run(function* (): Coroutine<void> {
          const [reader, writer, server] = yield* connected(echo);
          try {
            body(reader, writer);
          } finally {
            writer.close();
            server.close();
          }
        });
      expect(inRun((reader, writer) => toDuplex(reader, writer))).toThrow(refused);
      expect(inRun((reader, writer) => toWebStreams(reader, writer))).toThrow(refused);
      expect(inRun(() => fromNodeStream(stream))).toThrow(refused);
      expect(inRun(() => fromWebStreams(new Blob(['x']).stream() as never))).toThrow(refused);
      expect(stream.listenerCount('data')).toBe(0);
    },
  );
});

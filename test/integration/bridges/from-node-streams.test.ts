/** Node's streams and the web's as ours: bytes, back-pressure, half-close, errors, destroy. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket as NetSocket } from 'node:net';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import {
  type Coroutine,
  createTask,
  fromNodeStream,
  fromPromise,
  fromWebStreams,
  runGuest,
  type StreamReader,
  type StreamWriter,
  sleep,
} from '../../../src/index.ts';
import { bytes } from '../../support/connected.ts';

describe('fromNodeStream', () => {
  /** A server of node:net, and a connection to it as our streams. */
  function* toNode(serve: (socket: NetSocket) => void): Coroutine<[StreamReader, StreamWriter, () => void]> {
    const server = createServer({ allowHalfOpen: true }, serve);
    yield* fromPromise(once(server.listen(0, '127.0.0.1'), 'listening'));
    const socket = connect({
      port: (server.address() as AddressInfo).port,
      host: '127.0.0.1',
      allowHalfOpen: true,
    });
    return [...fromNodeStream(socket), () => server.close()];
  }

  it('reads, writes and half-closes a socket of node:net', async () => {
    const got = await runGuest(function* () {
      const [reader, writer, close] = yield* toNode((socket) => socket.pipe(socket));
      const writing = createTask(
        (function* () {
          yield* writer.write(bytes);
          writer.writeEof();
        })(),
      );
      const first = yield* reader.readExactly(1);
      expect((writer.getExtraInfo('peername') as [string, number])[0]).toBe('127.0.0.1');
      const all = Buffer.concat([first, yield* reader.read()]);
      yield* writing;
      writer.close();
      yield* writer.waitClosed();
      close();
      return all;
    });
    expect(got.equals(bytes)).toBe(true);
  });

  it('pauses the stream while nobody reads', async () => {
    await runGuest(function* () {
      const source = new PassThrough();
      const [reader, writer] = fromNodeStream(source, { limit: 1000 });
      source.write(Buffer.alloc(5000));
      yield* sleep(5);
      expect(source.isPaused()).toBe(true);
      expect((yield* reader.readExactly(5000)).length).toBe(5000);
      expect(source.isPaused()).toBe(false);
      writer.close();
      yield* writer.waitClosed();
    });
  });

  it('drain() waits while a slow Writable is full', async () => {
    await runGuest(function* () {
      const done: (() => void)[] = [];
      const sink = new Writable({
        highWaterMark: 10,
        write(_chunk, _encoding, callback) {
          done.push(callback);
        },
      });
      const [reader, writer] = fromNodeStream(sink);
      expect((yield* reader.read()).length).toBe(0);
      writer.write(Buffer.alloc(50));
      const draining = createTask(writer.drain());
      yield* sleep(5);
      expect(draining.done()).toBe(false);
      done[0]?.();
      yield* draining;
      writer.close();
      yield* writer.waitClosed();
      expect(sink.writableFinished).toBe(true);
    });
  });

  it('gives the error of the stream, and ECONNRESET for one that is destroyed before its end', async () => {
    await runGuest(function* () {
      const failing = new PassThrough();
      const [first] = fromNodeStream(failing);
      failing.write('x');
      yield* sleep(2);
      failing.destroy(new RangeError('broken'));
      yield* sleep(2);
      expect(String(yield* first.read(10))).toBe('x');
      yield* expectFailure(first.read(10), 'broken');
      const cut = new PassThrough();
      const [second] = fromNodeStream(cut);
      cut.destroy();
      yield* expectFailure(second.read(10), 'ECONNRESET');
    });
  });

  it('reads a request and answers it, in a server of node:http', async () => {
    const text = await runGuest(function* () {
      const http = createHttpServer((request, response) => {
        createTask(
          (function* (): Coroutine<void> {
            const [body] = fromNodeStream(request);
            const [, answer] = fromNodeStream(response);
            yield* body.lines((line) => answer.write(Buffer.from(`> ${line}`)));
            answer.close();
          })(),
        );
      });
      yield* fromPromise(once(http.listen(0, '127.0.0.1'), 'listening'));
      const { port } = http.address() as AddressInfo;
      const body = yield* fromPromise(
        fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'a\nb\n' }).then((r) => r.text()),
      );
      http.closeAllConnections();
      http.close();
      return body;
    });
    expect(text).toBe('> a\n> b\n');
  });
});

describe('fromWebStreams', () => {
  it('reads the body of a response line by line', async () => {
    const lines = await runGuest(function* () {
      const seen: string[] = [];
      const [reader] = fromWebStreams(new Blob(['one\ntwo\n']).stream() as never);
      yield* reader.lines((line) => void seen.push(String(line)));
      return seen;
    });
    expect(lines).toEqual(['one\n', 'two\n']);
  });

  it('carries both directions of a pair', async () => {
    const text = await runGuest(function* () {
      const [reader, writer] = fromWebStreams(new TransformStream() as never);
      const reading = createTask(reader.read());
      yield* writer.write(Buffer.from('through'));
      writer.writeEof();
      return String(yield* reading);
    });
    expect(text).toBe('through');
  });
});

function* expectFailure(work: Coroutine<unknown>, what: string): Coroutine<void> {
  let failure: unknown = null;
  try {
    yield* work;
  } catch (error) {
    failure = error;
  }
  expect(String(failure)).toContain(what);
}

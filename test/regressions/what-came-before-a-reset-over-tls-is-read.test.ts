/**
 * Over TLS too, what the peer sent before it reset the connection is read, and the reset is told after it.
 */
import { expect, it } from 'vitest';
import { type Coroutine, openConnection, startServer } from '../../src/index.ts';
import { lingerValue, SO_LINGER, SOL_SOCKET, type Socket } from '../../src/socket.ts';
import type { StreamReader } from '../../src/streams/stream-reader.ts';
import type { StreamWriter } from '../../src/streams/stream-writer.ts';
import { sleep } from '../../src/tasks/sleep.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import { CheckedProtocol, connectedByTls, until } from '../integration/tls/layered.ts';
import {
  clientContext,
  connect,
  portOf,
  serverContext,
  text,
  withServer,
} from '../integration/tls/secure-loop.ts';
import { failureOf } from '../support/failure-of.ts';

/** Ends the connection with a reset, in place of close_notify. */
function reset(writer: StreamWriter): void {
  (writer.getExtraInfo('socket') as Socket).setsockopt(SOL_SOCKET, SO_LINGER, lingerValue(true, 0));
  writer.transport.abort();
}

const broken = expect.stringMatching(/^(ECONNRESET|EPIPE|ERR_SSL_UNEXPECTED_EOF_WHILE_READING)$/);

it('lines, by a reader that was busy meanwhile', () => {
  const { loop } = realLoop();
  function* tell(_reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    yield* writer.write(text('one\ntwo\nthree\n'));
    yield* sleep(20);
    reset(writer);
  }
  withServer(loop, tell, function* (port) {
    const [reader, writer] = yield* connect(port);
    yield* sleep(100);
    const lines: string[] = [];
    const error = yield* failureOf(reader.lines((line) => void lines.push(String(line))));
    expect([lines, error]).toMatchObject([['one\n', 'two\n', 'three\n'], { code: broken }]);
    writer.close();
  });
});

it('more than the reader holds before it pauses', () => {
  const { loop } = realLoop();
  // The reader pauses at 128 KiB. The rest fits into the receive buffer of the kernel: a reset drops what the
  // sender's kernel has still to send.
  const size = 180_000;
  function* tell(_reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    yield* writer.write(Buffer.alloc(size, 'x'));
    while (writer.transport.getWriteBufferSize() > 0) yield* sleep(1);
    yield* sleep(20);
    reset(writer);
  }
  withServer(loop, tell, function* (port) {
    const [reader, writer] = yield* connect(port);
    yield* sleep(100);
    let count = 0;
    const reading = (function* (): Coroutine<void> {
      for (;;) count += (yield* reader.read(10_000)).length;
    })();
    expect(yield* failureOf(reading)).toMatchObject({ code: broken });
    expect(count).toBe(size);
    writer.close();
  });
});

it('an early answer, after a write that failed', () => {
  const { loop } = realLoop();
  function* refuse(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    yield* reader.read(1000);
    yield* writer.write(text('413 too large\n'));
    yield* sleep(20);
    // Unread bytes make this a reset.
    reset(writer);
  }
  withServer(
    loop,
    refuse,
    function* (port) {
      const [reader, writer] = yield* connect(port);
      const sending = (function* (): Coroutine<void> {
        for (;;) yield* writer.write(Buffer.alloc(100_000));
      })();
      expect(yield* failureOf(sending)).toMatchObject({ code: broken });
      expect(String(yield* reader.readLine())).toBe('413 too large\n');
      writer.close();
    },
    { ssl: serverContext() },
  );
});

it.each([1, 2])('a paused reader, after a write that failed, over %i layers of TLS', (layers) => {
  const { loop } = realLoop();
  // Less than the sockets of this side hold: a reset drops what the sender's kernel has still to send.
  const size = 60_000;
  const secure = { serverHostname: 'localhost' };
  function* refuse(_reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    for (let i = 0; i < layers; i++) yield* writer.startTls(serverContext());
    yield* writer.write(Buffer.alloc(size, 'x'));
    yield* sleep(50);
    reset(writer);
  }
  loop.run(function* () {
    const server = yield* startServer(refuse, { host: '127.0.0.1', port: 0 });
    const [reader, writer] = yield* openConnection({
      host: '127.0.0.1',
      port: portOf(server),
      limit: 1024,
    });
    for (let i = 0; i < layers; i++) yield* writer.startTls(clientContext(), secure);
    yield* sleep(150);
    // The first one is answered with a reset, if it was not yet; the second is refused.
    for (let i = 0; i < 2; i++) {
      writer.write(text('the rest of the request'));
      yield* sleep(20);
    }
    let count = 0;
    const reading = (function* (): Coroutine<void> {
      for (;;) {
        const data = yield* reader.read(4096);
        count += data.length;
        if (data.length === 0) return;
      }
    })();
    expect(yield* failureOf(reading)).toMatchObject({ code: broken });
    expect(count).toBe(size);
    writer.close();
    yield* server.shutdown({ graceMs: 0 });
  });
});

it('a protocol hears of it in order', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    const [client, server] = yield* connectedByTls(loop, 1, () => new CheckedProtocol());
    client.transport.pauseReading();
    server.transport.write(Buffer.alloc(50_000, 'x'));
    yield* sleep(20);
    (server.transport.getExtraInfo('socket') as Socket).setsockopt(
      SOL_SOCKET,
      SO_LINGER,
      lingerValue(true, 0),
    );
    server.transport.abort();
    yield* sleep(20);
    client.transport.resumeReading();
    yield* until(() => client.protocol.isLost);
    expect(client.protocol.byteCount).toBe(50_000);
    expect(client.protocol.calls.at(-1)).toMatch(/^lost: /);
    expect(client.protocol.wrong).toEqual([]);
  });
});

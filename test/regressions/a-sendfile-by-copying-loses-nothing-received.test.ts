/**
 * While a file is copied over TLS, what arrived was lost: to a reader that was full and was read meanwhile,
 * and to one whose peer answered and reset the connection.
 */
import { expect, it } from 'vitest';
import {
  BufferedProtocol,
  type Coroutine,
  createTask,
  type StreamReader,
  type StreamWriter,
} from '../../src/index.ts';
import { lingerValue, SO_LINGER, SOL_SOCKET, type Socket } from '../../src/socket.ts';
import { sleep } from '../../src/tasks/sleep.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import { CheckedProtocol, connectedByTls, until } from '../integration/tls/layered.ts';
import { connect, echo, text, withServer } from '../integration/tls/secure-loop.ts';
import { failureOf } from '../support/failure-of.ts';
import { openFileOf } from '../support/open-file.ts';

/** More than the system holds. */
const FILE = Buffer.alloc(8_000_000, 'f');
const SENT = 1_000_000;

it('a full reader goes on', () => {
  const { loop } = realLoop();
  const file = openFileOf(FILE);
  function* talk(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    writer.write(Buffer.alloc(SENT, 'x'));
    yield* sleep(100);
    for (let left = FILE.length; left > 0; ) left -= (yield* reader.read(100_000)).length;
    yield* writer.drain();
    writer.close();
  }
  withServer(loop, talk, function* (port) {
    const [reader, writer] = yield* connect(port);
    yield* sleep(30);
    const sending = createTask(loop.sendfile(writer.transport, file));
    yield* sleep(10);
    expect((yield* reader.readExactly(SENT)).every((byte) => byte === 0x78)).toBe(true);
    expect(yield* sending).toBe(FILE.length);
    expect((yield* reader.read()).length).toBe(0);
    writer.close();
  });
});

it('an early answer is read', () => {
  const { loop } = realLoop();
  const file = openFileOf(FILE);
  function* refuse(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    yield* reader.read(1000);
    yield* writer.write(text('413 too large\n'));
    yield* sleep(20);
    const sock = writer.getExtraInfo('socket') as Socket;
    sock.setsockopt(SOL_SOCKET, SO_LINGER, lingerValue(true, 0));
    writer.transport.abort();
  }
  withServer(loop, refuse, function* (port) {
    const [reader, writer] = yield* connect(port);
    expect(yield* failureOf(loop.sendfile(writer.transport, file))).toBeInstanceOf(Error);
    expect(String(yield* reader.readLine())).toBe('413 too large\n');
    writer.close();
  });
});

it('a peer that answers while it reads', () => {
  const { loop } = realLoop();
  const file = openFileOf(FILE);
  withServer(loop, echo, function* (port) {
    const [reader, writer] = yield* connect(port);
    const answers = createTask(reader.readExactly(FILE.length));
    expect(yield* loop.sendfile(writer.transport, file)).toBe(FILE.length);
    expect((yield* answers).equals(FILE)).toBe(true);
    writer.close();
  });
});

it('a stream that ends meanwhile does not end the file', () => {
  const { loop } = realLoop();
  const file = openFileOf(FILE);
  loop.run(function* () {
    const [client, server] = yield* connectedByTls(loop, 1, () => new CheckedProtocol());
    server.protocol.keepOpen = true;
    server.transport.pauseReading();
    const sending = createTask(loop.sendfile(client.transport, file));
    yield* sleep(5);
    server.transport.writeEof();
    yield* until(() => client.protocol.calls.includes('eof'));
    server.transport.resumeReading();
    expect(yield* sending).toBe(FILE.length);
    yield* until(() => client.protocol.isLost && server.protocol.calls.includes('eof'));
    expect(server.protocol.byteCount).toBe(FILE.length);
    server.transport.close();
    yield* until(() => server.protocol.isLost);
    expect([...client.protocol.wrong, ...server.protocol.wrong]).toEqual([]);
  });
});

/** Counts what comes, a few bytes at a time. */
class Counting extends BufferedProtocol {
  byteCount = 0;
  private readonly memory = Buffer.alloc(700);

  getBuffer(): Uint8Array {
    return this.memory;
  }

  bufferUpdated(byteCount: number): void {
    this.byteCount += byteCount;
  }
}

it('a protocol with a buffer of its own has it, too', () => {
  const { loop } = realLoop();
  const file = openFileOf(FILE);
  loop.run(function* () {
    const [client, server] = yield* connectedByTls(loop, 1, () => new CheckedProtocol());
    const counting = new Counting();
    client.transport.setProtocol(counting);
    server.transport.pauseReading();
    const sending = createTask(loop.sendfile(client.transport, file));
    yield* sleep(5);
    client.transport.resumeReading();
    server.transport.write(Buffer.alloc(10_000));
    yield* until(() => counting.byteCount === 10_000);
    server.transport.resumeReading();
    expect(yield* sending).toBe(FILE.length);
    client.transport.close();
    yield* until(() => server.protocol.isLost);
    expect(server.protocol.byteCount).toBe(FILE.length);
  });
});

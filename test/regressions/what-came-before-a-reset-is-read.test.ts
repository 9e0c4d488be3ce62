/** Bytes that have arrived are handed out before the reset that came after them, by every reading call. */
import { expect, it } from 'vitest';
import {
  type Coroutine,
  type EventLoop,
  getRunningLoop,
  OSError,
  openConnection,
  Protocol,
  type StreamReader,
  type StreamWriter,
  sleep,
  type Transport,
} from '../../src/index.ts';
import { lingerValue, SO_LINGER, SOL_SOCKET, type Socket, socketpair } from '../../src/socket.ts';
import { owned, realLoop, tcpListener } from '../integration/loop/real-loop.ts';

function reset(sock: Socket): void {
  sock.setsockopt(SOL_SOCKET, SO_LINGER, lingerValue(true, 0));
  sock.close();
}

/** A stream, and the plain socket at its other end. */
function* connect(loop: EventLoop): Coroutine<[StreamReader, StreamWriter, Socket]> {
  const listener = tcpListener();
  const [host, port] = listener.getsockname() as [string, number];
  const accepting = loop.sockAccept(listener);
  const [reader, writer] = yield* openConnection({ host, port });
  const [peer] = yield* accepting;
  return [reader, writer, owned(peer)];
}

function* errorOf(read: Coroutine<unknown>): Coroutine<string | undefined> {
  try {
    yield* read;
    return undefined;
  } catch (error) {
    if (!(error instanceof OSError)) throw error;
    return error.code;
  }
}

const reads: [name: string, read: (reader: StreamReader) => Coroutine<Buffer>, expected: string][] = [
  ['read(n)', (reader) => reader.read(100), 'one\ntwo\nthr'],
  ['readExactly', (reader) => reader.readExactly(5), 'one\nt'],
  ['readLine', (reader) => reader.readLine(), 'one\n'],
  ['readUntil', (reader) => reader.readUntil(Buffer.from('tw')), 'one\ntw'],
];

it.each(reads)('%s, begun after the reset', (_name, read, expected) => {
  const { loop } = realLoop();
  loop.run(function* () {
    const [reader, writer, peer] = yield* connect(loop);
    peer.send(Buffer.from('one\ntwo\nthr'));
    yield* sleep(10);
    reset(peer);
    yield* sleep(20);
    expect((yield* read(reader)).toString()).toBe(expected);
    // What is not enough stays, and is not taken for the end.
    expect(yield* errorOf(reader.readExactly(1000))).toBe('ECONNRESET');
    expect(yield* errorOf(reader.readUntil(Buffer.from('nowhere')))).toBe('ECONNRESET');
    expect(yield* errorOf(reader.read())).toBe('ECONNRESET');
    const left = yield* reader.unreadByteCount > 0 ? reader.read(100) : nothing();
    expect(expected + left.toString()).toBe('one\ntwo\nthr');
    expect(yield* errorOf(reader.read(100))).toBe('ECONNRESET');
    writer.close();
  });
});

function* nothing(): Coroutine<Buffer> {
  return Buffer.alloc(0);
}

it('a read that waits when the reset comes puts back what it took', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    const [reader, writer, peer] = yield* connect(loop);
    peer.send(Buffer.from('half'));
    loop.callLater(20, () => reset(peer));
    expect(yield* errorOf(reader.read())).toBe('ECONNRESET');
    expect((yield* reader.read(100)).toString()).toBe('half');
    writer.close();
  });
});

it.each([1000, 400_000])('an early answer of %i bytes is readable after the drain has failed', (size) => {
  const { loop } = realLoop();
  loop.run(function* () {
    const [reader, writer, peer] = yield* connect(loop);
    peer.setblocking(false);
    const answer = Buffer.alloc(size, 'a');
    writer.write(Buffer.alloc(16 << 20));
    yield* loop.sockSendall(peer, answer);
    // Unread bytes make the close a reset.
    reset(peer);
    expect(yield* errorOf(drainAll(writer))).toMatch(/ECONNRESET|EPIPE/);
    let received = 0;
    while (reader.unreadByteCount > 0) received += (yield* reader.read(65_536)).length;
    // A reset discards what the sender's side still held: what had arrived here is all there.
    expect(received).toBeGreaterThan(0);
    expect(yield* errorOf(reader.read(100))).toMatch(/ECONNRESET|EPIPE/);
    writer.close();
  });
});

function* drainAll(writer: StreamWriter): Coroutine<void> {
  for (let i = 0; i < 100; i++) {
    yield* writer.write(Buffer.alloc(1 << 20));
    yield* sleep(0);
  }
}

it('a refused write comes after the bytes that the kernel holds, also of a unix socket', () => {
  const { loop } = realLoop();
  const calls: string[] = [];
  class Early extends Protocol {
    override dataReceived(data: Buffer): void {
      calls.push(`data ${data.length}`);
    }
    override connectionLost(error: Error | null): void {
      calls.push(`lost ${(error as OSError | null)?.code}`);
    }
  }
  loop.run(function* () {
    const [mine, peer] = socketpair();
    const [transport] = yield* getRunningLoop().createConnection(() => new Early(), { sock: mine });
    peer.send(Buffer.from('413 too large'));
    peer.close();
    writeTwice(transport);
    yield* sleep(20);
  });
  expect(calls).toEqual(['data 13', 'lost EPIPE']);
});

function writeTwice(transport: Transport): void {
  for (let i = 0; i < 2; i++) transport.write(Buffer.alloc(1000));
}

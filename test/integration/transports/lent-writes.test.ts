/** Writing from memory that is lent: what has to wait is copied, since others use the memory next. */
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import {
  BufferedProtocol,
  type Coroutine,
  createTask,
  type Future,
  fromNodeStream,
  openConnection,
  runGuest,
  type StreamReader,
  type StreamWriter,
  sleep,
  type Transport,
} from '../../../src/index.ts';
import { EAGAIN } from '../../../src/kernel/errno.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { AF_INET, type InetAddress, SOCK_DGRAM, Socket } from '../../../src/socket.ts';
import { kernelWith, owned, pair, realLoop } from '../loop/real-loop.ts';
import { connect, portOf, serverContext, withServer } from '../tls/secure-loop.ts';
import { Answering } from './datagrams-world.ts';
import { connected, drainPeer, settle, until } from './fixtures.ts';

const LARGE = 50_000;
const PART = 1000;
const LETTERS = ['a', 'b', 'c'];
const ALL = Buffer.from(LETTERS.map((letter) => letter.repeat(LARGE)).join(''));

/** All connections receive into the same memory, and answer from it. */
class SharedEcho extends BufferedProtocol {
  private readonly memory: Buffer;
  private transport!: Transport;

  constructor(memory: Buffer) {
    super();
    this.memory = memory;
  }

  override connectionMade(transport: Transport): void {
    this.transport = transport;
  }

  override getBuffer(): Uint8Array {
    return this.memory;
  }

  override bufferUpdated(byteCount: number): void {
    this.transport.write(this.memory.subarray(0, byteCount));
  }
}

/** A kernel that takes only a part of what is sent on a stream; in a jam, one part and no datagrams. */
function jammed(): { readonly kernel: Kernel; readonly jam: { streams: boolean; datagrams: boolean } } {
  const jam = { streams: false, datagrams: false };
  const real = kernelWith({}).sockets;
  let parts = 0;
  const kernel = kernelWith({
    sockets: {
      send: (fd, data, offset, byteCount, flags) => {
        if (jam.streams && parts++ > 0) return -EAGAIN;
        return real.send(fd, data, offset, Math.min(byteCount, PART), flags);
      },
      sendto: (...args) => (jam.datagrams ? -EAGAIN : real.sendto(...args)),
    },
  });
  return { kernel, jam };
}

function bound(kernel: Kernel): Socket {
  const sock = owned(new Socket(AF_INET, SOCK_DGRAM, 0, { kernel }));
  sock.bind(['127.0.0.1', 0]);
  sock.setblocking(false);
  return sock;
}

describe('a buffered protocol that answers from its buffer', () => {
  test('while the socket takes a part of it, or nothing', () => {
    const { kernel, jam } = jammed();
    const { loop, peer } = connected(new SharedEcho(Buffer.alloc(5000)), kernel);
    const sent = Buffer.concat(Array.from({ length: 5 }, (_, i) => Buffer.alloc(5000, i + 1)));
    peer.sendall(sent);
    jam.streams = true;
    settle(loop);
    jam.streams = false;
    const got: Buffer[] = [];
    until(loop, () => got.push(drainPeer(peer)) > 0 && Buffer.concat(got).length === sent.length);
    expect(Buffer.concat(got).equals(sent)).toBe(true);
  });

  test('over TLS, to a peer that reads late', () => {
    const { loop } = realLoop();
    const memory = Buffer.alloc(LARGE);
    const sent = Buffer.concat(Array.from({ length: 6000 }, (_, i) => Buffer.alloc(4096, i % 251)));
    loop.run(function* (): Coroutine<void> {
      const options = { host: '127.0.0.1', port: 0, ssl: serverContext() };
      const server = yield* loop.createServer(() => new SharedEcho(memory), options);
      const [reader, writer] = yield* connect(portOf(server));
      const writing = createTask(function* (): Coroutine<void> {
        for (let at = 0; at < sent.length; at += 65_536) yield* writer.write(sent.subarray(at, at + 65_536));
      });
      yield* sleep(50);
      expect((yield* reader.readExactly(sent.length)).equals(sent)).toBe(true);
      yield* writing;
      writer.close();
      yield* writer.waitClosed();
      yield* server.shutdown({ graceMs: 0 });
    });
  });
});

describe('what a coroutine has borrowed', () => {
  test('is written to TLS, to a peer that reads late', () => {
    const { loop } = realLoop();
    const ahead = Buffer.alloc(8 << 20, '.');
    const received = withServer(
      loop,
      function* (_: StreamReader, writer: StreamWriter): Coroutine<void> {
        writer.write(ahead);
        yield* borrowed((data) => writer.write(data));
        writer.writeEof();
      },
      function* (port) {
        const [reader, writer] = yield* connect(port);
        yield* sleep(50);
        yield* reader.readExactly(ahead.length);
        const rest = yield* reader.read();
        writer.close();
        return rest;
      },
    );
    expect(received.equals(ALL)).toBe(true);
  });

  test('is written to a stream of Node’s, which keeps what it is given', async () => {
    const got: Buffer[] = [];
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        setTimeout(() => {
          got.push(Buffer.from(chunk));
          done();
        }, 3);
      },
    });
    await runGuest(function* (): Coroutine<void> {
      const [, writer] = fromNodeStream(slow);
      yield* borrowed((data) => writer.writeLines([data.subarray(0, 10), data.subarray(10)]));
      writer.close();
      yield* writer.waitClosed();
    });
    expect(Buffer.concat(got).equals(ALL)).toBe(true);
  });

  test('is sent as datagrams that have to wait', () => {
    const { kernel, jam } = jammed();
    const { loop } = realLoop({ kernel });
    const [peer, receiver] = [bound(kernel), bound(kernel)];
    const to = (sock: Socket): InetAddress => sock.getsockname() as InetAddress;
    loop.run(function* (): Coroutine<void> {
      const [transport] = yield* loop.createDatagramEndpoint(() => new Answering(), { sock: bound(kernel) });
      const sock = bound(kernel);
      jam.datagrams = true;
      yield* borrowed((data) => transport.sendto(data, to(peer)), kernel);
      let sending: Future<number> | null = null;
      yield* borrowed((data) => {
        sending ??= loop.sockSendto(sock, data, to(receiver));
      }, kernel);
      jam.datagrams = false;
      yield* sending as unknown as Future<number>;
      for (const letter of LETTERS)
        expect((yield* loop.sockRecv(peer, LARGE)).toString()).toBe(letter.repeat(LARGE));
      expect((yield* loop.sockRecv(receiver, LARGE)).toString()).toBe('a'.repeat(LARGE));
      transport.abort();
      yield* sleep(0);
    });
  });

  /** Calls `use` with loans that follow each other: one of each letter. */
  function* borrowed(use: (data: Buffer) => void, kernel?: Kernel): Coroutine<void> {
    const [near, far] = pair(undefined, kernel);
    const [reader, writer] = yield* openConnection({ sock: near });
    let memory: ArrayBufferLike | null = null;
    for (const letter of ['.', '.', ...LETTERS]) {
      const sending = createTask(function* (): Coroutine<void> {
        yield* sleep(2);
        far.sendall(Buffer.alloc(LARGE, letter));
      });
      const data = yield* reader.readLent(LARGE);
      expect(data.toString()).toBe(letter.repeat(LARGE));
      if (letter !== '.') {
        memory ??= data.buffer;
        // All are loans of the same memory.
        expect(data.buffer).toBe(memory);
        use(data);
      }
      yield* sending;
    }
    writer.close();
    yield* writer.waitClosed();
  }
});

/** loop.sendfile over transports: in order, whole, and ended by what ends it. */
import { describe, expect, test } from 'vitest';
import {
  ClosedResourceError,
  type Coroutine,
  createTask,
  RuntimeError,
  SendfileNotAvailableError,
  sleep,
} from '../../../src/index.ts';
import { EINVAL } from '../../../src/kernel/errno.ts';
import type { Socket } from '../../../src/socket.ts';
import { openFileOf } from '../../support/open-file.ts';
import { kernelWith, pair, realLoop } from '../loop/real-loop.ts';
import { connected, Noting } from './fixtures.ts';

const CONTENT = Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * 7) % 251));

/** Reads until `byteCount` bytes have come, or the stream ends. */
function* read(peer: Socket, byteCount: number): Coroutine<Buffer> {
  const parts: Buffer[] = [];
  for (let left = byteCount; left > 0; ) {
    try {
      const part = peer.recv(left);
      if (part.length === 0) break;
      left -= part.length;
      parts.push(part);
    } catch {
      yield* sleep(1);
    }
  }
  return Buffer.concat(parts);
}

describe('sendfile', () => {
  test('goes behind what was written, and before what follows', () => {
    const { loop, transport, peer, protocol } = connected(new Noting());
    const before = Buffer.alloc(3_000_000, 'b');
    loop.run(function* () {
      transport.write(before);
      const sending = createTask(loop.sendfile(transport, openFileOf(CONTENT)));
      yield* sleep(1);
      expect(() => transport.write(Buffer.from('x'))).toThrow(RuntimeError);
      const received = yield* read(peer, before.length + CONTENT.length);
      expect(yield* sending).toBe(CONTENT.length);
      expect(received.equals(Buffer.concat([before, CONTENT]))).toBe(true);
      transport.write(Buffer.from('after'));
      expect((yield* read(peer, 5)).toString()).toBe('after');
    });
    expect(protocol.calls).toEqual(['made', 'pause', 'resume']);
  });

  test.each([
    [0, null, 0, 400_000],
    [100, 50, 100, 150],
    [399_990, 1000, 399_990, 400_000],
    [500_000, null, 400_000, 400_000],
  ])('offset %i, byteCount %o', (offset, byteCount, from, to) => {
    const { loop, transport, peer } = connected(new Noting());
    loop.run(function* () {
      const sending = createTask(loop.sendfile(transport, openFileOf(CONTENT), offset, byteCount));
      const received = yield* read(peer, to - from);
      expect(yield* sending).toBe(to - from);
      expect(received.equals(CONTENT.subarray(from, to))).toBe(true);
    });
  });

  test('reads and writes where the system cannot', () => {
    const kernel = kernelWith({ sockets: { sendfile: () => -EINVAL } });
    const { loop, transport, peer } = connected(new Noting(), kernel);
    loop.run(function* () {
      const fd = openFileOf(CONTENT);
      const refused = createTask(loop.sendfile(transport, fd, 0, null, { fallback: false }));
      while (!refused.done()) yield* sleep(1);
      expect(refused.exception()).toBeInstanceOf(SendfileNotAvailableError);
      const sending = createTask(loop.sendfile(transport, fd));
      expect((yield* read(peer, CONTENT.length)).equals(CONTENT)).toBe(true);
      expect(yield* sending).toBe(CONTENT.length);
    });
  });

  test.each(['close', 'writeEof'] as const)('%s() waits for the end of the file', (end) => {
    const { loop, transport, peer } = connected(new Noting());
    loop.run(function* () {
      const sending = createTask(loop.sendfile(transport, openFileOf(CONTENT)));
      yield* sleep(1);
      transport[end]();
      const received = yield* read(peer, CONTENT.length + 1);
      expect(received.equals(CONTENT)).toBe(true);
      expect(yield* sending).toBe(CONTENT.length);
      transport.abort();
    });
  });

  test('abort() ends it', () => {
    const { loop, transport } = connected(new Noting());
    loop.run(function* () {
      const sending = createTask(loop.sendfile(transport, openFileOf(Buffer.alloc(4_000_000))));
      yield* sleep(1);
      transport.abort();
      while (!sending.done()) yield* sleep(1);
      expect(sending.exception()).toBeInstanceOf(ClosedResourceError);
    });
  });

  test('a peer that goes ends it', () => {
    const { loop, transport, peer } = connected(new Noting());
    loop.run(function* () {
      const sending = createTask(loop.sendfile(transport, openFileOf(Buffer.alloc(4_000_000))));
      yield* sleep(1);
      peer.close();
      while (!sending.done()) yield* sleep(1);
      expect(sending.exception()).toMatchObject({
        name: expect.stringMatching(/OSError|ClosedResourceError/),
      });
    });
  });

  test('cancelled, what has gone has gone; the transport goes on', () => {
    const { loop, transport, peer } = connected(new Noting());
    loop.run(function* () {
      const sending = createTask(loop.sendfile(transport, openFileOf(Buffer.alloc(8_000_000, 'f'))));
      yield* sleep(1);
      sending.cancel();
      yield* sleep(1);
      expect(sending.cancelled()).toBe(true);
      transport.write(Buffer.from('|'));
      let last = '';
      while (last !== '|') {
        yield* sleep(1);
        try {
          last = peer
            .recv(1 << 20)
            .toString('latin1')
            .slice(-1);
        } catch {
          // Nothing there yet.
        }
      }
    });
  });

  test('through a pipe it is copied, and the protocol hears what has changed', () => {
    const { loop } = realLoop();
    const [mine, peer] = pair();
    peer.setblocking(false);
    const protocol = new Noting();
    loop.run(function* () {
      const [transport] = yield* loop.connectWritePipe(() => protocol, mine);
      const fd = openFileOf(CONTENT);
      const refused = createTask(loop.sendfile(transport, fd, 0, null, { fallback: false }));
      while (!refused.done()) yield* sleep(1);
      expect(refused.exception()).toBeInstanceOf(SendfileNotAvailableError);
      const sending = createTask(loop.sendfile(transport, fd));
      const received = yield* read(peer, CONTENT.length);
      expect(yield* sending).toBe(CONTENT.length);
      expect(received.equals(CONTENT)).toBe(true);
      expect(transport.getProtocol()).toBe(protocol);
      transport.close();
      yield* sleep(1);
    });
    expect(protocol.calls[0]).toBe('made');
    expect(protocol.calls.at(-1)).toBe('lost');
  });

  test('wrong use is answered in words', () => {
    const { loop, transport } = connected(new Noting());
    const wrong: [Coroutine<number>, string][] = [
      [loop.sendfile({} as never, 0), 'a transport that writes is needed'],
      [loop.sendfile(transport, 'name' as never), 'sendfile'],
      [loop.sendfile(transport, openFileOf(CONTENT), -1), 'offset'],
    ];
    for (const [sending, message] of wrong) expect(() => loop.run(sending)).toThrow(message);
    transport.close();
    expect(() => loop.run(loop.sendfile(transport, openFileOf(CONTENT)))).toThrow('is closing');
  });
});

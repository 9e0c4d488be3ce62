/**
 * The layers of TLS within TLS received into one buffer: the plaintext of the outer layer, which is the
 * ciphertext of the inner one, was written over ciphertext that the outer one had not used yet ("bad record
 * mac").
 */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { BufferedProtocol, type Coroutine } from '../../src/index.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import { CheckedProtocol, connectedByTls, type LayeredEnd, until } from '../integration/tls/layered.ts';

/**
 * Around the sizes of records, of what is fed to OpenSSL at once and of receive buffers, and others between
 * them.
 */
const sizes = [
  1, 100, 16_383, 16_384, 16_385, 16_640, 65_536, 102_400, 131_071, 131_072, 131_073, 262_144, 700_001,
  1_048_576,
];

function* exchange(
  from: LayeredEnd<CheckedProtocol>,
  to: LayeredEnd<CheckedProtocol>,
  size: number,
): Coroutine<void> {
  const [there, back] = [randomBytes(size), randomBytes(size)];
  const before = [from.protocol.byteCount, to.protocol.byteCount] as const;
  from.transport.write(there);
  to.transport.write(back);
  yield* until(
    () => from.protocol.byteCount >= before[0] + size && to.protocol.byteCount >= before[1] + size,
  );
  expect(to.protocol.data.subarray(before[1]).equals(there)).toBe(true);
  expect(from.protocol.data.subarray(before[0]).equals(back)).toBe(true);
  from.protocol.pieces.length = 0;
  to.protocol.pieces.length = 0;
  from.protocol.byteCount = 0;
  to.protocol.byteCount = 0;
}

describe.each([2, 3])('%i layers of TLS over TCP', (layers) => {
  test('carry messages of every size in both directions at once', { timeout: 60_000 }, () => {
    const { loop } = realLoop();
    loop.run(function* () {
      const [client, server] = yield* connectedByTls(loop, layers, () => new CheckedProtocol());
      for (const size of sizes) yield* exchange(client, server, size);
      client.transport.close();
      yield* until(() => client.protocol.isLost && server.protocol.isLost);
      expect([client.protocol.wrong, server.protocol.wrong]).toEqual([[], []]);
      expect([client.protocol.calls.at(-1), server.protocol.calls.at(-1)]).toEqual(['lost', 'lost']);
    });
  });

  test('hold what comes while the innermost protocol is paused', { timeout: 60_000 }, () => {
    const { loop } = realLoop();
    const data = randomBytes(600_000);
    loop.run(function* () {
      const [client, server] = yield* connectedByTls(loop, layers, () => new CheckedProtocol());
      server.transport.write(data);
      for (let turn = 0; client.protocol.byteCount < data.length && turn < 2000; turn++) {
        client.transport.pauseReading();
        const held = client.protocol.byteCount;
        yield* until(() => true);
        expect(client.protocol.byteCount).toBe(held);
        client.transport.resumeReading();
        yield* until(() => client.protocol.byteCount > held);
      }
      expect(client.protocol.data.equals(data)).toBe(true);
      client.transport.abort();
      yield* until(() => client.protocol.isLost && server.protocol.isLost);
      expect([client.protocol.wrong, server.protocol.wrong]).toEqual([[], []]);
    });
  });
});

test('a buffered protocol on top has its own memory too', () => {
  class Filled extends BufferedProtocol {
    readonly room = Buffer.alloc(40_000);
    readonly pieces: Buffer[] = [];
    byteCount = 0;
    override getBuffer(): Buffer {
      return this.room;
    }
    override bufferUpdated(byteCount: number): void {
      this.pieces.push(Buffer.from(this.room.subarray(0, byteCount)));
      this.byteCount += byteCount;
    }
  }
  const { loop } = realLoop();
  const data = randomBytes(500_000);
  loop.run(function* () {
    const [client, server] = yield* connectedByTls(loop, 2, () => new CheckedProtocol());
    const filled = new Filled();
    server.transport.setProtocol(filled);
    client.transport.write(data);
    yield* until(() => filled.byteCount === data.length);
    expect(Buffer.concat(filled.pieces).equals(data)).toBe(true);
    client.transport.abort();
    server.transport.abort();
    yield* until(() => client.protocol.isLost);
  });
});

/**
 * Over TLS, queued memory that was transferred away and getBuffer() without a buffer came through as a
 * RangeError of the addon, and writes after the end were never reported.
 */
import { describe, expect, test } from 'vitest';
import { BufferedProtocol, type Coroutine, type EventLoop } from '../../src/index.ts';
import { sleep } from '../../src/tasks/sleep.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import { CheckedProtocol, connectedByTls, type LayeredEnd, until } from '../integration/tls/layered.ts';

/** What the exception handler is told. */
interface Report {
  readonly message: string;
  readonly exception?: Error;
  readonly transport?: unknown;
}

/** Memory that can grow and shrink, which the compiler's library does not know yet. */
interface ResizableMemory extends ArrayBuffer {
  resize(byteCount: number): void;
}

function resizable(byteCount: number): ResizableMemory {
  const Memory = ArrayBuffer as unknown as new (size: number, limits: object) => ResizableMemory;
  return new Memory(byteCount, { maxByteLength: 2 * byteCount });
}

type Ends = [client: LayeredEnd<CheckedProtocol>, server: LayeredEnd<CheckedProtocol>];

/**
 * Runs `body` with a TLS connection, another one beside it that must stay whole, and the reports of the loop.
 */
function beside(body: (loop: EventLoop, ends: Ends, reports: Report[]) => Coroutine<void>): void {
  const { loop } = realLoop();
  const reports: Report[] = [];
  loop.setExceptionHandler((_loop, context) => void reports.push(context as unknown as Report));
  loop.run(function* () {
    const [other, otherServer] = yield* connectedByTls(loop, 1, () => new CheckedProtocol());
    const ends = yield* connectedByTls(loop, 1, () => new CheckedProtocol(), 8192);
    yield* body(loop, ends, reports);
    other.transport.write(Buffer.from('still here'));
    yield* until(() => otherServer.protocol.data.toString() === 'still here');
    for (const end of [other, otherServer, ...ends]) end.transport.abort();
    yield* until(() => [other, otherServer, ...ends].every((end) => end.protocol.isLost));
    for (const end of [other, otherServer, ...ends]) expect(end.protocol.wrong).toEqual([]);
  });
}

describe('bytes that wait to be encrypted', () => {
  test.each<[string, (memory: ResizableMemory) => void]>([
    ['transferred', (memory) => void structuredClone(memory, { transfer: [memory] })],
    ['shrunk', (memory) => memory.resize(10)],
  ])('and whose memory is %s end their connection with a report', (_what, change) => {
    beside(function* (_loop, [client, server], reports) {
      server.transport.pauseReading();
      client.transport.write(Buffer.alloc(300_000));
      const memory = resizable(100_000);
      client.transport.write(new Uint8Array(memory));
      change(memory);
      server.transport.resumeReading();
      yield* until(() => client.protocol.isLost);
      expect(reports).toHaveLength(1);
      expect(String(reports[0]?.exception)).toMatch(
        /^TypeError: write: the memory .* transferred or resized/,
      );
      expect(reports[0]?.transport === client.transport).toBe(true);
    });
  });

  test('in part and whose memory grows are sent as they were', () => {
    beside(function* (_loop, [client, server], reports) {
      server.transport.pauseReading();
      const memory = resizable(300_000);
      client.transport.write(new Uint8Array(memory, 0, 300_000));
      memory.resize(500_000);
      server.transport.resumeReading();
      yield* until(() => server.protocol.byteCount === 300_000);
      expect(reports).toEqual([]);
    });
  });
});

describe('getBuffer() over TLS', () => {
  test.each([
    ['text', 'text', TypeError],
    ['a number', 5, TypeError],
    ['an Int8Array', new Int8Array(8), TypeError],
    ['an ArrayBuffer', new ArrayBuffer(8), TypeError],
    ['nothing', undefined, TypeError],
    ['no room', new Uint8Array(0), Error],
  ])('that returns %s ends its connection with a report', (_what, value, kind) => {
    class Bad extends BufferedProtocol {
      lost: Error | null | undefined;
      override getBuffer(): Uint8Array {
        return value as Uint8Array;
      }
      override bufferUpdated(): void {}
      override connectionLost(error: Error | null): void {
        this.lost = error;
      }
    }
    beside(function* (_loop, [client, server], reports) {
      const bad = new Bad();
      client.transport.setProtocol(bad);
      server.transport.write(Buffer.from('x'));
      yield* until(() => bad.lost !== undefined && server.protocol.isLost);
      expect(bad.lost).toBeInstanceOf(kind);
      expect(bad.lost?.message).toMatch(/^getBuffer\(\)/);
      expect(reports.map((report) => report.exception === bad.lost)).toEqual([true]);
      // Its last call was the protocol's that was replaced.
      client.protocol.connectionLost(null);
    });
  });
});

describe('writes after the end', () => {
  test.each(['close', 'abort'] as const)('by %s are reported once, at the fifth', (end) => {
    beside(function* (_loop, [client], reports) {
      client.transport[end]();
      for (let i = 0; i < 4; i++) client.transport.write(Buffer.of(1));
      expect(reports).toEqual([]);
      yield* until(() => client.protocol.isLost);
      for (let i = 0; i < 20; i++) client.transport.writeLines([Buffer.of(1)]);
      expect(reports.map((report) => report.message)).toEqual([
        'write() was called 5 times on a transport that is closed; the bytes are dropped',
      ]);
      expect(reports[0]?.transport === client.transport).toBe(true);
    });
  });

  test('by a peer that has reset the connection, too', () => {
    beside(function* (_loop, [client, server], reports) {
      server.transport.abort();
      yield* until(() => client.protocol.isLost);
      for (let i = 0; i < 20; i++) client.transport.write(Buffer.of(1));
      yield* sleep(1);
      expect(reports).toHaveLength(1);
    });
  });
});

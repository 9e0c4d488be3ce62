/**
 * A queued buffer whose memory is transferred or shrunk is the error of its connection, and of nothing else.
 */
import { expect, it } from 'vitest';
import { type EventLoop, Protocol, sleep, type WriteTransport } from '../../src/index.ts';
import { pair, type RealLoop, realLoop } from '../integration/loop/real-loop.ts';
import { onTeardown } from '../support/teardown.ts';

const SIZE = 32 << 20;

class Losing extends Protocol {
  lostWith: Error | null | undefined;

  override connectionLost(error: Error | null): void {
    this.lostWith = error;
  }
}

interface Queued extends RealLoop {
  readonly transport: WriteTransport;
  readonly protocol: Losing;
  /** Reads what the peer was sent, to make room. */
  readonly readSome: () => void;
}

function world(kind: 'socket' | 'pipe'): Queued {
  const { loop, takeReports } = realLoop();
  const protocol = new Losing();
  const [mine, peer] = pair();
  peer.setblocking(false);
  const [transport] =
    kind === 'socket'
      ? loop.run(loop.createConnection(() => protocol, { sock: mine }))
      : loop.run(loop.connectWritePipe(() => protocol, mine));
  onTeardown(() => transport.abort());
  return { loop, takeReports, transport, protocol, readSome: () => void peer.recv(1 << 20) };
}

function untilLost(loop: EventLoop, protocol: Losing, readSome: () => void): void {
  loop.run(function* () {
    for (let i = 0; protocol.lostWith === undefined && i < 1000; i++) {
      try {
        readSome();
      } catch {
        // Nothing there yet.
      }
      yield* sleep(0);
    }
  });
}

/** Of ES2024, which all our Nodes have and the compiler's library has not. */
type Resizable = ArrayBuffer & { resize(byteCount: number): void };
const ResizableBuffer = ArrayBuffer as unknown as new (
  size: number,
  o: { maxByteLength: number },
) => Resizable;

const changes: [name: string, make: () => ArrayBuffer, change: (memory: ArrayBuffer) => void][] = [
  [
    'is transferred',
    () => new ArrayBuffer(SIZE),
    (memory) => structuredClone(memory, { transfer: [memory] }),
  ],
  [
    'shrinks',
    () => new ResizableBuffer(SIZE, { maxByteLength: SIZE }),
    (memory) => (memory as Resizable).resize(10),
  ],
  [
    'shrinks to nothing',
    () => new ResizableBuffer(SIZE, { maxByteLength: SIZE }),
    (memory) => (memory as Resizable).resize(0),
  ],
];

for (const kind of ['socket', 'pipe'] as const) {
  for (const [name, make, change] of changes) {
    it(`${kind}: the memory ${name}`, () => {
      const { loop, takeReports, transport, protocol, readSome } = world(kind);
      const memory = make();
      transport.write(new Uint8Array(memory));
      expect(transport.getWriteBufferSize()).toBeGreaterThan(0);
      change(memory);
      untilLost(loop, protocol, readSome);
      expect(protocol.lostWith).toBeInstanceOf(TypeError);
      expect(String(protocol.lostWith)).toContain('transferred or resized');
      expect(takeReports()).toHaveLength(1);
    });
  }
}

it('of several pieces, a later one', () => {
  const { loop, takeReports, transport, protocol, readSome } = world('socket');
  const memory = new ArrayBuffer(1 << 20);
  transport.write(Buffer.alloc(4 << 20));
  transport.writeLines([Buffer.alloc(100), new Uint8Array(memory), Buffer.alloc(100)]);
  structuredClone(memory, { transfer: [memory] });
  untilLost(loop, protocol, readSome);
  expect(String(protocol.lostWith)).toContain('transferred or resized');
  expect(takeReports()).toHaveLength(1);
});

it('bytes without memory are refused at the call', () => {
  const { transport } = world('socket');
  const memory = new ArrayBuffer(10);
  const data = new Uint8Array(memory);
  structuredClone(memory, { transfer: [memory] });
  expect(() => transport.write(data)).toThrow(TypeError);
  expect(() => transport.writeLines([data])).toThrow(TypeError);
});

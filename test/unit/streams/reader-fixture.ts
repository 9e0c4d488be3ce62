/** A reader on virtual time, and a transport that only notes what it is told. */
import { StreamReader } from '../../../src/streams/stream-reader.ts';
import type { BaseTransport } from '../../../src/transports/base.ts';
import { type VirtualLoop, virtualLoop } from '../loop/virtual-loop.ts';

export interface ReaderFixture extends VirtualLoop {
  readonly reader: StreamReader;
  /** What the reader has told its transport. */
  readonly told: string[];
  readonly feed: (text: string) => void;
}

export function readerFixture(limit?: number): ReaderFixture {
  const world = virtualLoop();
  const reader = new StreamReader({ limit, loop: world.loop });
  const told: string[] = [];
  const transport = {
    pauseReading: () => told.push('pause'),
    resumeReading: () => told.push('resume'),
  };
  reader.setTransport(transport as unknown as BaseTransport);
  return { ...world, reader, told, feed: (text) => reader.feedData(Buffer.from(text)) };
}

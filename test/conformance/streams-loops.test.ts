import { describe, expect, it } from 'vitest';
import { gather, StreamReader, sleep } from '../../src/index.ts';
import { StreamReaderProtocol } from '../../src/streams/stream-protocol.ts';
import { caught, virtualLoop } from '../unit/loop/virtual-loop.ts';

describe('flow control', () => {
  it('multiple_drain: many may wait for room', () => {
    const { loop } = virtualLoop();
    const protocol = new StreamReaderProtocol(new StreamReader({ loop }), { loop });
    loop.run(function* () {
      protocol.pauseWriting();
      const waiting = Array.from({ length: 10 }, () => protocol.waitForRoom());
      loop.callLater(100, () => protocol.resumeWriting());
      yield* gather(waiting.map((each) => each as NonNullable<typeof each>));
      expect(protocol.waitForRoom()).toBe(null);
    });
  });
});

describe('the loop of a reader and of a protocol', () => {
  it('streamreader_constructor_without_loop, streamreaderprotocol_constructor_without_loop: is needed', () => {
    const { loop } = virtualLoop();
    const reader = new StreamReader({ loop });
    expect(caught(() => new StreamReader()).name).toBe('RuntimeError');
    expect(caught(() => new StreamReaderProtocol(reader)).name).toBe('RuntimeError');
  });

  it('streamreader_constructor_use_running_loop, streamreaderprotocol_constructor_use_running_loop: is the one that runs', () => {
    const { loop } = virtualLoop();
    loop.run(function* () {
      const reader = new StreamReader();
      const protocol = new StreamReaderProtocol(reader);
      protocol.pauseWriting();
      expect(protocol.waitForRoom()?.getLoop() === loop).toBe(true);
      yield* sleep(0);
    });
  });
});

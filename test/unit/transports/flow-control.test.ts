/** When a protocol is paused and resumed. */
import { describe, expect, test } from 'vitest';
import { BaseProtocol } from '../../../src/transports/base.ts';
import { FlowControl } from '../../../src/transports/flow-control.ts';
import { virtualLoop } from '../loop/virtual-loop.ts';

class Noting extends BaseProtocol {
  readonly calls: string[] = [];
  fails = false;

  override pauseWriting(): void {
    this.calls.push('pause');
    if (this.fails) throw new Error('no pause');
  }

  override resumeWriting(): void {
    this.calls.push('resume');
    if (this.fails) throw new Error('no resume');
  }
}

function flowing() {
  const { loop, takeReports } = virtualLoop();
  const protocol = new Noting();
  const queue = { size: 0 };
  const flow = new FlowControl({
    loop,
    getProtocol: () => protocol,
    getWriteBufferSize: () => queue.size,
  });
  return { flow, protocol, queue, takeReports };
}

describe('flow control', () => {
  test('speaks when the queue passes a mark, and not in between', () => {
    const { flow, protocol, queue } = flowing();
    flow.setLimits({ high: 100, low: 20 });
    for (const size of [100, 101, 300, 50, 21, 20, 0, 99, 101]) {
      queue.size = size;
      flow.pauseIfFull();
      flow.resumeIfDrained();
    }
    expect(protocol.calls).toEqual(['pause', 'resume', 'pause']);
  });

  test.each([
    [undefined, [16384, 65536]],
    [{}, [16384, 65536]],
    [{ high: 1000 }, [250, 1000]],
    [{ high: 10 }, [2, 10]],
    [{ low: 100 }, [100, 400]],
    [{ high: 0 }, [0, 0]],
    [{ high: 5, low: 5 }, [5, 5]],
  ])('limits %j are %j', (limits, expected) => {
    const { flow } = flowing();
    flow.setLimits(limits);
    expect([flow.low, flow.high]).toEqual(expected);
  });

  test.each([{ high: 1, low: 2 }, { low: -1 }, { high: Number.NaN }, { high: -1 }])(
    'limits %j are refused',
    (limits) => {
      const { flow } = flowing();
      expect(() => flow.setLimits(limits)).toThrow(RangeError);
      expect([flow.low, flow.high]).toEqual([16384, 65536]);
    },
  );

  test('limits that are no limits are refused in words', () => {
    const { flow } = flowing();
    const set = (limits: unknown) => () => flow.setLimits(limits as { high: number });
    expect(set(null)).toThrow(
      'setWriteBufferLimits: an object of options was expected, got null. Leave it out, or write setWriteBufferLimits({ high: 65536 }).',
    );
    expect(set(5)).toThrow('got 5.');
    expect(set({ high: '5' })).toThrow("expected 0 <= low <= high, got low 1 and high '5'");
    expect([flow.low, flow.high]).toEqual([16384, 65536]);
  });

  test('new limits are looked at at once', () => {
    const { flow, protocol, queue } = flowing();
    queue.size = 60_000;
    flow.pauseIfFull();
    flow.setLimits({ high: 1000 });
    expect(protocol.calls).toEqual(['pause']);
  });

  test('a protocol that fails is reported, and its state is kept', () => {
    const { flow, protocol, queue, takeReports } = flowing();
    protocol.fails = true;
    queue.size = 70_000;
    flow.pauseIfFull();
    expect(flow.paused).toBe(true);
    queue.size = 0;
    flow.resumeIfDrained();
    expect(flow.paused).toBe(false);
    expect(takeReports().map(({ message }) => message)).toEqual([
      'protocol.pauseWriting() failed',
      'protocol.resumeWriting() failed',
    ]);
  });
});

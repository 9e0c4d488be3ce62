/**
 * Whatever a program does with a TLS transport, and from inside whichever callback: the protocol is called in
 * the order that its state machine has. connectionMade once, bytes and one end, pauses and resumptions in
 * turn, connectionLost once and last. Random programs are run against that, with a shrunk one shown on
 * failure.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Coroutine, EventLoop } from '../../src/index.ts';
import { sleep } from '../../src/tasks/sleep.ts';
import type { Transport } from '../../src/transports/transport.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import { CheckedProtocol, connectedByTls, until } from '../integration/tls/layered.ts';
import { holds, LONGEST_SEARCH_MS } from '../support/property.ts';

const acts = ['write', 'bigWrite', 'pause', 'resume', 'writeEof', 'close', 'abort', 'turn'] as const;
type Act = (typeof acts)[number];

function perform(act: Act, transport: Transport): void {
  if (act === 'pause') transport.pauseReading();
  else if (act === 'resume') transport.resumeReading();
  else if (act === 'writeEof') transport.writeEof();
  else if (act === 'close') transport.close();
  else if (act === 'abort') transport.abort();
  else if (act !== 'turn') {
    try {
      transport.write(Buffer.alloc(act === 'write' ? 100 : 400_000));
    } catch (error) {
      expect((error as Error).message).toBe('Cannot call write() after writeEof()');
    }
  }
}

/** Does the next act of its list in each callback, besides what the program does. */
class Meddler extends CheckedProtocol {
  inside: Act[] = [];

  override dataReceived(data: Buffer): void {
    if (this.current?.isReading() === false) this.wrong.push('bytes while it did not read');
    super.dataReceived(data);
    this.meddle();
  }

  override eofReceived(): boolean {
    super.eofReceived();
    this.meddle();
    return this.keepOpen;
  }

  override pauseWriting(): void {
    super.pauseWriting();
    this.meddle();
  }

  override resumeWriting(): void {
    super.resumeWriting();
    this.meddle();
  }

  override connectionLost(error: Error | null): void {
    super.connectionLost(error);
    this.meddle();
  }

  private meddle(): void {
    const act = this.inside.shift();
    if (act !== undefined && this.current !== null) perform(act, this.current);
  }

  current: Transport | null = null;
}

interface Program {
  readonly steps: readonly (readonly [side: 0 | 1, act: Act])[];
  readonly inside: readonly [Act[], Act[]];
  readonly keepOpen: readonly [boolean, boolean];
}

const act = fc.constantFrom(...acts);
const programs: fc.Arbitrary<Program> = fc.record({
  steps: fc.array(fc.tuple(fc.constantFrom<0 | 1>(0, 1), act), { maxLength: 12 }),
  inside: fc.tuple(fc.array(act, { maxLength: 4 }), fc.array(act, { maxLength: 4 })),
  keepOpen: fc.tuple(fc.boolean(), fc.boolean()),
});

function* run(loop: EventLoop, layers: number, { steps, inside, keepOpen }: Program): Coroutine<void> {
  const ends = yield* connectedByTls(loop, layers, () => new Meddler());
  for (const side of [0, 1] as const) {
    const { protocol, transport } = ends[side];
    protocol.current = transport;
    protocol.inside = [...inside[side]];
    protocol.keepOpen = keepOpen[side];
  }
  for (const [side, each] of steps) {
    perform(each, ends[side].transport);
    yield* sleep(each === 'turn' ? 1 : 0);
  }
  for (const { transport, protocol } of ends) {
    protocol.inside = [];
    // No one is read from for ever here, so a close could wait out its time.
    transport.abort();
    yield* until(() => protocol.isLost);
    yield* sleep(0);
  }
  for (const { protocol, transport } of ends) {
    expect(protocol.wrong).toEqual([]);
    expect(protocol.calls.filter((call) => call.startsWith('lost'))).toHaveLength(1);
    expect(protocol.calls.at(-1)).toMatch(/^lost/);
    expect([transport.isClosing(), transport.isReading()]).toEqual([true, false]);
  }
}

test.each([1, 2])('in random programs over %i layers', { timeout: 60_000 + LONGEST_SEARCH_MS }, (layers) => {
  const { loop, takeReports } = realLoop();
  holds(
    fc.property(programs, (program) => {
      loop.run(() => run(loop, layers, program));
      // Late writes are reported; nothing else is.
      for (const report of takeReports()) expect(report.message).toMatch(/^write\(\) was called 5 times/);
    }),
    { runs: 40 },
  );
});

test('the end is told once, and after it nothing is read', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    const [client, server] = yield* connectedByTls(loop, 1, () => new CheckedProtocol());
    client.protocol.keepOpen = true;
    server.transport.writeEof();
    yield* until(() => client.protocol.calls.includes('eof'));
    expect(client.transport.isReading()).toBe(false);
    for (let i = 0; i < 3; i++) {
      client.transport.pauseReading();
      yield* sleep(0);
      client.transport.resumeReading();
      yield* sleep(1);
    }
    // The other direction goes on.
    client.transport.write(Buffer.from('still'));
    yield* until(() => server.protocol.data.toString() === 'still');
    client.transport.close();
    yield* until(() => client.protocol.isLost && server.protocol.isLost);
    expect(client.protocol.calls).toEqual(['made', 'eof', 'lost']);
    expect([client.protocol.wrong, server.protocol.wrong]).toEqual([[], []]);
  });
});

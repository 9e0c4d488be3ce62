/**
 * Protocols that do anything to their transport, from inside every callback: the table of their states holds.
 */
import { describe, expect, test } from 'vitest';
import { type EventLoop, Protocol, sleep, type Transport } from '../../../src/index.ts';
import { SO_SNDBUF, SOL_SOCKET, type Socket } from '../../../src/socket.ts';
import { type ProtocolCall, ProtocolStates } from '../../support/protocol-states.ts';
import { pair, realLoop } from '../loop/real-loop.ts';

/** Numbers that look random, and are the same for the same seed. */
class Dice {
  private seed: number;

  constructor(seed: number) {
    this.seed = seed + 1;
  }

  below(limit: number): number {
    this.seed = (this.seed * 48_271) % 2_147_483_647;
    return this.seed % limit;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

type Action = (transport: Transport) => void;

/** After writeEof() a write is refused with words: not of interest here. */
function unlessEnded(action: Action): Action {
  return (transport) => {
    try {
      action(transport);
    } catch (error) {
      if (!String(error).includes('after writeEof()')) throw error;
    }
  };
}

const mild: readonly Action[] = [
  (transport) => transport.pauseReading(),
  (transport) => transport.resumeReading(),
  (transport) => transport.resumeReading(),
  unlessEnded((transport) => transport.write(Buffer.alloc(10))),
  unlessEnded((transport) => transport.write(Buffer.alloc(300_000))),
  unlessEnded((transport) => transport.writeLines([Buffer.alloc(1000), Buffer.alloc(100_000)])),
  () => {},
];
const final: readonly Action[] = [
  (transport) => transport.writeEof(),
  (transport) => transport.close(),
  (transport) => transport.abort(),
];

class Erratic extends Protocol {
  readonly states = new ProtocolStates();
  transport!: Transport;
  readonly dice: Dice;

  constructor(dice: Dice) {
    super();
    this.dice = dice;
  }

  override connectionMade(transport: Transport): void {
    this.transport = transport;
    transport.setWriteBufferLimits({ high: 50_000 });
    this.note('made');
  }

  override dataReceived(): void {
    this.note('data');
  }

  override eofReceived(): boolean {
    this.note('eof');
    return this.dice.below(2) === 0;
  }

  override connectionLost(): void {
    this.note('lost');
  }

  override pauseWriting(): void {
    this.note('pause');
  }

  override resumeWriting(): void {
    this.note('resume');
  }

  act(): void {
    const action = this.dice.below(12) === 0 ? this.dice.pick(final) : this.dice.pick(mild);
    action(this.transport);
  }

  private note(call: ProtocolCall): void {
    this.states.enter(call, this.transport);
    for (let i = this.dice.below(3); i > 0; i--) this.act();
  }
}

/** Anything that a peer may do. */
function peerActs(peer: Socket, dice: Dice): void {
  try {
    switch (dice.below(8)) {
      case 0:
        if (dice.below(4) === 0) peer.shutdown(1);
        break;
      case 1:
        if (dice.below(8) === 0) peer.close();
        break;
      case 2:
        peer.send(Buffer.alloc(dice.pick([1, 5000, 200_000])));
        break;
      default:
        peer.recv(500_000);
    }
  } catch {
    // Full, empty, or closed.
  }
}

function runProgram(loop: EventLoop, seed: number): Erratic {
  const dice = new Dice(seed);
  const [mine, peer] = pair();
  mine.setsockopt(SOL_SOCKET, SO_SNDBUF, 20_000);
  peer.setblocking(false);
  const protocol = new Erratic(dice);
  loop.run(function* () {
    yield* loop.createConnection(() => protocol, { sock: mine });
    for (let i = 0; i < 60 && !protocol.states.isLost; i++) {
      if (dice.below(2) === 0) protocol.act();
      peerActs(peer, dice);
      if (dice.below(3) > 0) yield* sleep(0);
    }
    protocol.transport.abort();
    yield* sleep(1);
  });
  return protocol;
}

describe('random orders', () => {
  test.each([0, 1000, 2000, 3000])('60 programs from seed %i', (first) => {
    const { loop, takeReports } = realLoop();
    for (let seed = first; seed < first + 60; seed++) {
      expect(runProgram(loop, seed).states.isLost, `seed ${seed}`).toBe(true);
    }
    // Writes to a connection that has ended are reported, after a few.
    const reports = takeReports().filter(
      ({ message }) => !message.includes('is closed; the bytes are dropped'),
    );
    expect(reports).toEqual([]);
  });
});

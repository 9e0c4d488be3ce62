/** A descriptor with a transport is refused to everything else that waits for descriptors, in every state. */
import { expect, it } from 'vitest';
import { BusyResourceError, type Coroutine, Protocol, sleep, type Transport } from '../../src/index.ts';
import { fromfd, type Socket } from '../../src/socket.ts';
import { owned, pair, realLoop } from '../integration/loop/real-loop.ts';

class Plain extends Protocol {
  override eofReceived(): boolean {
    return true;
  }
}

const states: [name: string, enter: (transport: Transport, peer: Socket) => void][] = [
  ['nothing unsent', () => {}],
  ['paused', (transport) => transport.pauseReading()],
  ['unsent bytes', (transport) => transport.write(Buffer.alloc(8 << 20))],
  ['after the end of the stream', (_transport, peer) => peer.shutdown(1)],
  ['closing with unsent bytes', (transport) => closeFull(transport)],
];

function closeFull(transport: Transport): void {
  transport.write(Buffer.alloc(8 << 20));
  transport.close();
}

it.each(states)('%s', (_name, enter) => {
  const { loop } = realLoop();
  const [mine, peer] = pair();
  loop.run(function* () {
    const [transport] = yield* loop.createConnection(() => new Plain(), { sock: mine });
    enter(transport, peer);
    yield* sleep(5);
    const data = Buffer.alloc(1);
    const attempts: (() => unknown)[] = [
      () => loop.addReader(mine, () => {}),
      () => loop.addReader(mine.fileno(), () => {}),
      () => loop.addWriter(mine, () => {}),
      () => loop.addWriter(mine.fileno(), () => {}),
      () => loop.sockRecv(mine, 10),
      () => loop.sockRecvInto(mine, data),
      () => loop.sockRecvfrom(mine, 10),
      () => loop.sockRecvfromInto(mine, data),
      () => loop.sockSendall(mine, data),
      () => loop.sockAccept(mine),
    ];
    for (const attempt of attempts) expect(attempt, String(attempt)).toThrow(BusyResourceError);
    const again: (() => Coroutine<unknown>)[] = [
      () => loop.createConnection(() => new Plain(), { sock: mine }),
      () => loop.connectReadPipe(() => new Plain(), mine),
      () => loop.connectWritePipe(() => new Plain(), mine.fileno()),
    ];
    for (const attempt of again) {
      let refused: unknown;
      try {
        yield* attempt();
      } catch (error) {
        refused = error;
      }
      expect(refused, String(attempt)).toBeInstanceOf(BusyResourceError);
    }
    expect(transport.isClosing()).toBe(_name.startsWith('closing'));
    transport.abort();
  });
});

it('a second descriptor of the same socket may be watched, and so may the number after the end', () => {
  const { loop } = realLoop();
  const [mine] = pair();
  loop.run(function* () {
    const [transport] = yield* loop.createConnection(() => new Plain(), { sock: mine });
    const second = owned(fromfd(mine.fileno(), mine.family, mine.type));
    loop.addReader(second, () => {});
    loop.removeReader(second);
    const fd = mine.fileno();
    transport.abort();
    yield* sleep(1);
    const [again] = pair();
    if (again.fileno() === fd) loop.addReader(again, () => {});
    loop.removeReader(again);
  });
});

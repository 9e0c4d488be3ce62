/** Whatever a protocol or its factory returns or throws ends one connection at most, and never the run. */
import { expect, it } from 'vitest';
import { BufferedProtocol, type EventLoop, Protocol, type StreamProtocol, sleep } from '../../src/index.ts';
import { owned, realLoop, tcpSocket } from '../integration/loop/real-loop.ts';
import { connected, until } from '../integration/transports/fixtures.ts';

/** Also what has no text, and what throws when it is looked at. */
const thrown: [name: string, value: unknown][] = [
  ['an error', new Error('mine')],
  ['text', 'text'],
  ['undefined', undefined],
  ['a symbol', Symbol('mine')],
  ['an object without a prototype', Object.create(null)],
  [
    'an object that throws when it is looked at',
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('do not look');
        },
      },
    ),
  ],
];

const wrongBuffers: [name: string, value: unknown][] = [
  ['text', 'text'],
  ['a number', 17],
  ['nothing', undefined],
  ['null', null],
  ['an Int8Array', new Int8Array(10)],
  ['a Uint16Array', new Uint16Array(10)],
  ['an ArrayBuffer', new ArrayBuffer(10)],
  ['a DataView', new DataView(new ArrayBuffer(10))],
  ['an array', [1, 2, 3]],
  ['an empty buffer', new Uint8Array(0)],
  ['something with the length of a buffer', { length: 10 }],
];

class Buffered extends BufferedProtocol {
  lost = 0;
  readonly result: unknown;

  constructor(result: unknown) {
    super();
    this.result = result;
  }

  override getBuffer(): Uint8Array {
    return this.result as Uint8Array;
  }

  override bufferUpdated(): void {}

  override connectionLost(): void {
    this.lost++;
  }
}

it.each(wrongBuffers)('getBuffer() returns %s', (_name, value) => {
  const { loop, protocol, peer, takeReports } = connected(new Buffered(value));
  peer.send(Buffer.from('x'));
  until(loop, () => protocol.lost === 1);
  expect(takeReports()).toHaveLength(1);
});

class Throwing extends Protocol {
  lost = 0;
  readonly call: string;
  readonly value: unknown;

  constructor(call: string, value: unknown) {
    super();
    this.call = call;
    this.value = value;
  }

  override dataReceived(): void {
    if (this.call === 'dataReceived') throw this.value;
  }

  override eofReceived(): boolean {
    if (this.call === 'eofReceived') throw this.value;
    return false;
  }

  override connectionLost(): void {
    this.lost++;
    if (this.call === 'connectionLost') throw this.value;
  }
}

for (const call of ['dataReceived', 'eofReceived', 'connectionLost']) {
  it.each(thrown)(`${call}() throws %s`, (_name, value) => {
    const { loop, protocol, peer, takeReports } = connected(new Throwing(call, value));
    peer.send(Buffer.from('x'));
    peer.shutdown(1);
    until(loop, () => protocol.lost === 1);
    expect(takeReports()).toHaveLength(1);
  });
}

it.each([
  ['nothing', () => undefined],
  ['text', () => 'text'],
  ['a Promise', async () => new Plain()],
  [
    'an error',
    () => {
      throw new Error('mine');
    },
  ],
] as [string, () => unknown][])('a factory of a server gives %s', (_name, factory) => {
  const { loop, takeReports } = realLoop();
  const protocols: StreamProtocol[] = [];
  let turns = 0;
  const makes = (): StreamProtocol => {
    if (turns++ === 0) return factory() as StreamProtocol;
    protocols.push(new Plain());
    return protocols[0] as StreamProtocol;
  };
  loop.run(serveTwo(loop, makes));
  expect(takeReports()).toHaveLength(1);
  expect(protocols).toHaveLength(1);
});

class Plain extends Protocol {}

function* serveTwo(loop: EventLoop, makes: () => StreamProtocol) {
  const server = yield* loop.createServer(makes, { host: '127.0.0.1', port: 0 });
  const address = (server.sockets[0] as ReturnType<typeof tcpSocket>).getsockname();
  for (let i = 0; i < 2; i++) owned(tcpSocket()).connect(address);
  yield* sleep(20);
  yield* server.shutdown({ graceMs: 0 });
}

it('the one who connects is told of the factory', () => {
  const { loop } = realLoop();
  const listener = tcpSocket();
  listener.bind(['127.0.0.1', 0]);
  listener.listen(5);
  const [host, port] = listener.getsockname() as [string, number];
  const connect = loop.createConnection((() => null) as never, { host, port });
  expect(() => loop.run(connect)).toThrow('a protocol is needed, got null');
});

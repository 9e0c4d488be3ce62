/**
 * An instrument may write when it is told of a call. What `writeLines` had joined, and the address of a
 * message, were in memory that its own sends used: others' peers got its lines, and messages went where it
 * had sent one.
 */
import { expect, it } from 'vitest';
import { DatagramProtocol, Protocol } from '../../src/index.ts';
import { AF_INET, SOCK_DGRAM, Socket } from '../../src/socket.ts';
import { sleep } from '../../src/tasks/sleep.ts';
import type { Transport } from '../../src/transports/transport.ts';
import { owned, pair, realLoop } from '../integration/loop/real-loop.ts';

class Quiet extends Protocol {}
class QuietDatagrams extends DatagramProtocol {}

const LINES = [Buffer.from('hello '), Buffer.from('world\n')];

/** Calls `act`, but not from within itself. */
function once(act: () => void): () => void {
  let isBusy = false;
  return () => {
    if (isBusy) return;
    isBusy = true;
    act();
    isBusy = false;
  };
}

/** All that has come. */
function drained(sock: Socket): string[] {
  const messages: string[] = [];
  sock.setblocking(false);
  try {
    for (;;) messages.push(sock.recv(65_536).toString());
  } catch {
    return messages;
  }
}

it('lines that go in one call with those of others', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    const transports: Transport[] = [];
    const peers: Socket[] = [];
    class Broadcast extends Protocol {
      override dataReceived(): void {
        for (const transport of transports) transport.writeLines(LINES);
      }
    }
    // More than a batch of sends has parts.
    for (let i = 0; i < 20; i++) {
      const [mine, peer] = pair();
      const [transport] = yield* loop.createConnection(() => new Broadcast(), { sock: mine });
      transports.push(transport);
      peers.push(peer);
    }
    const [mine, log] = pair();
    const [logging] = yield* loop.createConnection(() => new Quiet(), { sock: mine });
    const instrument = {
      ioCall: once(() => logging.writeLines([Buffer.from('LOG '), Buffer.from('LOG\n')])),
    };
    loop.addInstrument(instrument);
    for (const peer of peers) peer.send(Buffer.from('x'));
    yield* sleep(20);
    loop.removeInstrument(instrument);
    for (const peer of peers) expect(drained(peer).join('').replaceAll('hello world\n', '')).toBe('');
    expect(drained(log).join('').replaceAll('LOG LOG\n', '')).toBe('');
    for (const transport of [...transports, logging]) transport.abort();
    yield* sleep(1);
  });
});

it('messages, each to its address', () => {
  const { loop } = realLoop();
  const receiver = (): Socket => {
    const sock = owned(new Socket(AF_INET, SOCK_DGRAM));
    sock.bind(['127.0.0.1', 0]);
    return sock;
  };
  loop.run(function* () {
    const [theirs, log] = [receiver(), receiver()];
    const open = () => loop.createDatagramEndpoint(() => new QuietDatagrams(), ['127.0.0.1', 0]);
    const [[sending], [logging]] = [yield* open(), yield* open()];
    const instrument = { ioCall: once(() => logging.sendto(Buffer.from('log'), log.getsockname())) };
    loop.addInstrument(instrument);
    for (let i = 0; i < 60; i++) sending.sendto(Buffer.from('message'), theirs.getsockname());
    yield* sleep(20);
    loop.removeInstrument(instrument);
    expect(drained(theirs)).toEqual(Array(60).fill('message'));
    expect(drained(log)).not.toContain('message');
    sending.abort();
    logging.abort();
    yield* sleep(1);
  });
});

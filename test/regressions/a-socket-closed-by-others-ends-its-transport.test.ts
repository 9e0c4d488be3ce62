/**
 * Whoever closes a transport's socket ends the transport, also one that waits for nothing: a paused one went
 * on, and wrote into whatever had the descriptor's number next.
 */
import { expect, it } from 'vitest';
import { type BaseTransport, DatagramProtocol, Protocol, sleep, type Transport } from '../../src/index.ts';
import { SOCK_DGRAM, type Socket, socketpair } from '../../src/socket.ts';
import type { SocketDatagramTransport } from '../../src/transports/datagram-transport.ts';
import { owned, pair, realLoop } from '../integration/loop/real-loop.ts';

class Told extends Protocol {
  lost: Error | null | undefined;

  override eofReceived(): boolean {
    return true;
  }

  override connectionLost(error: Error | null): void {
    this.lost = error;
  }
}

class ToldOfMessages extends DatagramProtocol {
  lost: Error | null | undefined;

  override connectionLost(error: Error | null): void {
    this.lost = error;
  }
}

/** The other end of a connection that has got the number `fd`. */
function strangerWith(fd: number): Socket {
  for (let tries = 0; tries < 50; tries++) {
    const [left, right] = socketpair();
    owned(left);
    owned(right);
    if (left.fileno() !== fd && right.fileno() !== fd) continue;
    const stranger = left.fileno() === fd ? right : left;
    stranger.setblocking(false);
    return stranger;
  }
  throw new Error('the number was not handed out again');
}

/** Closes the socket of a transport. @returns what {@link strangerWith} does */
function closeBehind(transport: BaseTransport): Socket {
  const sock = (transport.getExtraInfo('socket') ?? transport.getExtraInfo('pipe')) as Socket;
  const fd = sock.fileno();
  sock.close();
  return strangerWith(fd);
}

const states: [name: string, enter: (transport: Transport, peer: Socket) => void][] = [
  ['is reading', () => {}],
  ['is paused', (transport) => transport.pauseReading()],
  ['has ended', (_transport, peer) => peer.shutdown(1)],
];

it.each(states)('one that %s', (_name, enter) => {
  const { loop } = realLoop();
  const [mine, peer] = pair();
  loop.run(function* () {
    const [transport, protocol] = yield* loop.createConnection(() => new Told(), { sock: mine });
    transport.write(Buffer.from('hello'));
    enter(transport, peer);
    yield* sleep(5);
    const stranger = closeBehind(transport);
    expect(transport.isClosing()).toBe(true);
    transport.write(Buffer.from('secret'));
    yield* sleep(1);
    expect(protocol.lost).toMatchObject({ code: 'EBADF' });
    expect(() => stranger.recv(100)).toThrow(expect.objectContaining({ code: 'EAGAIN' }));
  });
});

it('one of messages that is paused', () => {
  const { loop } = realLoop();
  const [mine] = pair(SOCK_DGRAM);
  loop.run(function* () {
    const [transport, protocol] = yield* loop.createDatagramEndpoint(() => new ToldOfMessages(), {
      sock: mine,
    });
    transport.sendto(Buffer.from('hello'));
    (transport as SocketDatagramTransport).pauseReading();
    const stranger = closeBehind(transport);
    transport.sendto(Buffer.from('secret'));
    yield* sleep(1);
    expect(protocol.lost).toMatchObject({ code: 'EBADF' });
    expect(() => stranger.recv(100)).toThrow(expect.objectContaining({ code: 'EAGAIN' }));
  });
});

it('one of a pipe that is paused', () => {
  const { loop } = realLoop();
  const [mine] = pair();
  loop.run(function* () {
    const [transport, protocol] = yield* loop.connectReadPipe(() => new Told(), mine);
    transport.pauseReading();
    closeBehind(transport);
    yield* sleep(1);
    expect(protocol.lost).toMatchObject({ code: 'EBADF' });
  });
});

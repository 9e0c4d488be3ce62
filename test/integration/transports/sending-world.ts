/** Two transports that receive something in one pass, and what their kernel was asked to send. */
import type { EventLoop } from '../../../src/index.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import type { Socket } from '../../../src/socket.ts';
import type { Transport } from '../../../src/transports/transport.ts';
import { kernelWith, pair, realLoop, timeOfWaits } from '../loop/real-loop.ts';
import { drainPeer, Noting, settle } from './fixtures.ts';

export class Answering extends Noting {
  answer: (data: Buffer) => void = () => {};

  override dataReceived(data: Buffer): void {
    super.dataReceived(data);
    this.answer(data);
  }
}

export interface World {
  readonly loop: EventLoop;
  readonly protocols: readonly [Answering, Answering];
  readonly transports: readonly [Transport, Transport];
  readonly peers: readonly [Socket, Socket];
  readonly sockets: readonly [Socket, Socket];
  /** How many sockets each call has sent to together, and `0` for each that was sent to alone. */
  readonly calls: number[];
}

export interface Changes {
  /** Answers instead of the kernel for a descriptor that was sent to together with others. */
  readonly answer?: (fd: number, index: number) => number | null;
  readonly nowMs?: () => number;
}

export function world(changes: Changes = {}): World {
  const calls: number[] = [];
  const { sockets } = kernelWith({});
  const kernel: Kernel = kernelWith({
    ...(changes.nowMs === undefined ? timeOfWaits() : { nowMs: changes.nowMs }),
    sockets: {
      send: (...args) => {
        calls.push(0);
        return sockets.send(...args);
      },
      sendEach: (requests, buffer, count) => {
        calls.push(count);
        return sendEach(sockets, requests, buffer, count, changes.answer);
      },
    },
  });
  const { loop } = realLoop({ kernel });
  const one = (): [Answering, Transport, Socket, Socket] => {
    const protocol = new Answering();
    const [mine, peer] = silentPair(kernel);
    const [transport] = loop.run(loop.createConnection(() => protocol, { sock: mine }));
    return [protocol, transport, peer, mine];
  };
  const [a, b] = [one(), one()];
  return {
    ...{ loop, calls, protocols: [a[0], b[0]], transports: [a[1], b[1]] },
    ...{ peers: [a[2], b[2]], sockets: [a[3], b[3]] },
  };
}

/** Two ends, of which the second one never waits. */
export function silentPair(kernel?: Kernel): [Socket, Socket] {
  const [mine, peer] = pair(undefined, kernel);
  peer.setblocking(false);
  return [mine, peer];
}

/** Each by itself, so that an answer can be given instead of the kernel's. */
function sendEach(
  sockets: Kernel['sockets'],
  requests: Int32Array,
  buffer: Uint8Array,
  count: number,
  answer: Changes['answer'],
): number {
  for (let i = 0, at = 0; i < count; i++) {
    const fd = requests[3 * i] as number;
    const byteCount = requests[3 * i + 1] as number;
    const given = answer?.(fd, i) ?? null;
    const taken = given === null ? byteCount : Math.max(given, 0);
    const sent = taken === 0 ? 0 : sockets.send(fd, buffer, at, taken, 0);
    requests[3 * i + 1] = given !== null && given < 0 ? given : sent;
    at += byteCount;
  }
  return count;
}

/** Both receive something in one pass, and do this with it. */
export function both(
  { loop, protocols, peers }: World,
  first: () => void,
  second: () => void = () => {},
): void {
  // What was received for a peer so far is not what is to be counted.
  protocols[0].answer = first;
  protocols[1].answer = second;
  for (const peer of peers) peer.send(Buffer.from('?'));
  settle(loop);
  protocols[0].answer = protocols[1].answer = () => {};
}

export const text = (peer: Socket): string => drainPeer(peer).toString('latin1');
export const bytes = (data: string): Buffer => Buffer.from(data, 'latin1');

/** An endpoint to which several messages come at a time, and the calls that its kernel gets. */
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { AF_INET, type InetAddress, SOCK_DGRAM, Socket } from '../../../src/socket.ts';
import type { SocketDatagramTransport } from '../../../src/transports/datagram-transport.ts';
import { DatagramProtocol } from '../../../src/transports/protocol.ts';
import { onTeardown } from '../../support/teardown.ts';
import { kernelWith, owned, realLoop, timeOfWaits } from '../loop/real-loop.ts';
import { settle } from './fixtures.ts';

export class Answering extends DatagramProtocol {
  readonly notes: string[] = [];
  transport!: SocketDatagramTransport;
  answer: (text: string, address: InetAddress) => void = () => {};

  override connectionMade(transport: never): void {
    this.transport = transport;
  }

  override datagramReceived(data: Buffer, address: unknown): void {
    this.notes.push(data.toString());
    this.answer(data.toString(), address as InetAddress);
  }

  override errorReceived(error: Error): void {
    this.notes.push((error as { code?: string }).code ?? error.message);
  }

  override pauseWriting(): void {
    this.notes.push('pause');
  }

  override resumeWriting(): void {
    this.notes.push('resume');
  }

  override connectionLost(): void {
    this.notes.push('lost');
  }
}

interface Changes {
  /** Answers instead of the kernel for messages that are sent together. */
  readonly answer?: (index: number) => number | null;
  readonly nowMs?: () => number;
}

/** A bound endpoint, a socket that sends to it, and the calls that the endpoint makes. */
export function world({ answer, nowMs }: Changes = {}) {
  const { sockets } = kernelWith({});
  const calls: string[] = [];
  const noted =
    <A extends unknown[]>(name: string, call: (...args: A) => number) =>
    (...args: A): number => {
      const result = call(...args);
      calls.push(name === 'recvMany' ? `${name} ${result}` : name);
      return result;
    };
  const kernel: Kernel = kernelWith({
    ...(nowMs === undefined ? timeOfWaits() : { nowMs }),
    sockets: {
      recvMany: noted('recvMany', sockets.recvMany),
      sendto: noted('sendto', sockets.sendto),
      sendEach: (requests, memory, count) => {
        calls.push(`sendEach ${count}`);
        const taken = Array.from({ length: count }, (_, i) => answer?.(i) ?? null);
        // What is answered here is handed on as a descriptor that is none.
        const asked = requests.slice();
        for (const [i, given] of taken.entries()) if (given !== null) asked[3 * i] = -1;
        sockets.sendEach(asked, memory, count);
        for (const [i, given] of taken.entries()) requests[3 * i + 1] = given ?? (asked[3 * i + 1] as number);
        return count;
      },
    },
  });
  const { loop, takeReports } = realLoop({ kernel });
  const localAddr = ['127.0.0.1', 0] as const;
  const [, protocol] = loop.run(loop.createDatagramEndpoint(() => new Answering(), { localAddr }));
  const { transport } = protocol;
  onTeardown(() => transport.abort());
  const address = transport.getExtraInfo('sockname') as InetAddress;
  return { loop, takeReports, calls, transport, protocol, address, peer: newPeer(), kernel };
}

export function newPeer(): Socket {
  const peer = owned(new Socket(AF_INET, SOCK_DGRAM));
  peer.bind(['127.0.0.1', 0]);
  peer.setblocking(false);
  return peer;
}

type World = ReturnType<typeof world>;

/** Sends them, so that they are there together; and has the loop handle what came. */
export function arrive({ loop, peer, address }: World, ...texts: string[]): void {
  for (const text of texts) peer.sendto(Buffer.from(text), address);
  settle(loop);
}

/** What a socket has received. */
export function arrivedAt(peer: Socket): string[] {
  try {
    return peer.recvMany(100, 65_536).map(([data]) => data.toString());
  } catch {
    return [];
  }
}

/** Answers each with its text. */
export const echo = (all: World): void => {
  all.protocol.answer = (text, address) => all.transport.sendto(Buffer.from(text), address);
};

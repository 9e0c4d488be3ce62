/** Two ends of one TCP connection with any number of layers of TLS, and what each protocol is told. */

import type { Coroutine, EventLoop } from '../../../src/index.ts';
import { Protocol } from '../../../src/index.ts';
import { AF_INET, SO_RCVBUF, SO_SNDBUF, SOCK_STREAM, SOL_SOCKET, Socket } from '../../../src/socket.ts';
import { sleep } from '../../../src/tasks/sleep.ts';
import type { Transport } from '../../../src/transports/transport.ts';
import { onTeardown } from '../../support/teardown.ts';
import { clientContext, serverContext } from './secure-loop.ts';

/** Keeps what it is told, and notes each call that its state does not allow. */
export class CheckedProtocol extends Protocol {
  readonly calls: string[] = [];
  /** Calls that must not come: after the end, twice, or out of turn. */
  readonly wrong: string[] = [];
  readonly pieces: Buffer[] = [];
  byteCount = 0;
  transport: Transport | null = null;
  /** What eofReceived answers. */
  keepOpen = false;
  private state: 'new' | 'open' | 'ended' | 'lost' = 'new';
  private paused = false;

  get data(): Buffer {
    return Buffer.concat(this.pieces);
  }

  get isLost(): boolean {
    return this.state === 'lost';
  }

  override connectionMade(transport: Transport): void {
    this.note('made', this.state === 'new');
    this.state = 'open';
    this.transport = transport;
  }

  override dataReceived(data: Buffer): void {
    if (this.state !== 'open' || data.length === 0)
      this.wrong.push(`${data.length} bytes when ${this.state}`);
    this.byteCount += data.length;
    this.pieces.push(data);
  }

  override eofReceived(): boolean {
    this.note('eof', this.state === 'open');
    this.state = 'ended';
    return this.keepOpen;
  }

  override connectionLost(error: Error | null): void {
    this.note(
      error === null ? 'lost' : `lost: ${error.message}`,
      this.state === 'open' || this.state === 'ended',
    );
    this.state = 'lost';
  }

  override pauseWriting(): void {
    this.note('pause', !this.paused && this.state !== 'lost' && this.state !== 'new');
    this.paused = true;
  }

  override resumeWriting(): void {
    this.note('resume', this.paused && this.state !== 'lost');
    this.paused = false;
  }

  private note(call: string, isAllowed: boolean): void {
    this.calls.push(call);
    if (!isAllowed) this.wrong.push(`${call} when ${this.state}${this.paused ? ' and paused' : ''}`);
  }
}

/**
 * Two sockets of one TCP connection.
 * @param bufferByteCount how much the system holds on each side of it; by default what it likes, which is
 *   megabytes
 */
export function tcpPair(bufferByteCount?: number): [Socket, Socket] {
  const newSocket = (): Socket => {
    const sock = new Socket(AF_INET, SOCK_STREAM);
    if (bufferByteCount === undefined) return sock;
    sock.setsockopt(SOL_SOCKET, SO_SNDBUF, bufferByteCount);
    sock.setsockopt(SOL_SOCKET, SO_RCVBUF, bufferByteCount);
    return sock;
  };
  const listener = newSocket();
  listener.bind(['127.0.0.1', 0]);
  listener.listen(1);
  const near = newSocket();
  near.connect(listener.getsockname());
  const [far] = listener.accept();
  listener.close();
  onTeardown(() => {
    near.close();
    far.close();
  });
  return [near, far];
}

/** One end of a connection. */
export interface LayeredEnd<P extends Protocol> {
  transport: Transport;
  readonly protocol: P;
}

/** A client and a server, connected by TCP, with `layers` of TLS. */
export function* connectedByTls<P extends Protocol>(
  loop: EventLoop,
  layers: number,
  newProtocol: () => P,
  bufferByteCount?: number,
): Coroutine<[client: LayeredEnd<P>, server: LayeredEnd<P>]> {
  const [near, far] = tcpPair(bufferByteCount);
  const trust = clientContext();
  const identity = serverContext();
  const [nearTransport, nearProtocol] = yield* loop.createConnection(newProtocol, { sock: near });
  const [farTransport, farProtocol] = yield* loop.createConnection(newProtocol, { sock: far });
  const client = { transport: nearTransport, protocol: nearProtocol };
  const server = { transport: farTransport, protocol: farProtocol };
  for (let layer = 0; layer < layers; layer++) {
    const accepting = loop.createTask(
      loop.startTls(server.transport, server.protocol, identity, { serverSide: true }),
    );
    const asked = { serverHostname: 'localhost' };
    client.transport = yield* loop.startTls(client.transport, client.protocol, trust, asked);
    server.transport = yield* accepting;
  }
  return [client, server];
}

/** Waits until `condition` holds, ten seconds at most. */
export function* until(condition: () => boolean): Coroutine<void> {
  for (let turn = 0; turn < 5000 && !condition(); turn++) yield* sleep(turn < 100 ? 0 : 2);
  if (!condition()) throw new Error('it did not come about');
}

/** Transports over real sockets, with protocols that note what they are told. */
import { type Coroutine, type EventLoop, sleep } from '../../../src/index.ts';
import { defaultKernel } from '../../../src/kernel/default-kernel.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { SHUT_RDWR, SO_LINGER, SO_SNDBUF, SOL_SOCKET, type Socket } from '../../../src/socket.ts';
import { BufferedProtocol, Protocol } from '../../../src/transports/protocol.ts';
import type { Transport } from '../../../src/transports/transport.ts';
import { type ProtocolCall, ProtocolStates } from '../../support/protocol-states.ts';
import { onTeardown } from '../../support/teardown.ts';
import { pair, type RealLoop, realLoop } from '../loop/real-loop.ts';

/** Notes every call, in order; `fails` names a call that throws. */
export class Noting extends Protocol {
  readonly calls: string[] = [];
  received = '';
  lostWith: Error | null | undefined;
  transport!: Transport;
  fails: string | null = null;
  keepOpen = false;
  /** Every call is checked against the table of states. */
  private readonly states = new ProtocolStates();

  override connectionMade(transport: Transport): void {
    this.transport = transport;
    this.note('made');
  }

  override dataReceived(data: Buffer): void {
    this.received += data.toString('latin1');
    this.note('data');
  }

  override eofReceived(): boolean {
    this.note('eof');
    return this.keepOpen;
  }

  override connectionLost(error: Error | null): void {
    this.lostWith = error;
    this.note('lost');
  }

  override pauseWriting(): void {
    this.note('pause');
  }

  override resumeWriting(): void {
    this.note('resume');
  }

  private note(call: ProtocolCall): void {
    this.states.enter(call, this.transport);
    if (this.calls.at(-1) !== 'data' || call !== 'data') this.calls.push(call);
    if (this.fails === call) throw new Error(`${call} failed`);
  }
}

/** The same, receiving into one small buffer. */
export class NotingBuffered extends BufferedProtocol {
  readonly calls: string[] = [];
  received = '';
  transport!: Transport;
  buffer = Buffer.alloc(10);
  fails: string | null = null;

  override connectionMade(transport: Transport): void {
    this.transport = transport;
  }

  override getBuffer(sizeHint: number): Uint8Array {
    this.note(`getBuffer ${sizeHint}`);
    return this.buffer;
  }

  override bufferUpdated(byteCount: number): void {
    this.received += this.buffer.toString('latin1', 0, byteCount);
    this.note(`updated ${byteCount}`);
  }

  override eofReceived(): boolean {
    this.note('eof');
    return false;
  }

  override connectionLost(error: Error | null): void {
    this.note(error === null ? 'lost' : `lost ${error.message}`);
  }

  private note(call: string): void {
    this.calls.push(call);
    if (this.fails !== null && call.startsWith(this.fails)) throw new Error(`${call} failed`);
  }
}

export interface Connection<P> extends RealLoop {
  readonly transport: Transport;
  readonly protocol: P;
  /** The other end, a plain socket without waits. */
  readonly peer: Socket;
}

/** A transport on one end of a socket pair. */
export function connected<P extends Protocol | BufferedProtocol>(
  protocol: P,
  kernel: Kernel = defaultKernel(),
): Connection<P> {
  const world = realLoop({ kernel });
  const [mine, peer] = pair(undefined, kernel);
  peer.setblocking(false);
  const [transport] = world.loop.run(world.loop.createConnection(() => protocol, { sock: mine }));
  onTeardown(() => transport.abort());
  return { ...world, transport, protocol, peer };
}

/** Runs the loop until `condition` holds; the loop's own limit ends a wait in vain. */
export function until(loop: EventLoop, condition: () => boolean): void {
  loop.run(waitUntil(condition));
}

export function* waitUntil(condition: () => boolean): Coroutine<void> {
  while (!condition()) yield* sleep(1);
}

/**
 * A few passes: what is on its way arrives. The short runs, each of which asks the selector, are for a
 * machine that stood still during the time, so that it was a single pass.
 */
export function settle(loop: EventLoop): void {
  loop.run(sleep(5));
  for (let run = 0; run < 5; run++) loop.run(sleep(0));
}

/** All that the peer has been sent so far. */
export function drainPeer(peer: Socket): Buffer {
  const parts: Buffer[] = [];
  for (;;) {
    try {
      const part = peer.recv(1 << 20);
      if (part.length === 0) return Buffer.concat(parts);
      parts.push(part);
    } catch (error) {
      if ((error as { code?: string }).code === 'EAGAIN') return Buffer.concat(parts);
      throw error;
    }
  }
}

/** Ends a TCP connection with a reset. */
export function reset(sock: Socket): void {
  sock.setsockopt(SOL_SOCKET, SO_LINGER, Buffer.from(Int32Array.of(1, 0).buffer));
  sock.close();
}

/** Makes the socket's buffer as small as the system lets it be. */
export function shrinkSendBuffer(sock: Socket): void {
  sock.setsockopt(SOL_SOCKET, SO_SNDBUF, 1);
}

export { SHUT_RDWR };

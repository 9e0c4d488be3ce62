/** TLS on a connection that is there. */

import { requireBytes } from '../../base/arguments.ts';
import type { Coroutine } from '../../coroutines/coroutine.ts';
import { describeValue } from '../../coroutines/misuse.ts';
import { Future } from '../../futures/future.ts';
import type { LoopCore } from '../../loop/loop-core.ts';
import type { Socket } from '../../sockets/socket.ts';
import type { SSLContext } from '../../tls/ssl-context.ts';
import { requireProtocol } from '../base.ts';
import type { ClientCount } from '../client-count.ts';
import type { StreamProtocol } from '../protocol.ts';
import { SocketTransport } from '../socket-transport.ts';
import type { Transport } from '../transport.ts';
import { type ConnectionSoFar, type StartTlsOptions, startingTls, type TlsSettings } from './tls-options.ts';
import { TlsProtocol } from './tls-protocol.ts';
import { TlsTransport } from './tls-transport.ts';

/** What all transports of ours say of themselves, and one of the program's may. */
interface TellsItsState {
  /** Whether it will receive nothing more. */
  readonly hasEnded?: boolean;
  readonly flow?: { readonly paused: boolean };
}

/** The implementation of `loop.startTls`. */
export function* startTls(
  loop: LoopCore,
  transport: Transport,
  protocol: StreamProtocol,
  context: SSLContext,
  options: StartTlsOptions = {},
): Coroutine<Transport> {
  loop.checkUsable('startTls');
  requireTransport(transport);
  requireProtocol('startTls', protocol);
  const settings = startingTls('startTls', context, options);
  const soFar = connectionSoFar(transport, options.received);
  const waiter = new Future<void>({ loop });
  const secure = new TlsTransport(loop, protocol, settings, { waiter, isConnected: true });
  const { connection, layer } = secure;
  // What arrives from now on is TLS. It waits until the connection has begun.
  transport.pauseReading();
  transport.setProtocol(layer);
  if (soFar.writingIsPaused) connection.sender.inheritPause();
  const started = loop.callSoon(() => {
    connection.begin(transport, soFar);
    transport.resumeReading();
  });
  try {
    yield* waiter;
  } catch (error) {
    started.cancel();
    transport.abort();
    throw error;
  }
  return secure;
}

/** A transport that encrypts, around a connected socket. */
export function encryptedTransport(
  loop: LoopCore,
  sock: Socket,
  protocol: StreamProtocol,
  settings: TlsSettings,
  options: { readonly waiter?: Future<void> | undefined; readonly clients?: ClientCount | undefined },
): TlsTransport {
  const secure = new TlsTransport(loop, protocol, settings, { waiter: options.waiter });
  try {
    new SocketTransport(loop, sock, secure.layer, { clients: options.clients });
  } catch (error) {
    secure.connection.releaseNow();
    throw error;
  }
  return secure;
}

function requireTransport(transport: unknown): void {
  const candidate = transport as Partial<Transport> | null;
  const calls = ['pauseReading', 'resumeReading', 'setProtocol', 'write', 'abort'] as const;
  if (calls.every((call) => typeof candidate?.[call] === 'function')) {
    if (candidate?.isClosing?.() !== true) return;
    throw new TypeError('startTls: the transport is closed');
  }
  throw new TypeError(`startTls: a transport for both directions is needed, got ${describeValue(transport)}`);
}

function connectionSoFar(transport: Transport, received: Uint8Array | undefined): ConnectionSoFar {
  if (received !== undefined) requireBytes('startTls', 'received', received);
  const { hasEnded, flow } = transport as Transport & TellsItsState;
  return {
    // A copy: the caller may use its memory again before the handshake begins.
    received: received === undefined ? null : Buffer.from(received),
    hasEnded: hasEnded === true,
    writingIsPaused: flow?.paused === true,
  };
}

/** The transport that the program sees: the one given, or the TLS transport on top of it. */
export function outermostTransport(transport: Transport): Transport {
  const protocol = transport.getProtocol();
  return protocol instanceof TlsProtocol ? outermostTransport(protocol.connection.transport) : transport;
}

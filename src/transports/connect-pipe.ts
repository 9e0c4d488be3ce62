/** Pipes: from a descriptor to a transport with its protocol. */

import type { Coroutine } from '../coroutines/coroutine.ts';
import { Future } from '../futures/future.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { type BaseProtocol, type BaseTransport, requireProtocol } from './base.ts';
import type { PipeLike } from './pipe.ts';
import type { Protocol } from './protocol.ts';
import { ReadPipeTransport } from './read-pipe-transport.ts';
import type { ReadTransport, WriteTransport } from './transport.ts';
import { WritePipeTransport } from './write-pipe-transport.ts';

/** The implementation of `loop.connectReadPipe`. */
export function* connectReadPipe<P extends Protocol>(
  loop: LoopCore,
  protocolFactory: () => P,
  pipe: PipeLike,
): Coroutine<[transport: ReadTransport, protocol: P]> {
  loop.checkUsable('connectReadPipe');
  const protocol = requireProtocol('protocolFactory', protocolFactory());
  const waiter = new Future<void>({ loop });
  return [yield* started(new ReadPipeTransport(loop, pipe, protocol, waiter), waiter), protocol];
}

/** The implementation of `loop.connectWritePipe`. */
export function* connectWritePipe<P extends BaseProtocol>(
  loop: LoopCore,
  protocolFactory: () => P,
  pipe: PipeLike,
): Coroutine<[transport: WriteTransport, protocol: P]> {
  loop.checkUsable('connectWritePipe');
  const protocol = requireProtocol('protocolFactory', protocolFactory());
  const waiter = new Future<void>({ loop });
  return [yield* started(new WritePipeTransport(loop, pipe, protocol, waiter), waiter), protocol];
}

/** The transport, when connectionMade has been called. */
function* started<T extends BaseTransport>(transport: T, waiter: Future<void>): Coroutine<T> {
  try {
    yield* waiter;
  } catch (error) {
    transport.close();
    throw error;
  }
  return transport;
}

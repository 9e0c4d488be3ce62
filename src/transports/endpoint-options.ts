/**
 * The options that connections, servers and datagram endpoints share: a socket instead of an address, hints,
 * kinds.
 */

import { inspect } from 'node:util';
import type { Coroutine } from '../coroutines/coroutine.ts';
import type { AddressHints } from '../names/address-query.ts';
import { Socket } from '../sockets/socket.ts';

/** The socket that the caller gave, `null` for none. Exactly one of it and `others` must be there. */
export function takeSocket<O extends { readonly sock?: Socket | undefined }>(
  call: string,
  options: O,
  others: readonly (keyof O & string)[],
): Socket | null {
  const given = others.filter((name) => options[name] !== undefined && options[name] !== null);
  const names = others.join(' and ');
  const sock = options.sock ?? null;
  if (sock === null) {
    if (given.length > 0) return null;
    throw new RangeError(`${call}: needs ${names}, or sock`);
  }
  if (given.length === 0) return sock;
  throw new RangeError(`${call}: ${given.join(' and ')} cannot be given together with sock`);
}

function requireSocket(call: string, sock: unknown): void {
  if (!(sock instanceof Socket)) throw new TypeError(`${call}: a Socket is needed, got ${inspect(sock)}`);
}

/** @throws RangeError for a socket that is no stream */
export function requireStream(call: string, sock: Socket): Socket {
  requireSocket(call, sock);
  if (sock.type === sock.kernel.constants.SOCK_STREAM) return sock;
  throw new RangeError(`${call}: a stream socket is needed, got ${sock}`);
}

/** @throws RangeError for a socket that is no unix stream */
export function requireUnixStream(call: string, sock: Socket): Socket {
  const { AF_UNIX } = requireStream(call, sock).kernel.constants;
  if (sock.family === AF_UNIX) return sock;
  throw new RangeError(`${call}: an AF_UNIX stream socket is needed, got ${sock}`);
}

/** @throws RangeError for a stream socket, and for other options beside `sock` */
export function requireDatagram(
  call: string,
  sock: Socket,
  options: { readonly sock?: Socket | undefined },
): Socket {
  requireSocket(call, sock);
  if (sock.type === sock.kernel.constants.SOCK_STREAM) {
    throw new RangeError(`${call}: a datagram socket is needed, got ${sock}`);
  }
  const { sock: _, ...others } = options;
  const given = Object.entries(others).filter(([, value]) => value !== undefined && value !== null);
  if (given.length === 0) return sock;
  throw new RangeError(
    `${call}: ${given.map(([name]) => name).join(', ')} cannot be given together with sock`,
  );
}

/** The hints for name resolution among the options of a call. */
export function hintsOf(options: AddressHints): AddressHints {
  const { family, proto, flags } = options;
  return { family, proto, flags };
}

/** Closes a socket that was made here if what it was made for fails. */
export function* closingOnError<T>(sock: Socket, use: Coroutine<T>): Coroutine<T> {
  try {
    return yield* use;
  } catch (error) {
    sock.close();
    throw error;
  }
}

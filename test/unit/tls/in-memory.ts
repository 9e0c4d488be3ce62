/** Two ends of TLS that talk through memory. */

import { SSLWantReadError } from '../../../src/tls/errors.ts';
import { MemoryBIO } from '../../../src/tls/memory-bio.ts';
import { SSLContext, type SSLContextOptions } from '../../../src/tls/ssl-context.ts';
import { SSLObject, type WrapOptions } from '../../../src/tls/ssl-object.ts';
import { ca, identity } from '../../support/certificates.ts';
import { onTeardown } from '../../support/teardown.ts';

/** One end, with its two queues. */
export interface End {
  readonly tls: SSLObject;
  readonly incoming: MemoryBIO;
  readonly outgoing: MemoryBIO;
}

/** A context that is closed after the test. */
export function context(options: SSLContextOptions): SSLContext {
  const made = new SSLContext(options);
  onTeardown(() => made.close());
  return made;
}

export function end(made: SSLContext, options: WrapOptions): End {
  const incoming = new MemoryBIO();
  const outgoing = new MemoryBIO();
  const tls = new SSLObject(made, incoming, outgoing, options);
  onTeardown(() => tls.close());
  return { tls, incoming, outgoing };
}

/** A client that trusts our authority and asks for localhost, unless told. */
export function clientEnd(options: SSLContextOptions = {}, more: WrapOptions = {}): End {
  return end(context({ ca, ...options }), { serverHostname: 'localhost', ...more });
}

export function serverEnd(options: SSLContextOptions = {}): End {
  return end(context({ ...identity('server'), ...options }), { serverSide: true });
}

/** Carries bytes over. Returns whether there were any. */
export function carry(from: End, to: End): boolean {
  const data = from.outgoing.read();
  if (data.length === 0) return false;
  to.incoming.write(data);
  return true;
}

/** What `act` throws, `null` for nothing; that it wants to read counts as nothing. */
export function errorOf(act: () => void): unknown {
  try {
    act();
    return null;
  } catch (error) {
    return error instanceof SSLWantReadError ? null : error;
  }
}

/** What a handshake ended with on both sides. */
export interface Outcome {
  readonly client: unknown;
  readonly server: unknown;
}

/** Both sides go on until neither has anything to say. */
export function shakeHands(client: End, server: End): Outcome {
  const outcome: { client: unknown; server: unknown } = { client: null, server: null };
  for (let quiet = false; !quiet; ) {
    outcome.client ??= errorOf(() => client.tls.doHandshake());
    const sent = carry(client, server);
    outcome.server ??= errorOf(() => server.tls.doHandshake());
    quiet = !carry(server, client) && !sent;
  }
  return outcome;
}

/** A client and a server with their handshake done. */
export function connected(
  clientOptions: SSLContextOptions = {},
  serverOptions: SSLContextOptions = {},
): [client: End, server: End] {
  const client = clientEnd(clientOptions);
  const server = serverEnd(serverOptions);
  const { client: problem, server: other } = shakeHands(client, server);
  if (problem !== null || other !== null) throw new AggregateError([problem, other], 'no handshake');
  return [client, server];
}

/** Sends `data` from one end to the other, and returns what arrives. */
export function send(from: End, to: End, data: Uint8Array): Buffer {
  let written = 0;
  const received: Buffer[] = [];
  while (written < data.length) {
    written += from.tls.write(data.subarray(written, written + 16_384));
    carry(from, to);
    received.push(to.tls.read(16_384));
  }
  return Buffer.concat(received);
}

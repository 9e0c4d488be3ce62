/** Servers and clients with TLS in one loop, over real sockets. */

import type { Coroutine, EventLoop } from '../../../src/index.ts';
import { openConnection } from '../../../src/streams/open-connection.ts';
import { startServer } from '../../../src/streams/start-server.ts';
import type { ClientConnected } from '../../../src/streams/stream-protocol.ts';
import type { StreamReader } from '../../../src/streams/stream-reader.ts';
import type { StreamWriter } from '../../../src/streams/stream-writer.ts';
import { SSLContext, type SSLContextOptions } from '../../../src/tls/ssl-context.ts';
import type { Server } from '../../../src/transports/server.ts';
import type { ClientTlsOptions, TlsTimes } from '../../../src/transports/tls/tls-options.ts';
import { ca, identity } from '../../support/certificates.ts';
import { onTeardown } from '../../support/teardown.ts';

export const text = (value: string): Buffer => Buffer.from(value);

/** A context that is closed after the test. */
export function context(options: SSLContextOptions): SSLContext {
  const made = new SSLContext(options);
  onTeardown(() => made.close());
  return made;
}

export function serverContext(options: SSLContextOptions = {}): SSLContext {
  return context({ ...identity('server'), ...options });
}

export function clientContext(options: SSLContextOptions = {}): SSLContext {
  return context({ ca, ...options });
}

export function portOf(server: Server): number {
  const [, port] = server.sockets[0]?.getsockname() ?? [];
  return port as number;
}

/** Runs `body` with a TLS server for `handler`, and shuts that down. */
export function withServer<T>(
  loop: EventLoop,
  handler: ClientConnected,
  body: (port: number, server: Server) => Coroutine<T>,
  options: { readonly ssl?: SSLContext } & TlsTimes = {},
): T {
  const ssl = options.ssl ?? serverContext();
  return loop.run(function* () {
    const server = yield* startServer(handler, { host: '127.0.0.1', port: 0, ...options, ssl });
    try {
      return yield* body(portOf(server), server);
    } finally {
      yield* server.shutdown({ graceMs: 0 });
    }
  });
}

/** A connection to localhost that trusts our authority, unless told. */
export function* connect(
  port: number,
  options: ClientTlsOptions = {},
): Coroutine<[StreamReader, StreamWriter]> {
  const defaults = { host: '127.0.0.1', serverHostname: 'localhost', ssl: options.ssl ?? clientContext() };
  return yield* openConnection({ ...defaults, port, ...options });
}

/** Sends back what comes, to the end. */
export function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  for (let data = yield* reader.read(65_536); data.length > 0; data = yield* reader.read(65_536)) {
    yield* writer.write(data);
  }
  writer.close();
}

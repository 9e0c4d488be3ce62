/**
 * What comes in one piece with the end of a handshake may fill the reader before the task that awaits
 * `startTls` goes on. The reader then paused the transport below TLS, forgot it, and the connection hung.
 */
import { expect, it } from 'vitest';
import { openConnection, SSLWantReadError, startServer } from '../../src/index.ts';
import type { SSLObject } from '../../src/tls/ssl-object.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import { until } from '../integration/tls/layered.ts';
import { portOf, serverContext } from '../integration/tls/secure-loop.ts';
import { clientEnd } from '../unit/tls/in-memory.ts';

/** Whether the handshake is done. */
function shakesHands(tls: SSLObject): boolean {
  try {
    tls.doHandshake();
    return true;
  } catch (error) {
    if (error instanceof SSLWantReadError) return false;
    throw error;
  }
}

it.each([20_000, 40_000, 60_000])('%i bytes of 60,000 come with it', (early) => {
  const { loop } = realLoop();
  const ssl = serverContext();
  const all = Buffer.from(Array.from({ length: 60_000 }, (_, i) => i % 251));
  let isSecure = false;
  let received = Buffer.alloc(0);
  loop.run(function* () {
    const server = yield* startServer(
      function* (reader, writer) {
        yield* writer.startTls(ssl);
        isSecure = true;
        while (received.length < all.length) {
          received = Buffer.concat([received, yield* reader.read(4096)]);
        }
        writer.transport.abort();
      },
      { host: '127.0.0.1', port: 0, limit: 1024 },
    );
    const client = clientEnd();
    const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: portOf(server) });
    while (!shakesHands(client.tls)) {
      writer.write(client.outgoing.read());
      client.incoming.write(yield* reader.read(65_536));
    }
    const write = (from: number, to: number): void => {
      for (let at = from; at < to; ) at += client.tls.write(all.subarray(at, Math.min(to, at + 16_384)));
      writer.write(client.outgoing.read());
    };
    // The last word of the handshake, and these: in one segment.
    write(0, early);
    yield* until(() => isSecure);
    if (early < all.length) write(early, all.length);
    yield* until(() => received.length === all.length);
    writer.close();
    yield* server.shutdown({ graceMs: 0 });
  });
  expect(received.equals(all)).toBe(true);
});

/**
 * After a TLS peer's close_notify this side may go on writing, and nobody reads what the peer sends on: it
 * was kept in OpenSSL's memory, without limit, so that any peer could fill the memory of a server.
 */
import { expect, it } from 'vitest';
import type { Socket } from '../../src/socket.ts';
import { sleep } from '../../src/tasks/sleep.ts';
import type { TlsEngine } from '../../src/tls/engine.ts';
import type { TlsTransport } from '../../src/transports/tls/tls-transport.ts';
import { owned, realLoop } from '../integration/loop/real-loop.ts';
import { CheckedProtocol, connectedByTls, until } from '../integration/tls/layered.ts';

it('what comes then is dropped', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    const [client, server] = yield* connectedByTls(loop, 1, () => new CheckedProtocol());
    server.protocol.keepOpen = true;
    const raw = owned((client.transport.getExtraInfo('socket') as Socket).dup());
    raw.setblocking(false);
    client.transport.writeEof();
    yield* until(() => server.protocol.calls.includes('eof'));
    const junk = Buffer.alloc(1 << 20, 1);
    let sent = 0;
    yield* until(() => {
      try {
        sent += raw.send(junk);
      } catch {
        // Full for now.
      }
      return sent > 8 << 20;
    });
    yield* sleep(20);
    const { connection } = server.transport as TlsTransport;
    expect((Reflect.get(connection, 'engine') as TlsEngine).unreadByteCount()).toBe(0);
    // This side can go on writing.
    server.transport.write(Buffer.from('answer'));
    yield* until(() => client.protocol.byteCount === 6);
    server.transport.close();
    yield* until(() => client.protocol.isLost && server.protocol.isLost);
    expect([client.protocol.wrong, server.protocol.wrong]).toEqual([[], []]);
  });
});

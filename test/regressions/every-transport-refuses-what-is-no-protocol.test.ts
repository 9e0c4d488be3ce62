/** `setProtocol` of what is no protocol is refused where it is called, by every transport. */
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { fromNodeStream, runGuest, type Transport } from '../../src/index.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import { CheckedProtocol, connectedByTls, until } from '../integration/tls/layered.ts';

const refusesAll = (transport: Transport): void => {
  const before = transport.getProtocol();
  for (const wrong of [undefined, null, 5, Promise.resolve(before)]) {
    expect(() => transport.setProtocol(wrong as never)).toThrow(TypeError);
  }
  expect(transport.getProtocol()).toBe(before);
};

it.each([0, 1])('with %i layers of TLS', (layers) => {
  const { loop } = realLoop();
  loop.run(function* () {
    const [client, server] = yield* connectedByTls(loop, layers, () => new CheckedProtocol());
    refusesAll(client.transport);
    client.transport.abort();
    server.transport.abort();
    yield* until(() => client.protocol.isLost && server.protocol.isLost);
  });
});

it("over a stream of Node's", async () => {
  await runGuest(function* () {
    const [, writer] = fromNodeStream(new PassThrough());
    refusesAll(writer.transport);
    writer.close();
    yield* writer.waitClosed();
  });
});

/** As asyncio's, a transport of TLS knows its cipher and its peer's certificate after it has ended, too. */
import { expect, it } from 'vitest';
import { realLoop } from '../integration/loop/real-loop.ts';
import { CheckedProtocol, connectedByTls, until } from '../integration/tls/layered.ts';

it.each(['close', 'abort'] as const)('after %s()', (end) => {
  const { loop } = realLoop();
  loop.run(function* () {
    const [client, server] = yield* connectedByTls(loop, 1, () => new CheckedProtocol());
    const known = () =>
      [client, server].map(({ transport }) => [
        transport.getExtraInfo('cipher'),
        transport.getExtraInfo('peercert')?.fingerprint256,
        transport.getExtraInfo('sslObject')?.getpeercert(true),
      ]);
    const before = known();
    expect(before[0]?.[0]).toEqual([expect.any(String), expect.any(String), expect.any(Number)]);
    expect(before[0]?.[1]).toEqual(expect.any(String));
    client.transport[end]();
    yield* until(() => client.protocol.isLost && server.protocol.isLost);
    expect(known()).toEqual(before);
  });
});

/**
 * When the peer of a SOCK_SEQPACKET socket has closed it, an empty message can be received for ever. A
 * datagram transport handed out one after the other, and the loop never slept again. (asyncio's does.)
 */
import { expect, it } from 'vitest';
import { DatagramProtocol } from '../../src/index.ts';
import { SOCK_SEQPACKET } from '../../src/socket.ts';
import { pair, realLoop } from '../integration/loop/real-loop.ts';
import { until } from '../integration/tls/layered.ts';

it.skipIf(process.platform === 'darwin')('with their connection', () => {
  const { loop } = realLoop();
  const calls: string[] = [];
  class Noting extends DatagramProtocol {
    override datagramReceived(data: Buffer): void {
      calls.push(String(data));
    }

    override connectionLost(error: Error | null): void {
      calls.push(`lost: ${error}`);
    }
  }
  loop.run(function* () {
    const [mine, peer] = pair(SOCK_SEQPACKET);
    yield* loop.createDatagramEndpoint(() => new Noting(), { sock: mine });
    for (const message of ['one', 'two']) peer.send(Buffer.from(message));
    peer.close();
    yield* until(() => calls.at(-1)?.startsWith('lost') === true);
    expect(calls).toEqual(['one', 'two', 'lost: null']);
  });
});

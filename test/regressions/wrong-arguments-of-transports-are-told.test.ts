/** Arguments of a wrong kind, whose errors were V8's, or that were taken for others. */
import { expect, it } from 'vitest';
import { DatagramProtocol } from '../../src/index.ts';
import { sleep } from '../../src/tasks/sleep.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import { CheckedProtocol } from '../integration/tls/layered.ts';
import { failureOf } from '../support/failure-of.ts';

class Quiet extends DatagramProtocol {}

it('what is no address, to a transport that has one', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    const [transport] = yield* loop.createDatagramEndpoint(() => new Quiet(), null, ['127.0.0.1', 9]);
    for (const wrong of [5, true, {}, () => 1]) {
      expect(() => transport.sendto(Buffer.from('x'), wrong as never)).toThrow(
        'must be left out, or be 127.0.0.1:9',
      );
    }
    transport.abort();
    yield* sleep(1);
  });
});

it('a time for a shutdown', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    const server = yield* loop.createServer(() => new CheckedProtocol(), { host: '127.0.0.1', port: 0 });
    for (const wrong of ['5', Number.NaN, -1]) {
      const error = yield* failureOf(server.shutdown({ graceMs: wrong as never }));
      expect(error.message).toContain('graceMs must be 0 or more');
    }
    expect((yield* failureOf(server.shutdown(null as never))).message).toContain('an object of options');
    expect(server.isServing()).toBe(true);
    yield* server.shutdown();
  });
});

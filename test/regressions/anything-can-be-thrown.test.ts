/**
 * A revoked Proxy cannot be asked for its class: `instanceof` throws. Thrown by a protocol or by a handler of
 * exceptions, it ended everybody's run, or left a connection that nobody ever heard of again.
 */
import { describe, expect, test } from 'vitest';
import {
  createTask,
  DatagramProtocol,
  type EventLoop,
  openDatagramEndpoint,
  Protocol,
  sleep,
} from '../../src/index.ts';
import { socketpair } from '../../src/socket.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import { CheckedProtocol, connectedByTls, until } from '../integration/tls/layered.ts';

const makers: Readonly<Record<string, () => unknown>> = {
  'a revoked Proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  'an object without a prototype': () => Object.create(null) as unknown,
};

class Silent extends Protocol {}
class SilentReceiver extends DatagramProtocol {}

/** A loop, and how many reports its handler has had. */
function reported(): { loop: EventLoop; reports: string[] } {
  const { loop } = realLoop();
  const reports: string[] = [];
  loop.setExceptionHandler((_loop, context) => void reports.push(context.message));
  return { loop, reports };
}

describe.each(Object.keys(makers))('%s', (name) => {
  const fail = (): never => {
    throw (makers[name] as () => unknown)();
  };

  test.each(['connectionMade', 'dataReceived', 'eofReceived', 'connectionLost', 'pauseWriting'] as const)(
    'from %s',
    (method) => {
      const { loop, reports } = reported();
      loop.run(function* () {
        const [sock, peer] = socketpair();
        const protocol = Object.assign(new Silent(), { [method]: fail });
        const [transport] = yield* loop.createConnection(() => protocol, { sock });
        if (method === 'pauseWriting') transport.write(Buffer.alloc(4_000_000));
        peer.send(Buffer.from('x'));
        peer.close();
        yield* until(() => reports.length > 0);
        transport.abort();
        yield* until(() => sock.closed);
      });
    },
  );

  test('from datagramReceived', () => {
    const { loop, reports } = reported();
    loop.run(function* () {
      const protocol = Object.assign(new SilentReceiver(), { datagramReceived: fail });
      const [transport] = yield* loop.createDatagramEndpoint(() => protocol, ['127.0.0.1', 0]);
      const [, port] = transport.getExtraInfo('sockname') as [string, number];
      const sender = yield* openDatagramEndpoint(null, ['127.0.0.1', port]);
      yield* sender.send(Buffer.from('x'));
      yield* until(() => reports.length > 0);
      sender.close();
      transport.abort();
    });
  });

  test('from a protocol over TLS', () => {
    const { loop, reports } = reported();
    loop.run(function* () {
      const [client, server] = yield* connectedByTls(loop, 1, () => new CheckedProtocol());
      client.transport.setProtocol(Object.assign(new Silent(), { dataReceived: fail }));
      server.transport.write(Buffer.from('x'));
      yield* until(() => server.protocol.isLost);
      expect(reports).toHaveLength(1);
      client.protocol.connectionLost(null);
    });
  });

  test('from callbacks, the handler of exceptions, and tasks', () => {
    const { loop } = realLoop();
    let reportCount = 0;
    loop.defaultExceptionHandler = () => void reportCount++;
    loop.setExceptionHandler(fail);
    loop.run(function* () {
      loop.callSoon(fail);
      loop.callLater(0, fail);
      yield* sleep(1);
      expect(reportCount).toBe(2);
      const task = createTask(function* () {
        yield* sleep(0);
        fail();
      });
      yield* until(() => task.done());
      expect(task.failed()).toBe(true);
      expect(task.exception() === null).toBe(false);
    });
  });
});

test('an Error whose message is no text ends its task', () => {
  const { loop } = realLoop();
  const odd = Object.assign(new TypeError('odd'), { message: undefined });
  const run = (): unknown =>
    loop.run(function* () {
      yield* sleep(0);
      throw odd;
    });
  expect(run).toThrow(odd);
});

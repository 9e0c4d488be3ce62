/** Arguments of a wrong kind, whose errors were V8's, or that were taken for others. */
import { constants } from 'node:os';
import { expect, it } from 'vitest';
import { DatagramProtocol } from '../../src/index.ts';
import { sleep } from '../../src/tasks/sleep.ts';
import { pair, realLoop } from '../integration/loop/real-loop.ts';
import { CheckedProtocol } from '../integration/tls/layered.ts';
import { failureOf } from '../support/failure-of.ts';
import { openFileOf } from '../support/open-file.ts';

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

it('a factory of protocols that cannot be called', () => {
  const { loop } = realLoop();
  const place = { host: '127.0.0.1', port: 0 };
  loop.run(function* () {
    const ofClass = yield* failureOf(loop.createServer(CheckedProtocol as never, place));
    expect(ofClass.message).toContain('got class CheckedProtocol. Write () => new CheckedProtocol().');
    const ofObject = yield* failureOf(loop.createServer(new CheckedProtocol() as never, place));
    expect(ofObject.message).toContain('got a CheckedProtocol object. Write () => new MyProtocol().');
  });
});

it('options of sendfile', () => {
  const { loop } = realLoop();
  const file = openFileOf(Buffer.from('content'));
  loop.run(function* () {
    const [mine] = pair();
    const [transport] = yield* loop.createConnection(() => new CheckedProtocol(), { sock: mine });
    const sending = (options: unknown) => loop.sendfile(transport, file, 0, null, options as never);
    expect((yield* failureOf(sending(null))).message).toContain('an object of options');
    expect((yield* failureOf(sending({ fallback: 'no' }))).message).toContain('a boolean as fallback');
    transport.abort();
    yield* sleep(1);
  });
});

it('no address on this side of the family has the errno of the system', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    const localAddr = ['::1', 0] as const;
    const connecting = loop.createConnection(() => new CheckedProtocol(), '127.0.0.1', 9, { localAddr });
    const expected = { code: 'EAFNOSUPPORT', errno: -constants.errno.EAFNOSUPPORT };
    expect(yield* failureOf(connecting)).toMatchObject(expected);
  });
});

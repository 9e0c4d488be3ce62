/** Options of connections and servers that do not go together. */
import { describe, expect, test } from 'vitest';
import { type Coroutine, type EventLoop, Protocol } from '../../../src/index.ts';
import { failureOf } from '../../support/failure-of.ts';
import { realLoop } from '../loop/real-loop.ts';
import { context } from './secure-loop.ts';

describe('options', () => {
  const refused = (make: (loop: EventLoop) => Coroutine<unknown>): Error => {
    const { loop } = realLoop();
    return loop.run(() => failureOf(make(loop)));
  };
  const server = (loop: EventLoop, options: object): Coroutine<unknown> =>
    loop.createServer(() => new (class extends Protocol {})(), { host: '127.0.0.1', port: 0, ...options });
  const client = (loop: EventLoop, options: object): Coroutine<unknown> =>
    loop.createConnection(() => new (class extends Protocol {})(), {
      host: '127.0.0.1',
      port: 1,
      ...options,
    });

  test.each([
    [server, { ssl: true }, /createServer: ssl: an SSLContext is needed, got boolean true/],
    [server, { sslHandshakeTimeoutMs: 5 }, /only meaningful with ssl/],
    [client, { serverHostname: 'x' }, /createConnection: serverHostname is only meaningful with ssl/],
    [client, { ssl: {} }, /createConnection: ssl: an SSLContext is needed/],
    [client, { ssl: true, sslShutdownTimeoutMs: 0 }, /sslShutdownTimeoutMs must be more than 0, got 0/],
    [client, { ssl: true, serverHostname: null }, /ssl needs serverHostname/],
  ] as const)('%o %j', (make, options, words) => {
    expect(refused((loop) => make(loop, options)).message).toMatch(words);
  });

  test('a server needs a certificate', () => {
    const ssl = context({});
    expect(refused((loop) => server(loop, { ssl })).message).toMatch(/a server needs a certificate/);
  });
});

/**
 * A second `sendfile` on a transport is refused, whatever the transport. Over TLS and pipes it was not: when
 * the first was cancelled, the second hung and the program's protocol was lost.
 */
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { type Coroutine, createTask, type EventLoop, RuntimeError, sleep } from '../../src/index.ts';
import type { WriteTransport } from '../../src/transports/transport.ts';
import { pair, realLoop } from '../integration/loop/real-loop.ts';
import { CheckedProtocol, connectedByTls, until } from '../integration/tls/layered.ts';
import { failureOf } from '../support/failure-of.ts';
import { onTeardown } from '../support/teardown.ts';

function* overTls(loop: EventLoop, layers: number): Coroutine<WriteTransport> {
  const [client, server] = yield* connectedByTls(loop, layers, () => new CheckedProtocol(), 8192);
  // So that the first is still on its way.
  server.transport.pauseReading();
  return client.transport;
}

function* overPipe(loop: EventLoop): Coroutine<WriteTransport> {
  const [mine] = pair();
  const [transport] = yield* loop.connectWritePipe(() => new CheckedProtocol(), mine);
  return transport;
}

const kinds: [name: string, open: (loop: EventLoop) => Coroutine<WriteTransport>][] = [
  ['a socket', (loop) => overTls(loop, 0)],
  ['TLS', (loop) => overTls(loop, 1)],
  ['a pipe', overPipe],
];

it.each(kinds)('over %s', (_name, open) => {
  const { loop } = realLoop();
  const file = openSync(fileURLToPath(import.meta.url), 'r');
  onTeardown(() => closeSync(file));
  loop.run(function* () {
    const transport = yield* open(loop);
    const protocol = transport.getProtocol();
    transport.write(Buffer.alloc(2_000_000));
    const first = createTask(loop.sendfile(transport, file));
    yield* sleep(1);
    expect(yield* failureOf(loop.sendfile(transport, file))).toBeInstanceOf(RuntimeError);
    first.cancel();
    yield* until(() => first.done());
    expect(transport.getProtocol()).toBe(protocol);
    transport.abort();
    yield* until(() => (protocol as CheckedProtocol).isLost);
  });
});

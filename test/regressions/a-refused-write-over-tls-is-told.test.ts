/**
 * A TLS transport whose connection has broken was not closing until it had told its protocol. A coroutine
 * that wrote on without another wait never let it, and went round for ever.
 */
import { expect, it } from 'vitest';
import type { Coroutine, StreamReader, StreamWriter } from '../../src/index.ts';
import { lingerValue, SO_LINGER, SOL_SOCKET, type Socket } from '../../src/socket.ts';
import { sleep } from '../../src/tasks/sleep.ts';
import type { ReadTransport } from '../../src/transports/transport.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import { connect, text, withServer } from '../integration/tls/secure-loop.ts';
import { failureOf } from '../support/failure-of.ts';

it('to who writes in a loop', () => {
  const { loop } = realLoop();
  function* reset(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    yield* reader.read(10);
    const sock = writer.getExtraInfo('socket') as Socket;
    sock.setsockopt(SOL_SOCKET, SO_LINGER, lingerValue(true, 0));
    writer.transport.abort();
  }
  withServer(loop, reset, function* (port) {
    const [reader, writer] = yield* connect(port);
    yield* writer.write(text('go'));
    // So that it is a write that meets the reset.
    (reader.transport as ReadTransport).pauseReading();
    yield* sleep(50);
    let count = 0;
    const writing = (function* (): Coroutine<void> {
      while (count++ < 100_000) yield* writer.write(text('a little'));
    })();
    expect(yield* failureOf(writing)).toMatchObject({ code: 'ECONNRESET' });
    expect(count).toBeLessThan(10);
    expect(writer.isClosing()).toBe(true);
    writer.close();
  });
});

/** TLS, and any other `BufferedProtocol`, over a stream of Node's: its transport knew only `dataReceived`. */
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { createServer } from 'node:tls';
import { expect, it } from 'vitest';
import { BufferedProtocol, fromNodeStream, fromPromise, runGuest, sleep, waitFor } from '../../src/index.ts';
import type { Transport } from '../../src/transports/transport.ts';
import { clientContext } from '../integration/tls/secure-loop.ts';
import { identity } from '../support/certificates.ts';
import { failureOf } from '../support/failure-of.ts';

const trusted = { serverHostname: 'localhost' } as const;

it('startTls over a socket of node:net', async () => {
  const size = 300_000;
  const answer = await runGuest(function* () {
    const server = createServer(identity('server'), (socket) => socket.pipe(socket));
    yield* fromPromise(once(server.listen(0, '127.0.0.1'), 'listening'));
    const [reader, writer] = fromNodeStream(connect((server.address() as AddressInfo).port, '127.0.0.1'));
    yield* waitFor(writer.startTls(clientContext(), trusted), 5000);
    writer.write(Buffer.alloc(size, 'x'));
    const data = yield* waitFor(reader.readExactly(size), 5000);
    writer.close();
    yield* writer.waitClosed();
    server.close();
    return data;
  });
  expect(answer.equals(Buffer.alloc(size, 'x'))).toBe(true);
});

it('startTls over a stream that has ended fails at once', async () => {
  await runGuest(function* () {
    const stream = new PassThrough({ allowHalfOpen: true });
    const [reader, writer] = fromNodeStream(stream);
    stream.push(null);
    expect((yield* reader.read()).length).toBe(0);
    const error = yield* failureOf(waitFor(writer.startTls(clientContext(), trusted), 5000));
    expect(error).toMatchObject({ name: 'SSLEOFError' });
  });
});

/** Takes three bytes at a time, and pauses after each. */
class Small extends BufferedProtocol {
  readonly pieces: string[] = [];
  private readonly room = Buffer.alloc(3);
  private readonly transport: Transport;

  constructor(transport: Transport) {
    super();
    this.transport = transport;
  }

  override getBuffer(): Buffer {
    return this.room;
  }

  override bufferUpdated(byteCount: number): void {
    this.pieces.push(this.room.toString('latin1', 0, byteCount));
    if (this.pieces.length % 2 === 0) this.transport.pauseReading();
  }
}

it('a protocol with little room gets all of it in pieces, none while it pauses', async () => {
  await runGuest(function* () {
    const stream = new PassThrough();
    const [, { transport }] = fromNodeStream(stream);
    const small = new Small(transport);
    transport.setProtocol(small);
    stream.write('abcdefghij');
    for (const count of [2, 4]) {
      yield* sleep(10);
      expect(small.pieces).toEqual(['abc', 'def', 'ghi', 'j'].slice(0, count));
      transport.resumeReading();
    }
    transport.abort();
    yield* sleep(1);
  });
});

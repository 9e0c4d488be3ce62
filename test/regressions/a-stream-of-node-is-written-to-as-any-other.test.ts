/**
 * The transport of a stream of Node's handed to Node what the others refuse or copy: a write after the end,
 * for which Node destroys the stream with all that was still to be received; text; and a `BufferedProtocol`'s
 * own buffer, which was overwritten while it waited to be sent.
 */
import { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { BufferedProtocol, fromNodeStream, runGuest, sleep } from '../../src/index.ts';
import type { Transport } from '../../src/transports/transport.ts';

it('a write after writeEof() is refused, and reading goes on', async () => {
  await runGuest(function* () {
    const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    const [reader, writer] = fromNodeStream(stream);
    writer.writeEof();
    writer.writeEof();
    const late = Buffer.from('late');
    expect(() => writer.write(late)).toThrow('Cannot call write() after writeEof()');
    expect(() => writer.writeLines([late])).toThrow('Cannot call writeLines() after writeEof()');
    stream.push('answer');
    stream.push(null);
    expect(String(yield* reader.read(-1))).toBe('answer');
    writer.close();
  });
});

it('only bytes can be written, and of a list all or none', async () => {
  const sent: string[] = [];
  await runGuest(function* () {
    const stream = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        sent.push(String(chunk));
        done();
      },
    });
    const [, writer] = fromNodeStream(stream);
    const text = 'text' as unknown as Buffer;
    expect(() => writer.write(text)).toThrow('write: expected a Uint8Array as data');
    expect(() => writer.writeLines([Buffer.from('a'), text])).toThrow('writeLines: expected a Uint8Array');
    yield* writer.write(Buffer.from('b'));
    writer.close();
    yield* writer.waitClosed();
  });
  expect(sent).toEqual(['b']);
});

/** Answers from the buffer that it receives into. */
class Echo extends BufferedProtocol {
  private readonly room = Buffer.alloc(4);
  private readonly transport: Transport;

  constructor(transport: Transport) {
    super();
    this.transport = transport;
  }

  override getBuffer(): Buffer {
    return this.room;
  }

  override bufferUpdated(byteCount: number): void {
    this.transport.write(this.room.subarray(0, byteCount));
  }
}

it('what a BufferedProtocol writes from its own buffer is sent as it was in that call', async () => {
  const sent: string[] = [];
  await runGuest(function* () {
    const stream = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        setImmediate(() => {
          sent.push(String(chunk));
          done();
        });
      },
    });
    const [, { transport }] = fromNodeStream(stream);
    transport.setProtocol(new Echo(transport));
    stream.push('aaaabbbbcccc');
    while (sent.length < 3) yield* sleep(1);
    transport.abort();
    yield* sleep(1);
  });
  expect(sent.join('')).toBe('aaaabbbbcccc');
});

/**
 * A protocol that closed its TLS connection in the first message after a pause had what waited meanwhile
 * given to OpenSSL twice: a TLS error ended the connection, and what it had written was lost.
 */
import { expect, it } from 'vitest';
import { BufferedProtocol, type Transport } from '../../src/index.ts';
import { sleep } from '../../src/tasks/sleep.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import { CheckedProtocol, connectedByTls, until } from '../integration/tls/layered.ts';

/** Takes few bytes at a time, so that OpenSSL has more when it pauses. */
class PausesThenCloses extends BufferedProtocol {
  readonly answer = Buffer.alloc(3_000_000, 'b');
  /** What ended the connection; nothing before its end. */
  error: Error | null | undefined;
  private readonly transport: Transport;
  private readonly memory = Buffer.alloc(1000);
  private count = 0;

  constructor(transport: Transport) {
    super();
    this.transport = transport;
  }

  getBuffer(): Uint8Array {
    return this.memory;
  }

  bufferUpdated(): void {
    const { transport } = this;
    this.count++;
    if (this.count === 1) transport.pauseReading();
    if (this.count !== 2) return;
    transport.write(this.answer);
    transport.close();
  }

  override connectionLost(error: Error | null): void {
    this.error = error;
  }
}

it('what was written before the close arrives', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    const [client, server] = yield* connectedByTls(loop, 1, () => new CheckedProtocol());
    const closing = new PausesThenCloses(client.transport);
    client.transport.setProtocol(closing);
    for (let i = 0; i < 60; i++) server.transport.write(Buffer.alloc(1000, 'x'));
    yield* sleep(50);
    client.transport.resumeReading();
    yield* until(() => server.protocol.isLost && closing.error !== undefined);
    expect(closing.error).toBe(null);
    expect(server.protocol.byteCount).toBe(closing.answer.length);
    expect(server.protocol.calls.at(-1)).toBe('lost');
  });
});

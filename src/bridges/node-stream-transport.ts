/**
 * A stream of Node's as a transport: what reads and writes through one needs no other part of ours to know.
 *
 * | state   | entered by                                       | protocol is called              | leaves to      |
 * |---------|--------------------------------------------------|---------------------------------|----------------|
 * | open    | construction                                     | as things happen                | closing, lost  |
 * | closing | close(), with what is unsent still being sent    | resumeWriting                   | lost           |
 * | lost    | the stream's `close`                             | connectionLost, then not again  | –              |
 */

import type { Duplex, Readable, Writable } from 'node:stream';
import { requireBytes } from '../base/arguments.ts';
import { OSError, RuntimeError } from '../base/errors.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { ECONNRESET } from '../kernel/errno.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { type BaseProtocol, reportProtocolError, requireProtocol } from '../transports/base.ts';
import { isBufferedProtocol, type Protocol, type StreamProtocol } from '../transports/protocol.ts';
import { bufferOf } from '../transports/protocol-buffer.ts';
import type { Transport } from '../transports/transport.ts';

/** Any of Node's streams of bytes. */
export type NodeStream = Duplex | Readable | Writable;

/** What some streams know of their connection: `net.Socket` and `tls.TLSSocket`. */
interface Named {
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  readonly localAddress?: string;
  readonly localPort?: number;
}

export class NodeStreamTransport implements Transport {
  private readonly stream: NodeStream;
  /** The same object, by what it can do. */
  private readonly source: Readable | null;
  private readonly sink: Writable | null;
  private readonly loop: LoopCore;
  private protocol: BaseProtocol;
  private reading = true;
  private ended = false;
  private eofWritten = false;
  private closing = false;
  private lost = false;
  private error: Error | null = null;
  private writingPaused = false;

  constructor(loop: LoopCore, stream: NodeStream, protocol: StreamProtocol) {
    this.loop = loop;
    this.stream = stream;
    this.source = isReadable(stream) ? stream : null;
    this.sink = isWritable(stream) ? stream : null;
    this.protocol = protocol;
  }

  /** Listens to the stream, and tells the protocol of the connection, also of one that is over. */
  begin(): void {
    const { stream, source, sink } = this;
    this.call('connectionMade', (protocol) => protocol.connectionMade(this));
    this.error = stream.errored ?? null;
    stream.on('error', (error) => {
      this.error = error;
    });
    stream.on('close', () => this.closed());
    sink?.on('drain', () => this.drained());
    if (source === null) this.call('eofReceived', (protocol) => void (protocol as Protocol).eofReceived());
    source?.on('data', (data: unknown) => this.received(data));
    source?.on('end', () => this.sourceEnded());
    // What has been said already is not said again: the end, and then the close.
    if (source?.readableEnded === true) this.sourceEnded();
    if (stream.destroyed) this.loop.callSoon(() => this.closed());
  }

  getExtraInfo(name: string, fallback: unknown = null): never {
    const named = this.stream as Named;
    if (name === 'pipe') return this.stream as never;
    if (name === 'peername' && named.remoteAddress !== undefined)
      return [named.remoteAddress, named.remotePort] as never;
    if (name === 'sockname' && named.localAddress !== undefined)
      return [named.localAddress, named.localPort] as never;
    return fallback as never;
  }

  /** Whether nothing more will be received. */
  get hasEnded(): boolean {
    return this.ended;
  }

  /** The state of flow control; its limits are the stream's. */
  get flow(): { readonly paused: boolean } {
    return { paused: this.writingPaused };
  }

  getProtocol(): BaseProtocol {
    return this.protocol;
  }

  setProtocol(protocol: BaseProtocol): void {
    this.protocol = requireProtocol('setProtocol', protocol);
  }

  isReading(): boolean {
    return this.reading && !this.ended && !this.closing;
  }

  pauseReading(): void {
    this.reading = false;
    this.source?.pause();
  }

  resumeReading(): void {
    this.reading = true;
    if (!this.closing) this.source?.resume();
  }

  write(data: Uint8Array): void {
    requireBytes('write', 'data', data);
    const sink = this.requireSink('write');
    if (this.closing || this.lost) return;
    // Node's queue holds it for as long as it likes.
    if (sink.write(this.loop.io.arena.lent.kept(data)) || this.writingPaused) return;
    this.writingPaused = true;
    this.call('pauseWriting', (protocol) => protocol.pauseWriting());
  }

  writeLines(list: Iterable<Uint8Array>): void {
    const sink = this.requireSink('writeLines');
    const pieces = [...list];
    for (const data of pieces) requireBytes('writeLines', 'data', data);
    sink.cork();
    try {
      for (const data of pieces) this.write(data);
    } finally {
      sink.uncork();
    }
  }

  writeEof(): void {
    if (this.eofWritten) return;
    const sink = this.requireSink('writeEof');
    this.eofWritten = true;
    sink.end();
  }

  canWriteEof(): boolean {
    return this.sink !== null;
  }

  getWriteBufferSize(): number {
    return this.sink?.writableLength ?? 0;
  }

  getWriteBufferLimits(): [low: number, high: number] {
    return [0, this.sink?.writableHighWaterMark ?? 0];
  }

  /** @throws RuntimeError: the limits are the stream's */
  setWriteBufferLimits(): void {
    throw new RuntimeError(
      `setWriteBufferLimits: ${this} has the highWaterMark that its stream was made with`,
    );
  }

  isClosing(): boolean {
    return this.closing || this.lost;
  }

  close(): void {
    if (this.closing || this.lost) return;
    this.closing = true;
    this.source?.pause();
    const { sink, stream } = this;
    // `end` calls back at once, with an error, where the end has been sent before.
    if (sink === null || sink.writableFinished) stream.destroy();
    else sink.end(() => stream.destroy());
  }

  abort(): void {
    this.closing = true;
    this.stream.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  toString(): string {
    const state = this.lost ? 'closed' : this.closing ? 'closing' : 'open';
    return `<NodeStreamTransport ${state} of ${describeValue(this.stream)} unsent=${this.getWriteBufferSize()}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  private received(data: unknown): void {
    if (this.closing) return;
    const bytes = bytesOf(data);
    if (bytes === null) {
      this.stream.destroy(
        new TypeError(`fromNodeStream: a stream of bytes is needed, got ${describeValue(data)}`),
      );
    } else this.deliver(bytes);
  }

  private deliver(bytes: Buffer): void {
    for (let rest = bytes; rest.length > 0 && !this.closing; ) {
      if (!this.reading) {
        this.source?.unshift(rest);
        return;
      }
      rest = rest.subarray(this.deliverSome(rest));
    }
  }

  /** Returns how many bytes the protocol had room for. */
  private deliverSome(bytes: Buffer): number {
    const { protocol } = this;
    let count = bytes.length;
    if (isBufferedProtocol(protocol)) {
      this.call('bufferUpdated', () => {
        const buffer = bufferOf(protocol);
        count = bytes.copy(buffer);
        this.loop.io.arena.lent.tellOf(buffer, count, protocol);
      });
    } else this.call('dataReceived', () => (protocol as Protocol).dataReceived(bytes));
    return count;
  }

  private sourceEnded(): void {
    this.ended = true;
    if (this.closing) return;
    let keepOpen: unknown = false;
    this.call('eofReceived', (protocol) => {
      keepOpen = (protocol as Protocol).eofReceived();
    });
    if (keepOpen !== true && this.sink !== null) this.close();
  }

  private drained(): void {
    if (!this.writingPaused) return;
    this.writingPaused = false;
    this.call('resumeWriting', (protocol) => protocol.resumeWriting());
  }

  private closed(): void {
    if (this.lost) return;
    this.lost = true;
    const { source, sink } = this;
    const isWhole = (source === null || this.ended) && (sink === null || sink.writableFinished);
    const error = this.error ?? (this.closing || isWhole ? null : cutShort());
    this.call('connectionLost', (protocol) => protocol.connectionLost(error));
  }

  private call(name: string, act: (protocol: BaseProtocol) => void): void {
    try {
      act(this.protocol);
    } catch (exception) {
      reportProtocolError(this.loop, this, name, exception);
      this.abort();
    }
  }

  private requireSink(call: string): Writable {
    // Node would destroy the stream for it, with what is still to be received.
    if (this.eofWritten) throw new RuntimeError(`Cannot call ${call}() after writeEof()`);
    if (this.sink !== null) return this.sink;
    throw new RuntimeError(`${call}: ${this} can only be read from`);
  }
}

function isReadable(stream: NodeStream): stream is Readable {
  return typeof (stream as Partial<Readable>).read === 'function';
}

function isWritable(stream: NodeStream): stream is Writable {
  return typeof (stream as Partial<Writable>).write === 'function';
}

/** A stream with an encoding gives text. */
function bytesOf(data: unknown): Buffer | null {
  if (Buffer.isBuffer(data)) return data;
  if (data instanceof Uint8Array) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return typeof data === 'string' ? Buffer.from(data) : null;
}

function cutShort(): OSError {
  const fields = { code: 'ECONNRESET', errno: -ECONNRESET, syscall: 'read' };
  return new OSError('read ECONNRESET (the Node stream was destroyed before its end)', fields);
}

/** Node's streams, and those of the web platform, as ours. */

import type { Duplex, Readable } from 'node:stream';
import type { ReadableStream, WritableStream } from 'node:stream/web';
import { nodeModules } from '../base/node-modules.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { StreamOptions } from '../streams/open-connection.ts';
import { StreamReaderProtocol } from '../streams/stream-protocol.ts';
import { StreamReader } from '../streams/stream-reader.ts';
import { StreamWriter } from '../streams/stream-writer.ts';
import { type NodeStream, NodeStreamTransport } from './node-stream-transport.ts';
import { requireNodeTurns } from './node-turns.ts';

/**
 * A stream of Node's as ours: a socket of `node:net` or `node:tls`, a request, a file, a child's pipe.
 *
 *     const [reader, writer] = fromNodeStream(connect(port));
 *     const line = yield* reader.readLine();
 *
 * Back-pressure goes both ways; `writer.writeEof()` is the half-close, `writer.close()` sends what is left
 * and destroys the stream. A stream that is destroyed before its end breaks the reader with ECONNRESET, one
 * that fails with its own error. What is only readable has a writer that refuses, what is only writable a
 * reader at its end. Do not use the stream beside them.
 *
 * @param stream of bytes; text of a stream with an encoding is made bytes of UTF-8
 * @param options `limit` of the reader
 * @throws RuntimeError in a blocking run, where Node's streams stand still; TypeError if it is not a stream
 */
export function fromNodeStream(
  stream: NodeStream,
  options: StreamOptions = {},
): [reader: StreamReader, writer: StreamWriter] {
  if (typeof (stream as Partial<NodeStream> | null)?.on !== 'function') {
    throw new TypeError(`fromNodeStream: a stream of Node's is needed, got ${describeValue(stream)}`);
  }
  const loop = runningLoop('fromNodeStream');
  requireNodeTurns('fromNodeStream', loop);
  const reader = new StreamReader({ limit: options.limit, loop });
  const protocol = new StreamReaderProtocol(reader, { loop });
  const transport = new NodeStreamTransport(loop, stream, protocol);
  const writer = new StreamWriter(transport, protocol, reader, loop);
  transport.begin();
  return [reader, writer];
}

/**
 * Web streams as ours: a pair, or a body such as `response.body`, which can only be read.
 *
 *     const response = yield* fromPromise(fetch(url));
 *     const [reader] = fromWebStreams(response.body);
 *     yield* reader.lines((line) => print(line));
 *
 * @param streams a readable stream of bytes, or `{ readable, writable }`
 * @throws as {@link fromNodeStream}
 */
export function fromWebStreams(
  streams:
    | ReadableStream<Uint8Array>
    | { readonly readable: ReadableStream<Uint8Array>; readonly writable: WritableStream<Uint8Array> },
  options: StreamOptions = {},
): [reader: StreamReader, writer: StreamWriter] {
  requireNodeTurns('fromWebStreams', runningLoop('fromWebStreams'));
  return fromNodeStream(nodeStreamOf(streams), options);
}

function nodeStreamOf(streams: Parameters<typeof fromWebStreams>[0]): Duplex | Readable {
  const { stream } = nodeModules;
  return 'readable' in streams ? stream.Duplex.fromWeb(streams) : stream.Readable.fromWeb(streams);
}

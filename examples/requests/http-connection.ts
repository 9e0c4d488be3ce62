/** One connection to a server, and the requests that go over it, one after the other. */

import {
  type Coroutine,
  OSError,
  openConnection,
  type SSLContext,
  type StreamReader,
  type StreamWriter,
} from 'selectloop';
import { HttpParseError, type ResponseHead, ResponseParser } from './http-parser.ts';

const READ_BYTES = 65_536;

/** A response as it came over the connection. */
export interface RawResponse extends ResponseHead {
  readonly body: Buffer;
}

/** A response has more bytes than its caller allows. */
export class TooLargeError extends Error {}

/** A connection that was kept had been closed by the server before it heard of the request: another one may do. */
export class StaleConnectionError extends Error {}

/** Where a connection leads: what a pool keeps it by. */
export interface Origin {
  readonly isTls: boolean;
  readonly host: string;
  readonly port: number;
}

export class HttpConnection {
  private readonly reader: StreamReader;
  private readonly writer: StreamWriter;
  private isReusable = true;
  private requestCount = 0;

  private constructor(reader: StreamReader, writer: StreamWriter) {
    this.reader = reader;
    this.writer = writer;
  }

  /** @throws OSError, SSLError */
  static *open({ isTls, host, port }: Origin, ssl: SSLContext | true): Coroutine<HttpConnection> {
    const options = isTls ? { host, port, ssl } : { host, port };
    const [reader, writer] = yield* openConnection(options);
    return new HttpConnection(reader, writer);
  }

  /** Whether another request may go over it. A server that closes while nobody asks is noticed here. */
  get isIdle(): boolean {
    const { reader, writer } = this;
    return this.isReusable && !writer.isClosing() && !reader.atEof() && reader.unreadByteCount === 0;
  }

  /**
   * Sends a request and waits for its response. When this fails or is cancelled, the connection is of no use any more.
   * @param request head and body, as they go over the wire
   * @throws OSError, HttpParseError, TooLargeError; StaleConnectionError
   */
  *exchange(request: Buffer, isHead: boolean, maxBytes: number): Coroutine<RawResponse> {
    this.isReusable = false;
    using parser = new ResponseParser(isHead);
    let receivedBytes = 0;
    try {
      // A server may answer, and close, before it has read all of a large request.
      const sending = this.writer.write(request);
      while (!parser.isComplete) {
        const data = yield* this.reader.read(READ_BYTES);
        receivedBytes += data.length;
        if (data.length === 0) parser.finish();
        else parser.execute(data);
        if (parser.bodyBytes > maxBytes) throw new TooLargeError(`the body has more than ${maxBytes} bytes`);
      }
      if (parser.keepsAlive) yield* sending;
    } catch (error) {
      // A reset, or an end. (Not whatever is thrown: a cancellation goes through.)
      const isEnd = error instanceof OSError || error instanceof HttpParseError;
      if (!isEnd || receivedBytes > 0 || this.requestCount === 0) throw error;
      throw new StaleConnectionError('the server has closed the connection', { cause: error });
    }
    this.requestCount++;
    this.isReusable = parser.keepsAlive;
    return { ...(parser.head as ResponseHead), body: Buffer.concat(parser.body) };
  }

  /** Ends it at once. */
  [Symbol.dispose](): void {
    this.writer.transport.abort();
  }
}

/** One connection of a load tester: a request at a time, and whatever ends it. */

import { type BaseTransport, Protocol, type Transport } from 'selectloop';
import { HttpParseError, ResponseParser } from '../requests/http-parser.ts';

/** Who hears of a connection. */
export interface ConnectionOwner {
  /** There was a response; `keepsAlive` says whether the connection takes the next request. */
  answered(connection: LoadConnection, status: number, keepsAlive: boolean): void;
  /** It has ended; `word` says why, if a request was under way. */
  ended(connection: LoadConnection, word: string): void;
}

/**
 * | state | entered by            | send     | data                         | end                 |
 * |-------|-----------------------|----------|------------------------------|---------------------|
 * | idle  | being made, an answer | a request| the server speaks unasked: ended | ended           |
 * | busy  | send                  | -        | parsed                       | ended, with a reason|
 * | ended | the transport's end   | -        | -                            | -                   |
 */
export class LoadConnection extends Protocol {
  /** When the request that is under way was due. */
  dueMs = 0;
  /** When it was sent; `null` while there is none. */
  sentMs: number | null = null;
  byteCount = 0;
  private readonly owner: ConnectionOwner;
  private readonly request: Buffer;
  private transport: Transport | null = null;
  private parser: ResponseParser | null = null;
  private reason = 'closed';

  constructor(owner: ConnectionOwner, request: Buffer) {
    super();
    this.owner = owner;
    this.request = request;
  }

  override connectionMade(transport: BaseTransport): void {
    this.transport = transport as Transport;
  }

  send(dueMs: number, nowMs: number): void {
    this.dueMs = dueMs;
    this.sentMs = nowMs;
    this.parser = new ResponseParser(false);
    this.transport?.write(this.request);
  }

  override dataReceived(data: Buffer): void {
    this.byteCount += data.length;
    if (this.parser === null) {
      this.abort('unasked');
      return;
    }
    try {
      this.parser.execute(data);
      if (this.parser.isComplete) this.complete(this.parser);
    } catch (error) {
      if (!(error instanceof HttpParseError)) throw error;
      this.abort('no HTTP');
    }
  }

  override connectionLost(error: Error | null): void {
    this.transport = null;
    const parser = this.parser;
    try {
      // A response without a length ends with its connection.
      parser?.finish();
      if (parser?.isComplete === true) this.complete(parser);
    } catch (failure) {
      if (!(failure instanceof HttpParseError)) throw failure;
      if (error !== null && 'code' in error) this.reason = String(error.code);
    } finally {
      this.drop();
      this.owner.ended(this, this.sentMs === null ? '' : this.reason);
    }
  }

  /** Ends it now. */
  abort(reason: string): void {
    this.reason = reason;
    this.transport?.abort();
  }

  private complete(parser: ResponseParser): void {
    const keepsAlive = parser.keepsAlive && this.transport !== null;
    const status = parser.head?.status ?? 0;
    this.drop();
    this.sentMs = null;
    this.owner.answered(this, status, keepsAlive);
  }

  private drop(): void {
    this.parser?.[Symbol.dispose]();
    this.parser = null;
  }
}

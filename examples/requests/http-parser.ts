/**
 * Parses HTTP/1.1 responses with llhttp, the parser of Node itself, in the WebAssembly build that undici ships. WebAssembly
 * runs at once and on this thread, so it serves a blocking `run()` as well.
 */

import { createRequire } from 'node:module';

/** What is used of WebAssembly, whose types TypeScript has for browsers only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

interface Llhttp {
  readonly memory: { readonly buffer: ArrayBuffer };
  llhttp_alloc(type: number): number;
  llhttp_free(parser: number): void;
  llhttp_execute(parser: number, data: number, length: number): number;
  llhttp_finish(parser: number): number;
  llhttp_get_error_pos(parser: number): number;
  llhttp_get_error_reason(parser: number): number;
  malloc(byteCount: number): number;
}

// Numbers of llhttp.
const RESPONSE = 2;
const OK = 0;
const PAUSED = 21;
const PAUSED_UPGRADE = 22;
const SKIP_BODY = 1;

const BUFFER_BYTES = 65_536;
/** The longest head, with what follows a chunked body. Servers allow their clients less. */
const MAX_HEAD_BYTES = 65_536;

/** The status line and the headers of a response. */
export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  /** Names in lower case; what came several times is joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
}

/** What a server sent is not HTTP/1.1. */
export class HttpParseError extends Error {}

/** Parses one response. Interim ones, such as 100 and 103, are skipped. */
export class ResponseParser {
  /** The head, as soon as it is known. */
  head: ResponseHead | null = null;
  /** The body so far, as it was sent: chunks are joined, compression is left. */
  readonly body: Buffer[] = [];
  bodyBytes = 0;
  isComplete = false;
  /** Whether the next request may go over the same connection. */
  keepsAlive = false;
  private readonly parser = llhttp.llhttp_alloc(RESPONSE);
  private readonly isHead: boolean;
  private headBytes = 0;
  private statusText = '';
  private readonly pairs: [name: string, value: string][] = [];
  private isInValue = true;

  /** @param isHead whether it answers HEAD, and has no body whatever its headers say */
  constructor(isHead: boolean) {
    this.isHead = isHead;
  }

  [Symbol.dispose](): void {
    llhttp.llhttp_free(this.parser);
  }

  /** Takes bytes of the connection. @throws HttpParseError */
  execute(data: Buffer): void {
    for (let start = 0; start < data.length && !this.isComplete; start += BUFFER_BYTES) {
      const part = data.subarray(start, start + BUFFER_BYTES);
      new Uint8Array(llhttp.memory.buffer, buffer, BUFFER_BYTES).set(part);
      const code = this.run(() => llhttp.llhttp_execute(this.parser, buffer, part.length));
      if (this.headBytes > MAX_HEAD_BYTES)
        throw new HttpParseError(`the head has more than ${MAX_HEAD_BYTES} bytes`);
      // Stopped at the end of the message: more than that nobody has asked for.
      if (code === PAUSED && start + llhttp.llhttp_get_error_pos(this.parser) - buffer < data.length)
        this.keepsAlive = false;
    }
  }

  /** The connection has ended. @throws HttpParseError if the response has not */
  finish(): void {
    this.run(() => llhttp.llhttp_finish(this.parser));
    if (!this.isComplete) throw new HttpParseError('the connection ended before the response was complete');
  }

  private run(call: () => number): number {
    current = this;
    const code = call();
    if (code === OK || code === PAUSED) return code;
    if (code === PAUSED_UPGRADE) throw new HttpParseError('the server switched protocols');
    throw new HttpParseError(textAt(llhttp.llhttp_get_error_reason(this.parser)));
  }

  /** @internal Called by the parser, any number of times for one status text, name or value. */
  onText(what: 'status' | 'field' | 'value', part: string): number {
    this.headBytes += part.length;
    const last = this.pairs.at(-1);
    if (what === 'status') this.statusText += part;
    else if (what === 'value' && last !== undefined) last[1] += part;
    else if (this.isInValue || last === undefined) this.pairs.push([part, '']);
    else last[0] += part;
    this.isInValue = what !== 'field';
    return OK;
  }

  /** @internal */
  onHeaders(status: number, keepsAlive: boolean): number {
    const isInterim = status >= 100 && status < 200 && status !== 101;
    if (!isInterim) {
      this.keepsAlive = keepsAlive;
      this.head = { status, statusText: this.statusText, headers: joined(this.pairs) };
    }
    this.statusText = '';
    this.pairs.length = 0;
    return this.isHead ? SKIP_BODY : OK;
  }

  /** @internal */
  onBody(part: Buffer): number {
    this.body.push(part);
    this.bodyBytes += part.length;
    return OK;
  }

  /** @internal */
  onMessage(): number {
    if (this.head === null) return OK; // An interim response: the real one follows.
    this.isComplete = true;
    return PAUSED;
  }
}

function joined(pairs: readonly [name: string, value: string][]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

/** The parser that runs: callbacks come while it does. */
let current: ResponseParser;

function bytesAt(at: number, length: number): Buffer {
  return Buffer.from(llhttp.memory.buffer, at, length);
}

/** A C string. */
function textAt(at: number): string {
  const rest = Buffer.from(llhttp.memory.buffer, at);
  return rest.toString('latin1', 0, rest.indexOf(0));
}

const onText = (what: 'status' | 'field' | 'value') => (_parser: number, at: number, length: number) =>
  current.onText(what, bytesAt(at, length).toString('latin1'));

const bytes = createRequire(import.meta.url)('undici/lib/llhttp/llhttp-wasm.js') as Buffer;
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
  env: {
    wasm_on_message_begin: () => OK,
    wasm_on_url: () => OK,
    wasm_on_status: onText('status'),
    wasm_on_header_field: onText('field'),
    wasm_on_header_value: onText('value'),
    wasm_on_headers_complete: (_parser: number, status: number, _upgrade: number, keepsAlive: number) =>
      current.onHeaders(status, keepsAlive === 1),
    // A copy: the memory is the parser's, and is written anew by the next call.
    wasm_on_body: (_parser: number, at: number, length: number) =>
      current.onBody(Buffer.from(bytesAt(at, length))),
    wasm_on_message_complete: () => current.onMessage(),
  },
});
const llhttp = exports as Llhttp;
const buffer = llhttp.malloc(BUFFER_BYTES);

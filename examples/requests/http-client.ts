/**
 * An HTTP/1.1 client on our own streams: connections that are kept, TLS, chunked bodies, compression, redirects, limits on time
 * and size. It works in a blocking `run()` and in a guest.
 *
 *     using client = new HttpClient({ timeoutMs: 5000 });
 *     const { status, text } = yield* client.get('https://example.com/');
 */

import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { type Coroutine, timeout } from 'selectloop';
import { type RawResponse, StaleConnectionError } from './http-connection.ts';
import { ConnectionPool, type PoolOptions } from './http-pool.ts';

export interface ClientOptions extends PoolOptions {
  /** How long a request may take, with its redirects and the wait for a connection. Default: 30 s. */
  readonly timeoutMs?: number;
  /** How many redirects are followed; 0 for none. Default: 10. */
  readonly maxRedirects?: number;
  /** The longest body, before and after decompression. Default: 16 MiB. */
  readonly maxBytes?: number;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface HttpResponse extends RawResponse {
  /** Where it came from, after redirects. */
  readonly url: URL;
  readonly redirectCount: number;
  /** The body as UTF-8. */
  readonly text: string;
}

/** A response that could be read and is of no use: a redirect too many, a body that does not decompress. */
export class HttpError extends Error {}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Requests that may be sent twice without doing harm. */
const REPEATABLE = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']);

export class HttpClient {
  readonly pool: ConnectionPool;
  private readonly options: Required<Pick<ClientOptions, 'timeoutMs' | 'maxRedirects' | 'maxBytes'>>;

  constructor({ timeoutMs = 30_000, maxRedirects = 10, maxBytes = 2 ** 24, ...pool }: ClientOptions = {}) {
    this.options = { timeoutMs, maxRedirects, maxBytes };
    this.pool = new ConnectionPool(pool);
  }

  [Symbol.dispose](): void {
    this.pool[Symbol.dispose]();
  }

  get(url: string | URL, headers: Readonly<Record<string, string>> = {}): Coroutine<HttpResponse> {
    return this.request(url, { headers });
  }

  /** @throws TimeoutError, OSError, HttpParseError, HttpError, TooLargeError; TypeError for a URL that is none */
  *request(url: string | URL, options: RequestOptions = {}): Coroutine<HttpResponse> {
    return yield* timeout(this.options.timeoutMs, () => this.followed(new URL(url), options));
  }

  private *followed(from: URL, first: RequestOptions): Coroutine<HttpResponse> {
    let [url, options] = [from, first];
    for (let redirectCount = 0; ; redirectCount++) {
      const response = yield* this.send(url, options);
      const location = response.headers.get('location');
      const isRedirect = REDIRECTS.has(response.status) && location !== undefined;
      if (!isRedirect || this.options.maxRedirects === 0) {
        const body = this.decompressed(response);
        return { ...response, body, url, redirectCount, text: body.toString() };
      }
      if (redirectCount === this.options.maxRedirects)
        throw new HttpError(`more than ${this.options.maxRedirects} redirects, the last to ${location}`);
      [url, options] = redirected(response.status, url, location, options);
    }
  }

  /** Sends one request, over a kept connection if there is one, and anew if that was closed meanwhile. */
  private *send(url: URL, options: RequestOptions): Coroutine<RawResponse> {
    const method = options.method ?? 'GET';
    const origin = {
      isTls: url.protocol === 'https:',
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
    };
    const request = serialised(method, url, options);
    const exchange = (isFresh: boolean): Coroutine<RawResponse> =>
      this.pool.with(origin, isFresh, (connection) =>
        connection.exchange(request, method === 'HEAD', this.options.maxBytes),
      );
    try {
      return yield* exchange(false);
    } catch (error) {
      if (!(error instanceof StaleConnectionError) || !REPEATABLE.has(method)) throw error;
      return yield* exchange(true);
    }
  }

  /** @throws HttpError */
  private decompressed({ headers, body }: RawResponse): Buffer {
    const codings = (headers.get('content-encoding') ?? '').toLowerCase().split(',');
    const limit = { maxOutputLength: this.options.maxBytes };
    let plain = body;
    try {
      for (const coding of codings.map((each) => each.trim()).reverse()) {
        if (plain.length === 0) return plain;
        if (coding === 'gzip' || coding === 'x-gzip') plain = gunzipSync(plain, limit);
        else if (coding === 'br') plain = brotliDecompressSync(plain, limit);
        // Some servers call it deflate and leave out the wrapper, whose first byte ends with 8.
        else if (coding === 'deflate')
          plain =
            ((plain[0] as number) & 15) === 8 ? inflateSync(plain, limit) : inflateRawSync(plain, limit);
        else if (coding !== '' && coding !== 'identity') throw new Error(`unknown coding '${coding}'`);
      }
    } catch (error) {
      throw new HttpError(`the body does not decompress: ${(error as Error).message}`, { cause: error });
    }
    return plain;
  }
}

/** Where a redirect leads, and what is asked there: RFC 9110, 15.4. */
function redirected(
  status: number,
  from: URL,
  location: string,
  options: RequestOptions,
): [URL, RequestOptions] {
  if (!URL.canParse(location, from.href)) throw new HttpError(`a redirect to '${location}', which is no URL`);
  const url = new URL(location, from);
  if (!/^https?:$/.test(url.protocol)) throw new HttpError(`a redirect to ${url.protocol}`);
  const { method = 'GET', headers = {}, body } = options;
  const becomesGet = (status === 303 && method !== 'HEAD') || (status < 303 && method === 'POST');
  // A name and secrets are for the server that they were given for, what a body is goes with the body.
  const isDropped = (name: string): boolean =>
    (url.origin !== from.origin && /^(host|authorization|proxy-authorization|cookie)$/i.test(name)) ||
    (becomesGet && /^content-/i.test(name));
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !isDropped(name)));
  if (becomesGet) return [url, { method: 'GET', headers: kept }];
  return [url, { method, headers: kept, ...(body === undefined ? {} : { body }) }];
}

/** @throws TypeError for what cannot stand in a head */
function serialised(method: string, url: URL, { headers = {}, body }: RequestOptions): Buffer {
  if (!/^https?:$/.test(url.protocol)) throw new TypeError(`only http: and https: URLs, got ${url.protocol}`);
  const all = new Map([
    ['host', url.host],
    ['accept', '*/*'],
    ['accept-encoding', 'gzip, deflate, br'],
    ...Object.entries(headers).map(([name, value]): [string, string] => [name.toLowerCase(), value]),
  ]);
  const content = Buffer.from(body ?? '');
  if (body !== undefined) all.set('content-length', String(content.length));
  const lines = [
    `${method} ${url.pathname}${url.search} HTTP/1.1`,
    ...[...all].map((pair) => pair.join(': ')),
  ];
  const wrong = lines.find((line) => /[\r\n\0]/.test(line));
  if (wrong !== undefined)
    throw new TypeError(`a line of the head has a line's end in it: ${JSON.stringify(wrong)}`);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), content]);
}

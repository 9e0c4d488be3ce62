/** One page: fetched, with retries, and its links. */

import { Parser } from 'htmlparser2';
import { type Coroutine, fromPromise, sleep, TimeoutError, timeout } from 'selectloop';

const MAX_PAGE_BYTES = 4 * 2 ** 20;
const BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 30_000;

export interface PageOptions {
  readonly userAgent: string;
  readonly timeoutMs: number;
  /** How often a page is asked for again that could not be had. */
  readonly retries: number;
}

export interface Page {
  /** A status such as `200`, or what went wrong in a word, such as `ECONNRESET`. */
  readonly result: string;
  readonly links: readonly string[];
}

interface Answer extends Page {
  readonly retryAfterMs: number | null;
}

/** Fetches a page, again if it may be had later: after a time that doubles, or as long as the server asks for. */
export function* fetchPage(url: string, options: PageOptions): Coroutine<Page> {
  for (let attempt = 0; ; attempt++) {
    const answer = yield* attemptPage(url, options);
    const mayHelp = /^(429|5\d\d|\D.*)$/.test(answer.result);
    if (!mayHelp || attempt === options.retries) return answer;
    // Jitter: those who failed together do not come again together.
    const backoffMs = BACKOFF_MS * 2 ** attempt * (0.5 + Math.random());
    yield* sleep(Math.min(answer.retryAfterMs ?? backoffMs, MAX_BACKOFF_MS));
  }
}

function* attemptPage(url: string, options: PageOptions): Coroutine<Answer> {
  try {
    return yield* timeout(options.timeoutMs, () => requestPage(url, options.userAgent));
  } catch (error) {
    const result = wordFor(error);
    if (result === undefined) throw error;
    return { result, links: [], retryAfterMs: null };
  }
}

function* requestPage(url: string, userAgent: string): Coroutine<Answer> {
  const headers = { 'user-agent': userAgent, accept: 'text/html' };
  return yield* fetched(url, { headers, redirect: 'manual' }, (response) => answerIn(response, url));
}

/** Lends a response to `body`. What has not come of it when that ends, however it does, need not come any more. */
export function* fetched<T>(
  url: string,
  options: RequestInit,
  body: (response: Response) => Coroutine<T>,
): Coroutine<T> {
  const controller = new AbortController();
  try {
    return yield* body(yield* fromPromise(fetch(url, { ...options, signal: controller.signal })));
  } finally {
    controller.abort();
  }
}

function* answerIn(response: Response, url: string): Coroutine<Answer> {
  const location = response.headers.get('location');
  const links = location === null ? [] : linkTo(location, url);
  if (response.ok && response.body !== null && /html/.test(response.headers.get('content-type') ?? ''))
    links.push(...(yield* linksIn(response.body, url)));
  const seconds = Number.parseFloat(response.headers.get('retry-after') ?? '');
  return {
    result: String(response.status),
    links,
    retryAfterMs: Number.isNaN(seconds) ? null : seconds * 1000,
  };
}

/** Parses a page as it comes. */
function* linksIn(body: ReadableStream<Uint8Array>, url: string): Coroutine<string[]> {
  const links: string[] = [];
  const parser = new Parser({
    onopentag(name, { href, rel }) {
      if (name === 'a' && href !== undefined && !/\bnofollow\b/.test(rel ?? ''))
        links.push(...linkTo(href, url));
    },
  });
  const decoder = new TextDecoder();
  // Of an endless page the beginning is enough.
  yield* readBeginning(body, MAX_PAGE_BYTES, (chunk) =>
    parser.write(decoder.decode(chunk, { stream: true })),
  );
  parser.end();
  return links;
}

/** Hands on a body as it comes, until so many bytes of it have come. */
export function* readBeginning(
  body: ReadableStream<Uint8Array>,
  byteCount: number,
  take: (chunk: Uint8Array) => void,
): Coroutine<void> {
  const reader = body.getReader();
  for (let left = byteCount; left > 0; ) {
    const { value } = yield* fromPromise(reader.read());
    if (value === undefined) return;
    take(value);
    left -= value.byteLength;
  }
}

/** Where a link leads: an absolute address without its fragment; nothing if that is no page. */
function linkTo(href: string, from: string): string[] {
  if (!URL.canParse(href, from)) return [];
  const url = new URL(href, from);
  url.hash = '';
  return /^https?:$/.test(url.protocol) ? [url.href] : [];
}

/** What went wrong on the way; `undefined` for a mistake of ours. */
function wordFor(error: unknown): string | undefined {
  if (error instanceof TimeoutError) return 'timeout';
  // "fetch failed", and the reason is its cause; "terminated", for a body that was cut off.
  if (!(error instanceof TypeError)) return undefined;
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.message;
}

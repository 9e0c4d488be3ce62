/**
 * Odd responses of servers, as bytes: what RFC 9112 allows and few send, what it forbids and some send. Left
 * out is what llhttp refuses by design and curl still takes: folded headers, both a length and chunks, two
 * lengths, a connection that ends within the head.
 */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

/** What goes over the connection, piece by piece; whether the server then closes it. */
export interface OddResponse {
  readonly pieces: readonly Buffer[];
  readonly closes: boolean;
}

type Framing = (body: Buffer) => {
  readonly headers: string;
  readonly content: Buffer;
  readonly closes: boolean;
};

const CRLF = '\r\n';

const chunk = (part: Buffer, hex = part.length.toString(16), extension = ''): Buffer =>
  Buffer.concat([Buffer.from(`${hex}${extension}${CRLF}`), part, Buffer.from(CRLF)]);

/** Chunks of so many bytes. */
function chunks(body: Buffer, size: number, spell?: (length: number) => string, extension = ''): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size);
    parts.push(chunk(part, spell?.(part.length), extension));
  }
  return parts;
}

const chunked =
  (size: number, spell?: (length: number) => string, extension = '', end = `0${CRLF}${CRLF}`): Framing =>
  (body) => ({
    headers: `Transfer-Encoding: chunked${CRLF}`,
    content: Buffer.concat([...chunks(body, size, spell, extension), Buffer.from(end)]),
    closes: false,
  });

const framings: readonly Framing[] = [
  (body) => ({ headers: `Content-Length: ${body.length}${CRLF}`, content: body, closes: false }),
  (body) => ({ headers: `content-LENGTH:${body.length}${CRLF}`, content: body, closes: false }),
  (body) => ({ headers: `Content-Length:   ${body.length}  ${CRLF}`, content: body, closes: true }),
  (body) => ({ headers: '', content: body, closes: true }),
  (body) => ({
    headers: `Connection: close${CRLF}Content-Length: ${body.length}${CRLF}`,
    content: body,
    closes: true,
  }),
  chunked(1000),
  chunked(7),
  chunked(300, (length) => length.toString(16).toUpperCase().padStart(6, '0')),
  chunked(500, undefined, ';name=value'),
  chunked(500, undefined, ';name="quoted"'),
  chunked(1000, undefined, '', `0${CRLF}X-Trailer: late${CRLF}${CRLF}`),
  chunked(1000, undefined, '', `000${CRLF}${CRLF}`),
];

const heads: readonly string[] = [
  '',
  `x-UPPER-lower: Value${CRLF}`,
  `X-Empty:${CRLF}X-Spaces:     ${CRLF}`,
  `X-Twice: 1${CRLF}X-Twice: 2${CRLF}`,
  `X-Long: ${'v'.repeat(8000)}${CRLF}`,
  Array.from({ length: 80 }, (_, index) => `X-Many-${index}: ${index}${CRLF}`).join(''),
  `X-Latin: caf\xe9${CRLF}`,
  `Content-Type: text/html; charset="utf-8"${CRLF}X-Colon: a:b:c${CRLF}`,
];

const statusLines: readonly string[] = [
  'HTTP/1.1 200 OK',
  'HTTP/1.1 200 ',
  'HTTP/1.1 201 Created, and with a long reason: it is here',
  'HTTP/1.0 200 OK',
  'HTTP/1.1 404 Not Found',
  'HTTP/1.1 418 ',
  'HTTP/1.1 500 Internal Server Error',
  'HTTP/1.1 599 ?',
  `HTTP/1.1 100 Continue${CRLF}${CRLF}HTTP/1.1 200 OK`,
  `HTTP/1.1 103 Early Hints${CRLF}Link: </style.css>${CRLF}${CRLF}HTTP/1.1 203 OK`,
  'HTTP/1.1 301 Moved, nobody knows where',
];

const bodies: readonly Buffer[] = [
  Buffer.from('hello\n'),
  Buffer.from('0123456789'.repeat(300)),
  Buffer.alloc(70_000, 'large '),
  Buffer.from([0, 13, 10, 13, 10, 255, 48, 13, 10, 13, 10]),
  Buffer.from(''),
];

const codings: readonly (readonly [header: string, encode: (plain: Buffer) => Buffer])[] = [
  ['', (plain) => plain],
  [`Content-Encoding: gzip${CRLF}`, (plain) => gzipSync(plain)],
  [`Content-Encoding: x-gzip${CRLF}`, (plain) => gzipSync(plain)],
  [`content-encoding: deflate${CRLF}`, (plain) => deflateSync(plain)],
  [`Content-Encoding: deflate${CRLF}`, (plain) => deflateRawSync(plain)],
  [`Content-Encoding: br${CRLF}`, (plain) => brotliCompressSync(plain)],
  [`Content-Encoding: identity${CRLF}`, (plain) => plain],
];

const broken: readonly string[] = [
  '',
  'hello',
  'HTTP/1.1 2 OK\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort',
  'HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello',
  'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n',
];

const redirects: readonly string[] = [
  '/target',
  '//HOST/target',
  'target?a=b',
  '?again',
  '../target',
  'http://HOST/target#part',
  './a/../target',
  '/target?%20x',
];

/** How many there are. */
export const ODD_COUNT = 220;

/** The one with this number. @param host its own host and port, for redirects */
export function oddResponse(number: number, host: string): OddResponse {
  const fromEnd = ODD_COUNT - 1 - number;
  if (fromEnd < broken.length) return { pieces: [Buffer.from(broken[fromEnd] as string)], closes: true };
  const redirect = redirects[fromEnd - broken.length];
  if (redirect !== undefined) {
    const status = [301, 302, 303, 307, 308][number % 5];
    const head = `HTTP/1.1 ${status} Elsewhere\r\nLocation: ${redirect.replace('HOST', host)}\r\n`;
    return { pieces: [Buffer.from(`${head}Content-Length: 4\r\n\r\nhere`)], closes: false };
  }
  if (number % 25 === 3) return { pieces: [Buffer.from('HTTP/1.1 204 No Content\r\n\r\n')], closes: false };
  if (number % 25 === 4)
    return { pieces: [Buffer.from('HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n')], closes: false };
  return composed(number);
}

/** Each part of a response takes turns at its own pace, so that all meet. */
function composed(number: number): OddResponse {
  const pick = <T>(list: readonly T[], divisor: number): T =>
    list[Math.floor(number / divisor) % list.length] as T;
  const [codingHeader, encode] = pick(codings, 3);
  const { headers, content, closes } = pick(framings, 1)(encode(pick(bodies, 2)));
  const statusLine = pick(statusLines, 1);
  const isOld = statusLine.startsWith('HTTP/1.0');
  // Chunks are unknown to HTTP/1.0.
  const line = isOld && headers.includes('chunked') ? 'HTTP/1.1 200 OK' : statusLine;
  const head = Buffer.from(`${line}${CRLF}${pick(heads, 4)}${codingHeader}${headers}${CRLF}`, 'latin1');
  const bytes = Buffer.concat([head, content]);
  return { pieces: piecesOf(bytes, head.length, number), closes: closes || line.startsWith('HTTP/1.0') };
}

/** At once, in two at an odd place, or the head byte by byte. */
function piecesOf(bytes: Buffer, headLength: number, number: number): Buffer[] {
  if (number % 3 === 0) return [bytes];
  if (number % 3 === 1) return [bytes.subarray(0, headLength - 1), bytes.subarray(headLength - 1)];
  const single = Array.from(bytes.subarray(0, Math.min(headLength, 60)), (byte) => Buffer.from([byte]));
  return [...single, bytes.subarray(single.length)];
}

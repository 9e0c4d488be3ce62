/**
 * HTTP GET by a protocol: the status on stderr, the body on stdout. A protocol has no caller to return to, so
 * it owns a future, and whoever wants the answer awaits that.
 *
 *     npm run example -- http-get http://example.com/
 *
 * HTTP/1.0, because there the end of the connection is the end of the body. (For how curl's other 300 options
 * are done, see curl.)
 */

import {
  type Coroutine,
  type Future,
  getRunningLoop,
  Protocol,
  print,
  run,
  type Transport,
  waitFor,
} from 'selectloop';
import { commandLine } from '../command-line.ts';
import { CannotRun } from '../ending.ts';

const TIMEOUT_MS = 10_000;

interface Answer {
  readonly status: string;
  readonly body: Buffer;
}

class HttpGet extends Protocol {
  readonly answer: Future<Answer> = getRunningLoop().createFuture<Answer>();
  private readonly url: URL;
  private readonly parts: Buffer[] = [];

  constructor(url: URL) {
    super();
    this.url = url;
  }

  override connectionMade(transport: Transport): void {
    const { pathname, search, host } = this.url;
    transport.write(Buffer.from(`GET ${pathname}${search} HTTP/1.0\r\nHost: ${host}\r\nAccept: */*\r\n\r\n`));
  }

  override dataReceived(data: Buffer): void {
    this.parts.push(data);
  }

  override connectionLost(error: Error | null): void {
    // Whoever waited may have given up, and cancelled the future.
    if (this.answer.done()) return;
    try {
      if (error !== null) throw error;
      this.answer.setResult(parse(Buffer.concat(this.parts)));
    } catch (failure) {
      this.answer.setException(failure as Error);
    }
  }
}

/** @throws Error if it is not an answer, or not a complete one */
function parse(bytes: Buffer): Answer {
  const headEnd = bytes.indexOf('\r\n\r\n');
  const [status = '', ...headers] = bytes.subarray(0, Math.max(headEnd, 0)).toString('latin1').split('\r\n');
  if (!status.startsWith('HTTP/')) throw new Error('the server did not answer in HTTP');
  const body = bytes.subarray(headEnd + 4);
  const length = headers.find((header) => /^content-length:/i.test(header))?.split(':')[1];
  if (length !== undefined && Number(length) !== body.length) {
    throw new Error(`the answer is cut short: ${body.length} of ${length.trim()} bytes`);
  }
  return { status, body };
}

function* get(url: URL): Coroutine<Answer> {
  const where = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80) };
  const [transport, protocol] = yield* getRunningLoop().createConnection(() => new HttpGet(url), where);
  using _ = transport;
  return yield* protocol.answer;
}

const { rest } = commandLine('http-get', {}, 'URL');
const [address = ''] = rest;
if (!URL.canParse(address)) throw new CannotRun(`'${address}' is no URL`);
const url = new URL(address);
try {
  if (url.protocol !== 'http:') throw new Error(`only http: URLs, got ${url.protocol}`);
  const { status, body } = run(() => waitFor(get(url), TIMEOUT_MS));
  print(status, { fd: 2 });
  process.stdout.write(body);
} catch (error) {
  print(`${url}: ${(error as Error).message}`, { fd: 2 });
  process.exitCode = 1;
}

/**
 * Fetches one page with the HTTP client, in a blocking `run()`: redirects, compression, TLS and kept connections are the
 * client's business.
 *
 *     npm run example -- fetch-page https://example.com/
 *     npm run example -- fetch-page --include --method POST --data 'a=1' http://127.0.0.1:8000/
 *
 * The body goes to stdout, what failed to stderr. The exit code is 22 for a status of 400 and above, as with `curl --fail`.
 */

import { readFileSync } from 'node:fs';
import { type Coroutine, OSError, print, runMain, SSLContext, TimeoutError } from 'selectloop';
import { anyText, commandLine, flag, wholeNumber } from '../command-line.ts';
import { CannotRun } from '../ending.ts';
import { HttpClient, HttpError, type HttpResponse } from './http-client.ts';
import { TooLargeError } from './http-connection.ts';
import { HttpParseError } from './http-parser.ts';

const { method, data, include, ca, timeoutMs, maxRedirects, rest } = commandLine(
  'fetch-page',
  {
    method: anyText('GET', 'the method', 'METHOD'),
    data: anyText('', 'the body of the request'),
    include: flag('print status and headers too'),
    ca: anyText('', 'a file with the certificates to trust, instead of those that Node trusts', 'FILE'),
    timeoutMs: wholeNumber(30_000, 'how long it may take'),
    maxRedirects: wholeNumber(10, 'how many redirects are followed'),
  },
  'URL',
);
const [address = ''] = rest;
if (!URL.canParse(address) || !/^https?:/.test(address))
  throw new CannotRun(`'${address}' is no http: or https: URL`);

function* main(): Coroutine<HttpResponse> {
  const trust = ca === '' ? {} : { ssl: new SSLContext({ ca: readFileSync(ca) }) };
  using client = new HttpClient({ timeoutMs, maxRedirects, ...trust });
  try {
    return yield* client.request(address, { method, ...(data === '' ? {} : { body: data }) });
  } catch (error) {
    if (error instanceof OSError) throw error;
    const kinds = [TimeoutError, HttpError, HttpParseError, TooLargeError];
    if (kinds.some((kind) => error instanceof kind))
      throw new CannotRun((error as Error).message, { cause: error });
    throw error;
  }
}

const response = runMain(main);
if (response !== undefined) {
  const { status, statusText, headers, body } = response;
  if (include) {
    print(`HTTP/1.1 ${status} ${statusText}`);
    for (const [name, value] of headers) print(`${name}: ${value}`);
    print('');
  }
  process.stdout.write(body);
  if (status >= 400) process.exitCode = 22;
}

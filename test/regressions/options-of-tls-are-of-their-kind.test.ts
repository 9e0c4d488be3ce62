/**
 * Options of TLS that look like a yes or a no were taken for one, so that `rejectUnauthorized: null` and
 * `checkHostname: ''` switched a check off; a time-out in text left a handshake without an end; others threw
 * errors of V8 or of the addon.
 */
import { describe, expect, it, test } from 'vitest';
import { type Coroutine, MemoryBIO, SSLContext, type SSLContextOptions, SSLObject } from '../../src/index.ts';
import { sleep } from '../../src/tasks/sleep.ts';
import { pair, realLoop } from '../integration/loop/real-loop.ts';
import { CheckedProtocol } from '../integration/tls/layered.ts';
import { clientContext, connect, echo, serverContext, withServer } from '../integration/tls/secure-loop.ts';
import { failureOf } from '../support/failure-of.ts';

const CHECKS = ['rejectUnauthorized', 'requestCert', 'checkHostname', 'strictCertificates'] as const;

describe.each(CHECKS)('%s of a context', (name) => {
  it.each([null, 0, '', 'false', 1])('is not %j', (value) => {
    expect(() => new SSLContext({ [name]: value })).toThrow(`option ${name}: true or false is needed`);
  });
});

test.each<[string, unknown, string]>([
  ['ALPNProtocols', 'h2', 'a list of names is needed'],
  ['sniContexts', { 'a.example': 5 }, 'an SSLContext is needed for a.example'],
  ['SNICallback', 5, 'a function is needed'],
  ['ciphers', 5, 'text is needed, got 5'],
  ['sigalgs', ['RSA'], "text is needed, got [ 'RSA' ]"],
  ['ecdhCurve', null, 'text is needed, got null'],
  ['sessionIdContext', 7, 'text is needed, got 7'],
  ['passphrase', 1234, 'text is needed, got 1234'],
  ['key', { pem: 'a key', passphrase: 1234 }, 'text is needed as its passphrase, got number 1234'],
])('%s of a context of a wrong kind', (name, value, words) => {
  const options = { [name]: value } as SSLContextOptions;
  expect(() => new SSLContext(options)).toThrow(`option ${name}: ${words}`);
});

it('a context takes an object of options', () => {
  expect(() => new SSLContext(null as never)).toThrow('SSLContext: an object of options was expected');
});

const WRONG: [name: string, value: unknown, words: string][] = [
  ['sslHandshakeTimeoutMs', '5', 'must be a number of milliseconds'],
  ['sslShutdownTimeoutMs', '5', 'must be a number of milliseconds'],
  ['suppressRaggedEofs', 'no', 'must be true or false'],
];
const OF_CLIENTS: typeof WRONG = [...WRONG, ['session', 'text', 'expected a Uint8Array as session']];

it('connections refuse them at once', () => {
  const { loop } = realLoop();
  withServer(loop, echo, function* (port) {
    for (const [name, value, words] of OF_CLIENTS) {
      const error = yield* failureOf(connect(port, { [name]: value }));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain(words);
    }
  });
});

it('startTls and connectAcceptedSocket do, too', () => {
  const { loop } = realLoop();
  function* refused(act: Coroutine<unknown>, words: string): Coroutine<void> {
    const error = yield* failureOf(act);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(words);
  }
  loop.run(function* () {
    const [mine, spare] = pair();
    const [transport, protocol] = yield* loop.createConnection(() => new CheckedProtocol(), { sock: mine });
    const client = clientContext();
    const yesNo: typeof WRONG = [['serverSide', 'no', 'must be true or false']];
    for (const [name, value, words] of [...OF_CLIENTS, ...yesNo]) {
      const options = { serverHostname: 'localhost', [name]: value };
      yield* refused(loop.startTls(transport, protocol, client, options), words);
    }
    yield* refused(loop.startTls(transport, protocol, client, null as never), 'an object of options');
    yield* refused(loop.startTls(transport, null as never, client), 'a protocol is needed');
    expect(transport.isClosing()).toBe(false);
    const ssl = serverContext();
    for (const [name, value, words] of WRONG) {
      const options = { ssl, [name]: value };
      yield* refused(
        loop.connectAcceptedSocket(() => new CheckedProtocol(), spare, options),
        words,
      );
    }
    const nothing = loop.connectAcceptedSocket(() => new CheckedProtocol(), spare, null as never);
    yield* refused(nothing, 'an object of options');
    transport.abort();
    yield* sleep(1);
  });
});

it('an SSLObject says what it needs', () => {
  const make = (options: object | null): SSLObject =>
    new SSLObject(clientContext(), new MemoryBIO(), new MemoryBIO(), options as never);
  expect(() => make(null)).toThrow('SSLObject: an object of options was expected');
  expect(() => make({ serverHostname: 'localhost', session: 'text' })).toThrow('a Uint8Array as session');
  using tls = make({ serverHostname: 'localhost' });
  expect(() => tls.write('text' as never)).toThrow('SSLObject.write: expected a Uint8Array as data');
  expect(() => tls.read(-1)).toThrow('SSLObject.read: expected a byteCount from 0');
  expect(() => tls.read(5, 'text' as never)).toThrow('SSLObject.read: expected a Uint8Array as buffer');
});

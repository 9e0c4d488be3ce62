/** What TLS refuses, and in which words. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { OSError } from '../../../src/base/errors.ts';
import { SSLCertVerificationError, SSLEOFError, SSLError } from '../../../src/tls/errors.ts';
import type { SSLContextOptions } from '../../../src/tls/ssl-context.ts';
import { type CertificateName, ca, identity, pem } from '../../support/certificates.ts';
import { carry, clientEnd, connected, context, end, errorOf, serverEnd, shakeHands } from './in-memory.ts';

function refusal(
  server: CertificateName,
  options: SSLContextOptions = {},
  serverHostname = 'localhost',
): unknown {
  const outcome = shakeHands(clientEnd(options, { serverHostname }), serverEnd(identity(server)));
  // The server hears of it by an alert; with TLS 1.3 its own handshake was done by then.
  if (outcome.client === null) expect(outcome.server).toBe(null);
  return outcome.client;
}

describe('a certificate', () => {
  test.each([
    [
      'expired',
      'CERT_HAS_EXPIRED',
      /certificate has expired: certificate of CN=expired, .* to Jan {2}1 00:00:00 2001/,
    ],
    ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT', /self-signed certificate: certificate of CN=self-signed/],
    ['unknown', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /issued by CN=an authority that nobody trusts/],
  ] as const)('that is %s is refused as %s', (name, code, words) => {
    const error = refusal(name) as SSLCertVerificationError;
    expect(error).toBeInstanceOf(SSLCertVerificationError);
    expect(error).toBeInstanceOf(SSLError);
    expect(error).toBeInstanceOf(OSError);
    expect(error).toMatchObject({ name: 'SSLCertVerificationError', code, syscall: 'handshake' });
    expect(error.message).toMatch(/^handshake [A-Z_]+ with localhost \(/);
    expect(error.message).toMatch(words);
    expect(error.certificate?.length).toBeGreaterThan(100);
  });

  test.each(['example.com', 'a.b.wild.test', 'wild.test', '127.0.0.2', '::2'])(
    'for others is not for %s',
    (host) => {
      expect(refusal('server', {}, host)).toMatchObject({
        code: 'ERR_TLS_CERT_ALTNAME_INVALID',
        message: expect.stringContaining('for DNS:localhost, DNS:*.wild.test, IP Address:127.0.0.1'),
      });
    },
  );

  test.each(['localhost', 'LOCALHOST', 'localhost.', 'x.wild.test', '127.0.0.1', '::1'])(
    'is for %s',
    (host) => {
      expect(refusal('server', {}, host)).toBe(null);
    },
  );

  test('that was revoked is refused', () => {
    const crl = pem('crl.pem');
    expect(refusal('revoked', { crl })).toMatchObject({ code: 'CERT_REVOKED' });
    expect(refusal('server', { crl })).toBe(null);
    expect(refusal('revoked')).toBe(null);
  });

  test("of our authority is refused by a client that trusts Node's roots", () => {
    expect(refusal('server', { ca: undefined })).toMatchObject({ code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' });
  });

  test('may be anything where the program says so, and what is wrong is known', () => {
    for (const [name, code] of [
      ['expired', 'CERT_HAS_EXPIRED'],
      ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ] as const) {
      const client = clientEnd({ rejectUnauthorized: false });
      expect(shakeHands(client, serverEnd(identity(name)))).toEqual({ client: null, server: null });
      expect([client.tls.authorized, client.tls.authorizationError]).toEqual([false, code]);
    }
    const other = clientEnd({ rejectUnauthorized: false }, { serverHostname: 'example.com' });
    shakeHands(other, serverEnd());
    expect(other.tls.authorizationError).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('for another host passes where only the host is not checked; other faults do not', () => {
    expect(refusal('server', { checkHostname: false }, 'example.com')).toBe(null);
    expect(refusal('expired', { checkHostname: false })).toMatchObject({ code: 'CERT_HAS_EXPIRED' });
    expect(shakeHands(end(context({ ca, checkHostname: false }), {}), serverEnd()).client).toBe(null);
  });
});

describe("a client's certificate", () => {
  const strict = { ca, requestCert: true };

  test('is asked for, verified and known', () => {
    const [, server] = connected(identity('client'), strict);
    expect(server.tls.getpeercert()?.subject.CN).toBe('client');
    expect(server.tls.authorized).toBe(true);
  });

  test('is refused when it is missing', () => {
    expect(shakeHands(clientEnd(), serverEnd(strict)).server).toMatchObject({
      name: 'SSLError',
      code: 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE',
      message: expect.stringContaining('with a client'),
    });
  });

  test('is refused when it is for servers, or of another authority', () => {
    expect(shakeHands(clientEnd(identity('server')), serverEnd(strict)).server).toMatchObject({
      code: 'INVALID_PURPOSE',
    });
    expect(shakeHands(clientEnd(identity('self-signed')), serverEnd(strict)).server).toMatchObject({
      name: 'SSLCertVerificationError',
      message: expect.stringContaining('with a client'),
    });
  });

  test('the client hears of the refusal when it reads', () => {
    const client = clientEnd();
    shakeHands(client, serverEnd(strict));
    expect(errorOf(() => client.tls.read())).toMatchObject({
      name: 'SSLError',
      reason: /certificate required/,
    });
  });

  test('may be missing where it is not required', () => {
    const [, server] = connected({}, { ...strict, rejectUnauthorized: false });
    expect(server.tls.getpeercert()).toBe(null);
    expect(server.tls.authorized).toBe(false);
  });
});

describe('bytes that are not TLS', () => {
  test.each([
    ['HTTP', 'GET / HTTP/1.1\r\n\r\n', 'ERR_SSL_HTTP_REQUEST'],
    ['text', 'SSH-2.0-OpenSSH_9.2p1\r\n', 'ERR_SSL_WRONG_VERSION_NUMBER'],
  ])('%s ends the handshake', (_, text, code) => {
    const server = serverEnd();
    server.incoming.write(Buffer.from(text));
    expect(errorOf(() => server.tls.doHandshake())).toMatchObject({ name: 'SSLError', code });
  });

  test('any garbage is an error or a wait, never more', () => {
    for (let turn = 0; turn < 500; turn++) {
      const one = turn % 2 === 0 ? serverEnd() : clientEnd();
      errorOf(() => one.tls.doHandshake());
      const garbage = randomBytes(1 + (turn % 300));
      // Half of them look like a handshake record at first.
      if (turn % 4 < 2) garbage.set([22, 3, 1].slice(0, garbage.length));
      one.incoming.write(garbage);
      const error = errorOf(() => one.tls.doHandshake());
      if (error !== null) expect(error).toBeInstanceOf(SSLError);
      one.incoming.writeEof();
      expect(errorOf(() => one.tls.doHandshake())).toBeInstanceOf(SSLError);
      one.tls.close();
    }
  });

  test('one bit turned over on the way is noticed', () => {
    const [client, server] = connected();
    server.tls.write(Buffer.from('do not change'));
    const data = server.outgoing.read();
    data[data.length - 1] = (data.at(-1) as number) ^ 1;
    client.incoming.write(data);
    for (const _ of [1, 2]) {
      expect(errorOf(() => client.tls.read())).toMatchObject({
        name: 'SSLError',
        code: 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC',
        syscall: 'read',
      });
    }
    expect(() => client.tls.write(Buffer.of(1))).toThrow(SSLError);
  });

  test('an error comes after the bytes before it', () => {
    const [client, server] = connected();
    server.tls.write(Buffer.from('good'));
    carry(server, client);
    client.incoming.write(Buffer.alloc(100, 7));
    expect(client.tls.read().toString()).toBe('good');
    expect(errorOf(() => client.tls.read())).toBeInstanceOf(SSLError);
  });

  test('a handshake that breaks off says so', () => {
    const client = clientEnd();
    errorOf(() => client.tls.doHandshake());
    client.incoming.writeEof();
    const error = errorOf(() => client.tls.doHandshake());
    expect(error).toBeInstanceOf(SSLEOFError);
    expect((error as Error).message).toMatch(/in the middle of the handshake/);
  });

  test('no version in common', () => {
    const outcome = shakeHands(clientEnd({ maxVersion: 'TLSv1.2' }), serverEnd({ minVersion: 'TLSv1.3' }));
    expect(outcome.server).toMatchObject({ code: 'ERR_SSL_UNSUPPORTED_PROTOCOL' });
    expect(outcome.client).toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
  });
});

/** What contexts and objects are made from, and what is refused. */
import { describe, expect, test } from 'vitest';
import { SSLWantReadError } from '../../../src/tls/errors.ts';
import { MemoryBIO } from '../../../src/tls/memory-bio.ts';
import { SSLContext, type SSLContextOptions } from '../../../src/tls/ssl-context.ts';
import { SSLObject } from '../../../src/tls/ssl-object.ts';
import { ca, identity, pem } from '../../support/certificates.ts';
import { clientEnd, connected, context, end, errorOf, shakeHands } from './in-memory.ts';

describe('options', () => {
  const refused = (options: unknown): unknown =>
    errorOf(() => new SSLContext(options as SSLContextOptions).close());

  test.each([
    [{ rejectUnauthorised: false }, /unknown option rejectUnauthorised/],
    [{ key: 'nonsense' }, /option key/],
    [{ key: 12 }, /option key: PEM text/],
    [{ cert: 'nonsense' }, /option cert .*no start line/],
    [{ ca: 'nonsense' }, /option ca: there is no certificate/],
    [{ crl: 'nonsense' }, /option crl needs option ca/],
    [{ ca, crl: 'nonsense' }, /there is no revocation list/],
    [{ minVersion: 'TLSv9' }, /option minVersion: one of TLSv1, .* got TLSv9/],
    [{ ciphers: 'NO-SUCH-CIPHER' }, /option ciphers .*no cipher match/],
    [{ ciphers: '' }, /no cipher is named/],
    [{ ecdhCurve: 'P-0' }, /option ecdhCurve/],
    [{ sigalgs: 'nonsense' }, /option sigalgs/],
    [{ sessionIdContext: 'x'.repeat(33) }, /option sessionIdContext/],
    [{ sessionTimeoutMs: -1 }, /option sessionTimeoutMs/],
    [{ ALPNProtocols: [''] }, /option ALPNProtocols/],
    [{ ...identity('server'), key: pem('client-key.pem') }, /option key .*key values mismatch/],
    [{ key: pem('server-key-protected.pem') }, /option key/],
    [{ key: pem('server-key-protected.pem'), passphrase: 'wrong' }, /option key .*bad decrypt/],
  ])('%j is refused', (options, words) => {
    expect(refused(options)).toMatchObject({ message: expect.stringMatching(words) });
  });

  test('a client needs to know whose certificate to expect', () => {
    expect(() => end(context({ ca }), {})).toThrow(/serverHostname is needed/);
    expect(() => end(context({ ca }), { serverHostname: 'a b' })).toThrow(/"a b" is no host name/);
    expect(() => end(context({ ca }), { serverHostname: '' })).toThrow(/host name or address is needed/);
    expect(() => end(context({ ca }), { serverHostname: 'a\0.test' })).toThrow(/no host name/);
  });

  test('a session must be one', () => {
    expect(() => clientEnd({}, { session: Buffer.from('x') })).toThrow(
      expect.objectContaining({ syscall: 'session' }),
    );
  });

  test('a closed context makes no connections, those it made go on', () => {
    const made = context(identity('server'));
    const server = end(made, { serverSide: true });
    const client = clientEnd();
    made.close();
    made.close();
    expect(shakeHands(client, server)).toEqual({ client: null, server: null });
    expect(() => end(made, { serverSide: true })).toThrow(/SSLContext: it is closed/);
  });

  test('a closed object says so', () => {
    const [client] = connected();
    client.tls.close();
    client.tls.close();
    expect(() => client.tls.read()).toThrow(/closed/);
    expect(client.tls.cipher()).toBe(null);
    expect(client.tls.getpeercert()).toBe(null);
    expect(String(client.tls)).toContain('SSLObject');
  });

  test('two MemoryBIOs are needed', () => {
    expect(() => new SSLObject(context({}), new MemoryBIO(), {} as MemoryBIO)).toThrow(/two MemoryBIOs/);
  });
});

describe('MemoryBIO', () => {
  test('is a queue with an end', () => {
    const bio = new MemoryBIO();
    expect([bio.write(Buffer.from('abc')), bio.write(Buffer.from('de')), bio.pending]).toEqual([3, 2, 5]);
    expect(bio.read(2).toString()).toBe('ab');
    bio.writeEof();
    expect(bio.eof).toBe(false);
    expect(() => bio.write(Buffer.from('f'))).toThrow(/after writeEof/);
    expect([bio.read().toString(), bio.eof, bio.read().length]).toEqual(['cde', true, 0]);
  });

  test('keeps a copy', () => {
    const bio = new MemoryBIO();
    const data = Buffer.from('abc');
    bio.write(data);
    data.fill(0);
    expect(bio.read().toString()).toBe('abc');
  });
});

test('wanting to read is an SSLError', () => {
  expect(() => clientEnd().tls.read()).toThrow(SSLWantReadError);
});

/**
 * A serverHostname that was no host name was verified as something else: a leading dot as any subdomain, a
 * URL as the host in it, a percent sign as what it stands for in one, a zone as nothing at all with whatever
 * followed it.
 */

import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostIdentity } from '../../src/tls/host-name.ts';
import { ca, identity, pem } from '../support/certificates.ts';
import { holds } from '../support/property.ts';
import { clientEnd, context, serverEnd, shakeHands } from '../unit/tls/in-memory.ts';

const refused: readonly string[] = [
  ...['.localhost', '.', '..', 'localhost..', 'a..localhost', '.wild.test', '*.wild.test', '*'],
  ...[
    'localhost/.evil.test',
    'localhost?x',
    'localhost#x',
    'localhost\\x',
    'https://localhost',
    'localhost:443',
  ],
  ...[
    'user@localhost',
    'local\thost',
    'local\nhost',
    'localhost\n',
    ' localhost',
    'localhost ',
    'localhost\0',
  ],
  ...[
    'local%68ost',
    '%6cocalhost',
    'localhost%',
    'localhost%eth0',
    '127.0.0.1%lo',
    '::1%',
    '::1%lo/x',
    '::1%lo\n',
  ],
  ...[
    '::1%lo localhost',
    `::1%${'x'.repeat(16)}`,
    '[::1]',
    '127.1',
    '0x7f.0.0.1',
    '127.0.0.1.',
    '2130706433',
  ],
  ...[
    '-a.test',
    'a-.test',
    `${'x'.repeat(64)}.test`,
    `${'x.'.repeat(127)}test`,
    'xn--good-.test',
    'xn--a.test',
  ],
  ...[
    'local\u00adhost',
    'ｌocalhost',
    'a。test',
    'loca\u212a.test',
    'ﬀ.test',
    'bücher.test/x',
    'bücher%2e.test',
  ],
];

const accepted: readonly (readonly [host: string, checked: string])[] = [
  ['localhost', 'localhost'],
  ['Example.COM.', 'example.com'],
  ['a_b.test', 'a_b.test'],
  ['r3---sn.test', 'r3---sn.test'],
  ['1a.test', '1a.test'],
  ['xn--bcher-kva.test', 'xn--bcher-kva.test'],
  ['Bücher.test', 'xn--bcher-kva.test'],
  ['bu\u0308cher.test', 'xn--bcher-kva.test'],
  ['faß.test', 'xn--fa-hia.test'],
  [`${'x'.repeat(63)}.test`, `${'x'.repeat(63)}.test`],
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '::1'],
  ['fe80::1%eth0', 'fe80::1'],
];

describe('a host', () => {
  test.each(refused)('%j is refused, in words that show it', (host) => {
    expect(() => hostIdentity(host)).toThrow(TypeError);
    expect(() => hostIdentity(host)).toThrow(JSON.stringify(host));
  });

  test.each(accepted)('%j is %j', (host, checked) => {
    expect(hostIdentity(host).checked).toBe(checked);
  });

  test('the refusal comes before the handshake', () => {
    expect(() => clientEnd({}, { serverHostname: '.wild.test' })).toThrow('no host name and no address');
  });
});

/** Strings near those that the server's certificate is for, and further off. */
const nearby = fc.oneof(
  fc.constantFrom('localhost', 'x.wild.test', 'wild.test', '127.0.0.1', '::1', 'a.b.wild.test', 'LocalHost.'),
  fc
    .tuple(
      fc.constantFrom('localhost', '.wild.test', 'x.wild.test', '127.0.0.1', '::1', '0:0:0:0:0:0:0:1'),
      fc.string({ unit: fc.constantFrom(...'.%/?#\\\t\n:@*-_ax0\0ß\u00ad'.split('')), maxLength: 4 }),
      fc.nat(15),
    )
    .map(([host, piece, at]) => host.slice(0, at) + piece + host.slice(at)),
  fc.string({ maxLength: 20 }),
);

/** What the certificate of `server` is for, decided without the code under test. */
function certificateIsFor(host: string): boolean {
  const address = /^[0-9a-fA-F:.]+%[A-Za-z0-9._-]{1,15}$/.test(host) ? host.replace(/%.*/, '') : host;
  if (isIP(address) === 6 || isIP(host) === 4) return address === '127.0.0.1' || /^[0:]*:0*1$/.test(address);
  const name = host.toLowerCase().replace(/\.$/, '');
  // A name in another alphabet is sent and checked in its ASCII form, which a wildcard covers too. To OpenSSL
  // a wildcard covers no underscore: names of hosts have none.
  return name === 'localhost' || /^[a-z0-9ß]([a-z0-9ß-]{0,61}[a-z0-9ß])?\.wild\.test$/.test(name);
}

describe('whatever is asked for', () => {
  test('is refused, or a name or an address that stays what it was', () => {
    holds(
      fc.property(fc.oneof(nearby, fc.domain(), fc.ipV4(), fc.ipV6()), (host) => {
        const { checked, sent, isAddress } = identityOf(host) ?? { checked: '', sent: '', isAddress: false };
        if (checked === '') return;
        expect(sent).toBe(isAddress ? '' : checked);
        if (isAddress) expect(host.split('%')[0]).toBe(checked);
        else if (/^[\0-\x7f]*$/.test(host)) expect(checked).toBe(host.toLowerCase().replace(/\.$/, ''));
        if (isAddress) expect(isIP(checked)).not.toBe(0);
        else expect(checked).toMatch(/^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.|$))+$/);
      }),
      { runs: 3000 },
    );
  });

  test('OpenSSL accepts the certificate for it exactly when the certificate is for it', () => {
    holds(
      fc.property(nearby, (host) => {
        if (identityOf(host) === null) return;
        const client = clientEnd({}, { serverHostname: host });
        const server = serverEnd();
        const { client: problem } = shakeHands(client, server);
        expect(problem === null).toBe(certificateIsFor(host));
        client.tls.close();
        server.tls.close();
      }),
      { runs: 300, limitMs: 20_000 },
    );
  });
});

describe('a certificate without subjectAltName', () => {
  const handshake = (options: object, host = 'named.test') =>
    shakeHands(clientEnd(options, { serverHostname: host }), serverEnd(identity('named'))).client;

  test('is not for the host in its common name', () => {
    expect(handshake({})).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  test('is, if the program asks for it, and only for that one', () => {
    expect(handshake({ hostnameChecksCommonName: true })).toBe(null);
    expect(handshake({ hostnameChecksCommonName: true }, 'other.test')).toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });
});

describe('a chain is checked as in Python 3.13', () => {
  test('strictly, by default', () => {
    const loose = (options: object) =>
      shakeHands(clientEnd({ ca: pem('loose-ca.pem'), ...options }), serverEnd(identity('loose'))).client;
    expect(loose({})).toMatchObject({ name: 'SSLCertVerificationError' });
    expect(loose({ strictCertificates: false })).toBe(null);
  });

  test('up to any certificate in `ca`, by default', () => {
    const partial = (options: object) =>
      shakeHands(clientEnd({ ca: pem('intermediate-ca.pem'), ...options }), serverEnd(identity('chained')))
        .client;
    expect(partial({})).toBe(null);
    expect(partial({ allowPartialTrustChain: false })).toMatchObject({ name: 'SSLCertVerificationError' });
  });

  test("of a client too, as the context wants it that serves the server's name", () => {
    const asks = { ...identity('server'), requestCert: true, ca: pem('loose-ca.pem') };
    const served = (first: object, chosen: object) => {
      const localhost = context({ ...asks, ...chosen });
      const server = serverEnd({ ...asks, ...first, sniContexts: { localhost } });
      return shakeHands(clientEnd({ ...identity('loose'), ca }), server).server;
    };
    expect(served({ strictCertificates: false }, {})).toMatchObject({ name: 'SSLCertVerificationError' });
    expect(served({}, { strictCertificates: false })).toBe(null);
  });
});

function identityOf(host: string): ReturnType<typeof hostIdentity> | null {
  try {
    return hostIdentity(host);
  } catch {
    return null;
  }
}

import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SSLWantReadError } from '../../../src/tls/errors.ts';
import { ca, identity, pem } from '../../support/certificates.ts';
import { carry, clientEnd, connected, context, end, send, serverEnd, shakeHands } from './in-memory.ts';

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

describe('a handshake', () => {
  test('makes a connection, and bytes go both ways', () => {
    const [client, server] = connected();
    expect(client.tls.version()).toBe('TLSv1.3');
    expect(client.tls.cipher()).toEqual(server.tls.cipher());
    expect(client.tls.cipher()?.[0]).toMatch(/^TLS_/);
    expect(send(client, server, everyByte)).toEqual(everyByte);
    expect(send(server, client, everyByte)).toEqual(everyByte);
  });

  test('megabytes arrive as they were', () => {
    const [client, server] = connected();
    const data = Buffer.alloc(3_000_000, everyByte);
    expect(send(client, server, data).equals(data)).toBe(true);
    expect(send(server, client, data).equals(data)).toBe(true);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('%s alone can be asked for', (version) => {
    const [client, server] = connected({ maxVersion: version, minVersion: version });
    expect(client.tls.version()).toBe(version);
    expect(send(client, server, everyByte)).toEqual(everyByte);
  });

  test('bytes may come one at a time', () => {
    const client = clientEnd();
    const server = serverEnd();
    const [from, to] = [
      [client, server],
      [server, client],
    ] as const;
    const trickle = ([a, b]: readonly [typeof client, typeof server]): void => {
      for (const byte of a.outgoing.read()) {
        b.incoming.write(Uint8Array.of(byte));
        try {
          b.tls.doHandshake();
        } catch (error) {
          if (!(error instanceof SSLWantReadError)) throw error;
        }
      }
    };
    expect(() => client.tls.doHandshake()).toThrow(SSLWantReadError);
    for (let turn = 0; turn < 4; turn++) trickle(turn % 2 === 0 ? from : to);
    expect(client.tls.version()).toBe('TLSv1.3');
    expect(send(server, client, everyByte)).toEqual(everyByte);
  });

  test('until it is done nothing can be read or written, and nothing is known', () => {
    const { tls } = clientEnd();
    expect(() => tls.read()).toThrow(SSLWantReadError);
    expect(() => tls.write(everyByte)).toThrow(SSLWantReadError);
    expect([tls.version(), tls.cipher(), tls.getpeercert(), tls.session]).toEqual([null, null, null, null]);
    expect(tls.sessionReused).toBe(false);
  });

  test('a server with a chain sends all of it', () => {
    const [client] = connected({}, identity('chained'));
    expect(client.tls.getUnverifiedChain()).toHaveLength(2);
    const subjects = client.tls.getVerifiedChain().map((der) => new X509Certificate(der).subject);
    expect(subjects).toEqual(['CN=chained', 'CN=an intermediate', 'CN=selectloop test authority']);
    expect(client.tls.getpeercert()?.subject.CN).toBe('chained');
    expect(new X509Certificate(client.tls.getpeercert(true) ?? '').subject).toBe('CN=chained');
  });

  test('the key may be protected by a passphrase', () => {
    const key = pem('server-key-protected.pem');
    connected({}, { key, passphrase: 'secret' });
    connected({}, { key: [{ pem: Buffer.from(key), passphrase: 'secret' }] });
  });

  test('ciphers can be named', () => {
    const [older] = connected({ ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384', maxVersion: 'TLSv1.2' });
    expect(older.tls.cipher()).toEqual(['ECDHE-ECDSA-AES256-GCM-SHA384', 'TLSv1.2', 256]);
    const [newer] = connected({ ciphers: 'TLS_AES_128_GCM_SHA256' });
    expect(newer.tls.cipher()).toEqual(['TLS_AES_128_GCM_SHA256', 'TLSv1.3', 128]);
  });
});

describe('ALPN', () => {
  test('the server prefers, both know', () => {
    const [client, server] = connected(
      { ALPNProtocols: ['http/1.1', 'h2'] },
      { ALPNProtocols: ['h2', 'http/1.1'] },
    );
    expect([client.tls.selectedAlpnProtocol(), server.tls.selectedAlpnProtocol()]).toEqual(['h2', 'h2']);
  });

  test('without it, or with it on one side only, there is none', () => {
    const [client] = connected({ ALPNProtocols: ['h2'] });
    expect(client.tls.selectedAlpnProtocol()).toBe(null);
  });

  test('nothing in common ends the handshake', () => {
    const outcome = shakeHands(clientEnd({ ALPNProtocols: ['h2'] }), serverEnd({ ALPNProtocols: ['h3'] }));
    expect(outcome.client).toMatchObject({
      name: 'SSLError',
      code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
    });
    expect(outcome.server).toMatchObject({ name: 'SSLError', code: 'ERR_SSL_NO_APPLICATION_PROTOCOL' });
  });
});

describe('names', () => {
  const certificateFor = (
    serverHostname: string,
    serverContext: ReturnType<typeof context>,
  ): string | undefined => {
    const client = end(context({ ca }), { serverHostname });
    const server = end(serverContext, { serverSide: true });
    expect(shakeHands(client, server)).toEqual({ client: null, server: null });
    expect(server.tls.serverHostname).toBe(serverHostname);
    return client.tls.getpeercert()?.subject.CN as string | undefined;
  };

  test('a server has a context for each', () => {
    const api = context(identity('api'));
    const chained = context(identity('chained'));
    const main = context({ ...identity('server'), sniContexts: { 'API.test': api, '*.wild.test': chained } });
    expect(certificateFor('localhost', main)).toBe('server');
    expect(certificateFor('api.test', main)).toBe('api');
    expect(certificateFor('a.wild.test', main)).toBe('chained');
  });

  test('or a function that chooses', () => {
    const api = context(identity('api'));
    const asked: (string | null)[] = [];
    const main = context({
      ...identity('server'),
      SNICallback: (name) => {
        asked.push(name);
        return name === 'api.test' ? api : null;
      },
    });
    expect(certificateFor('api.test', main)).toBe('api');
    expect(certificateFor('localhost', main)).toBe('server');
    expect(asked).toEqual(['api.test', 'localhost']);
  });

  test('an address is checked and not sent', () => {
    const asked: (string | null)[] = [];
    const SNICallback = (name: string | null): null => {
      asked.push(name);
      return null;
    };
    const main = context({ ...identity('server'), SNICallback });
    for (const serverHostname of ['127.0.0.1', '::1']) {
      const server = end(main, { serverSide: true });
      expect(shakeHands(clientEnd({}, { serverHostname }), server)).toEqual({ client: null, server: null });
      expect(server.tls.serverHostname).toBe(null);
    }
    expect(asked).toEqual([null, null]);
  });

  test('what the function throws ends the handshake', () => {
    const main = context({
      ...identity('server'),
      SNICallback: () => {
        throw new Error('no idea');
      },
    });
    const server = end(main, { serverSide: true });
    expect(shakeHands(clientEnd(), server).server).toMatchObject({ message: 'no idea' });
  });
});

describe('sessions', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('are resumed with %s', (maxVersion) => {
    const serverContext = context(identity('server'));
    const clientContext = context({ ca, maxVersion });
    const connect = (session?: Uint8Array) => {
      const client = end(clientContext, { serverHostname: 'localhost', session });
      const server = end(serverContext, { serverSide: true });
      expect(shakeHands(client, server)).toEqual({ client: null, server: null });
      send(server, client, everyByte);
      return { client, server };
    };
    const first = connect();
    expect(first.client.tls.sessionReused).toBe(false);
    const session = first.client.tls.session;
    const second = connect(session as Buffer);
    expect([second.client.tls.sessionReused, second.server.tls.sessionReused]).toEqual([true, true]);
    expect(second.client.tls.getpeercert()?.subject.CN).toBe('server');
  });

  test('of another context are not: the handshake is a whole one', () => {
    const [client, server] = connected();
    send(server, client, everyByte);
    const again = clientEnd({}, { session: client.tls.session as Buffer });
    expect(shakeHands(again, serverEnd())).toEqual({ client: null, server: null });
    expect(again.tls.sessionReused).toBe(false);
  });

  test.each([
    ['of its own identity', undefined, 'ERR_SSL_ATTEMPT_TO_REUSE_SESSION_IN_DIFFERENT_CONTEXT'],
    ['of the same identity', 'clients', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('do not lead past the verification of another context %s', (_, sessionIdContext, code) => {
    const serverContext = context(identity('self-signed'));
    const tolerant = clientEnd({ rejectUnauthorized: false, sessionIdContext });
    const first = end(serverContext, { serverSide: true });
    expect(shakeHands(tolerant, first)).toEqual({ client: null, server: null });
    send(first, tolerant, everyByte);
    const session = tolerant.tls.session as Buffer;
    const strict = clientEnd({ sessionIdContext }, { session });
    const second = end(serverContext, { serverSide: true });
    expect(shakeHands(strict, second).client).toMatchObject({ code });
  });

  test('do not lead past the certificate that another name asks for', () => {
    const guarded = context({ ...identity('api'), ca, requestCert: true });
    const main = context({ ...identity('server'), sniContexts: { 'api.test': guarded } });
    const open = end(context({ ca }), { serverHostname: 'localhost' });
    const openServer = end(main, { serverSide: true });
    shakeHands(open, openServer);
    send(openServer, open, everyByte);
    const session = open.tls.session as Buffer;
    const sneaking = end(context({ ca, checkHostname: false }), { serverHostname: 'api.test', session });
    const guard = end(main, { serverSide: true });
    expect(shakeHands(sneaking, guard).server).toMatchObject({
      code: 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE',
    });
  });
});

describe('binding to the connection', () => {
  test('both ends know the same, nobody else does', () => {
    const [client, server] = connected();
    const binding = client.tls.getChannelBinding('tls-exporter');
    expect(binding).toHaveLength(32);
    expect(server.tls.getChannelBinding('tls-exporter')).toEqual(binding);
    const [other] = connected();
    expect(other.tls.getChannelBinding('tls-exporter')).not.toEqual(binding);
    expect(client.tls.getChannelBinding('tls-unique')).toBe(null);
    expect(client.tls.exportKeyingMaterial(20, 'EXPORTER-x', everyByte)).toEqual(
      server.tls.exportKeyingMaterial(20, 'EXPORTER-x', everyByte),
    );
  });

  test('tls-unique with TLS 1.2', () => {
    const [client, server] = connected({ maxVersion: 'TLSv1.2' });
    expect(client.tls.getChannelBinding()).toHaveLength(12);
    expect(server.tls.getChannelBinding()).toEqual(client.tls.getChannelBinding());
  });
});

describe('the end', () => {
  test('is said by both sides', () => {
    const [client, server] = connected();
    expect(() => client.tls.unwrap()).toThrow(SSLWantReadError);
    carry(client, server);
    expect(server.tls.read()).toHaveLength(0);
    server.tls.unwrap();
    carry(server, client);
    client.tls.unwrap();
    expect(() => client.tls.write(everyByte)).toThrow(
      expect.objectContaining({ name: 'SSLZeroReturnError' }),
    );
  });

  test('of one side leaves the other one its say', () => {
    const [client, server] = connected();
    expect(() => client.tls.unwrap()).toThrow(SSLWantReadError);
    expect(() => client.tls.write(everyByte)).toThrow(/ERR_SSL_PROTOCOL_IS_SHUTDOWN/);
    expect(send(server, client, everyByte)).toEqual(everyByte);
  });

  test('without the word is an error, after the bytes that came', () => {
    const [client, server] = connected();
    server.tls.write(everyByte);
    carry(server, client);
    client.incoming.writeEof();
    expect(client.tls.read()).toEqual(everyByte);
    for (const _ of [1, 2]) {
      expect(() => client.tls.read()).toThrow(
        expect.objectContaining({ name: 'SSLEOFError', code: 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING' }),
      );
    }
  });
});

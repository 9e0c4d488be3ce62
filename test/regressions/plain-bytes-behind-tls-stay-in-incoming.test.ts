/**
 * What a peer sends behind its close_notify is not TLS any more. An SSLObject swallowed it with the rest of
 * `incoming`; as in CPython it stays there, for protocols that go on in clear.
 */
import { expect, it } from 'vitest';
import { carry, connected, errorOf, send } from '../unit/tls/in-memory.ts';

it.each([1, 2])('after unwrap(), in %i pieces', (pieces) => {
  const [client, server] = connected();
  expect(send(client, server, Buffer.from('secret')).toString()).toBe('secret');
  errorOf(() => client.tls.unwrap());
  const last = client.outgoing.read();
  server.incoming.write(pieces === 1 ? Buffer.concat([last, Buffer.from('plain ')]) : last);
  if (pieces === 2) server.incoming.write(Buffer.from('plain '));
  expect(server.tls.read(100).length).toBe(0);
  server.incoming.write(Buffer.from('again'));
  expect(errorOf(() => server.tls.unwrap())).toBe(null);
  expect(server.incoming.pending).toBe(11);
  expect(server.incoming.read().toString()).toBe('plain again');
  carry(server, client);
  expect(errorOf(() => client.tls.unwrap())).toBe(null);
});

it('the half of a record stays until the rest has come', () => {
  const [client, server] = connected();
  client.tls.write(Buffer.from('whole'));
  const record = client.outgoing.read();
  for (const byte of record.subarray(0, -1)) {
    server.incoming.write(Buffer.of(byte));
    expect(errorOf(() => server.tls.read(100))).toBe(null);
  }
  server.incoming.write(record.subarray(-1));
  expect(server.tls.read(100).toString()).toBe('whole');
  expect(server.incoming.pending).toBe(0);
});

/**
 * With flags, such as AI_ADDRCONFIG, a StaticResolver denied the names of its table, and a resolver of the
 * program's own was asked for localhost. Addresses that were none were found to be so by nobody.
 */
import { expect, test, vi } from 'vitest';
import { type Resolver, StaticResolver } from '../../src/index.ts';
import { constants, namesLoop } from '../unit/names/scripted-names.ts';

const { AF_INET, SOCK_STREAM, IPPROTO_TCP, AI_ADDRCONFIG, AI_CANONNAME, AI_NUMERICHOST } =
  constants as Record<string, number>;

function ask(host: string, flags: number | undefined): unknown {
  const { loop } = namesLoop();
  loop.setResolver(new StaticResolver({ 'db.internal': ['10.0.0.5', 'fd00::5'] }));
  return loop.runUntilComplete(loop.getaddrinfo(host, 1, { family: AF_INET, type: SOCK_STREAM, flags }));
}

test('whatever the flags are', () => {
  const address = ['10.0.0.5', 1];
  expect(ask('db.internal', AI_ADDRCONFIG)).toEqual([[AF_INET, SOCK_STREAM, IPPROTO_TCP, '', address]]);
  expect(ask('db.internal', AI_CANONNAME)).toEqual([
    [AF_INET, SOCK_STREAM, IPPROTO_TCP, 'db.internal', address],
  ]);
  expect(() => ask('other.internal', AI_ADDRCONFIG)).toThrow('getaddrinfo ENOTFOUND other.internal');
});

test.each([
  [80, AI_ADDRCONFIG],
  [80, AI_NUMERICHOST],
  ['http', 0],
])('a resolver is not asked for localhost, port %s, flags %s', (port, flags) => {
  const { loop } = namesLoop();
  const getaddrinfo = vi.fn<Resolver['getaddrinfo']>(() => []);
  loop.setResolver({ getaddrinfo, getnameinfo: () => ['', ''] });
  loop.getaddrinfo('localhost', port, { flags }).cancel();
  expect(getaddrinfo).not.toHaveBeenCalled();
});

test.each([
  ['10.0.0.5', "expected an array of addresses for 'db', got '10.0.0.5'"],
  [['10.0.0.256'], "for 'db', got '10.0.0.256'"],
  [['fe80::1%lo'], "for 'db', got 'fe80::1%lo'"],
  [[5], "for 'db', got 5"],
])('%j is no row', (row, message) => {
  expect(() => new StaticResolver({ db: row as string[] })).toThrow(message);
});

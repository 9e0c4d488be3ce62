/** What may be asked, what needs nobody to be asked, and what is refused before anybody is. */
import { describe, expect, test } from 'vitest';
import { isHostName } from '../../../src/addresses/host.ts';
import { addressQuery, encodeQuery } from '../../../src/names/address-query.ts';
import { getaddrinfo, gethostbyname, getnameinfo, getservbyname } from '../../../src/names/getaddrinfo.ts';
import { constants, NamesKernel, namesLoop } from './scripted-names.ts';

const {
  AF_INET,
  AF_INET6,
  SOCK_STREAM,
  SOCK_DGRAM,
  SOCK_RAW,
  IPPROTO_TCP,
  IPPROTO_UDP,
  AI_PASSIVE,
  AI_CANONNAME,
} = constants as Record<string, number>;
const stream = { type: SOCK_STREAM };

describe('without asking', () => {
  test.each([
    ['127.0.0.1', AF_INET, ['127.0.0.1', 80]],
    ['::1', AF_INET6, ['::1', 80, 0, 0]],
    ['0:0:0:0:0:ffff:1.2.3.4', AF_INET6, ['::ffff:1.2.3.4', 80, 0, 0]],
  ])('%s is its own address', (host, family, sockaddr) => {
    const { loop, kernel } = namesLoop();
    expect(loop.runUntilComplete(loop.getaddrinfo(host, 80, stream))).toEqual([
      [family, SOCK_STREAM, IPPROTO_TCP, '', sockaddr],
    ]);
    expect(kernel.log).toEqual([]);
  });

  test('a future of it is done at once', () => {
    const { loop } = namesLoop();
    expect(loop.getaddrinfo('10.0.0.1', '80').done()).toBe(true);
  });

  test('there is an entry for each type of socket, unless one is asked for', () => {
    const { loop } = namesLoop();
    const kinds = (hints: object) =>
      loop.runUntilComplete(loop.getaddrinfo('10.0.0.1', 1, hints)).map(([, type, proto]) => [type, proto]);
    const tcp = [SOCK_STREAM, IPPROTO_TCP];
    const udp = [SOCK_DGRAM, IPPROTO_UDP];
    expect(kinds({})).toEqual([tcp, udp, [SOCK_RAW, 0]]);
    expect(kinds({ type: SOCK_DGRAM })).toEqual([udp]);
    expect(kinds({ proto: IPPROTO_TCP })).toEqual([tcp]);
  });

  test('localhost is the loopback of each family', () => {
    const { loop, kernel } = namesLoop();
    const ask = (hints: object) =>
      loop.runUntilComplete(loop.getaddrinfo('LocalHost', 7, { ...stream, ...hints }));
    expect(ask({}).map((info) => info[4])).toEqual([
      ['::1', 7, 0, 0],
      ['127.0.0.1', 7],
    ]);
    expect(ask({ family: AF_INET }).map((info) => info[4])).toEqual([['127.0.0.1', 7]]);
    expect(ask({ family: AF_INET6 }).map((info) => info[4])).toEqual([['::1', 7, 0, 0]]);
    expect(kernel.log).toEqual([]);
  });

  test.each([
    ['a service', '10.0.0.1', 'http', stream],
    ['a canonical name', '10.0.0.1', 80, { ...stream, flags: AI_CANONNAME }],
    ['another family', '10.0.0.1', 80, { ...stream, family: AF_INET6 }],
    ['a type that does not fit the protocol', '10.0.0.1', 80, { ...stream, proto: IPPROTO_UDP }],
    ['a zone', 'fe80::1%eth0', 80, stream],
    ['no host', null, 80, { ...stream, flags: AI_PASSIVE }],
    ['a short form', '127.1', 80, stream],
  ])('%s is for the resolver to judge', (_what, host, port, hints) => {
    const { loop, kernel } = namesLoop();
    expect(() => loop.runUntilComplete(loop.getaddrinfo(host, port, hints))).toThrow('ENOTFOUND');
    expect(kernel.log).toHaveLength(1);
  });
});

describe('the question', () => {
  const encoded = (host: string, port: number | string | null = null) => {
    const query = encodeQuery(constants, addressQuery('test', host, port));
    return [Buffer.from(query.host).toString(), Buffer.from(query.service).toString()];
  };

  test.each([
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['日本語。jp', 'xn--wgv71a119e.jp'],
    ['_srv.Plain-ASCII.test', '_srv.Plain-ASCII.test'],
    ['1.2.3', '1.2.3'],
  ])('%s travels as %s', (host, ascii) => {
    expect(encoded(host)).toEqual([ascii, '']);
  });

  test.each([
    [80, '80'],
    ['080', '80'],
    ['http', 'http'],
    ['', ''],
    [null, ''],
  ])('port %s travels as %s', (port, service) => {
    expect(encoded('a.test', port)).toEqual(['a.test', service]);
  });

  test.each([
    ['a port out of range', 'a', 65_536, {}, RangeError, /expected a port from 0 to 65535, got 65536/],
    ['digits out of range', 'a', '99999', {}, RangeError, /got 99999/],
    ['a negative port', 'a', -1, {}, RangeError, /got -1/],
    ['a fraction', 'a', 1.5, {}, RangeError, /got 1.5/],
    ['NUL in the host', 'a\0b', 1, {}, RangeError, /NUL inside the host/],
    ['NUL in the service', 'a', 'x\0y', {}, RangeError, /NUL inside the service/],
    ['an invalid host', 5 as unknown as string, 1, {}, TypeError, /string or null as host, got 5/],
    ['an invalid port', 'a', {} as unknown as string, {}, TypeError, /null as port, got {}/],
    ['an invalid family', 'a', 1, { family: '4' as unknown as number }, TypeError, /as family, got '4'/],
  ])('%s is refused at the call', (_what, host, port, hints, type, message) => {
    const { loop } = namesLoop();
    expect(() => loop.getaddrinfo(host, port, hints)).toThrow(type);
    expect(() => loop.getaddrinfo(host, port, hints)).toThrow(message);
  });

  const notOfUrls = ['\u217cocalhost/x', 'é?x', 'é#x', 'é:80', 'é@x', 'é%2ex', 'é\n.test', 'é\\x'];
  test.each(['', 'ü b', 'xn--\u00fc', ...notOfUrls])('%j cannot exist', (host) => {
    const { loop, kernel } = namesLoop();
    const error: unknown = expect.objectContaining({ name: 'GaiError', code: 'ENOTFOUND' });
    expect(() => loop.runUntilComplete(loop.getaddrinfo(host, 80))).toThrow(error);
    expect(kernel.log).toEqual([]);
  });

  test.each(['localhost', 'a'])('getnameinfo takes addresses, not %s', (host) => {
    const { loop } = namesLoop();
    expect(() => loop.runUntilComplete(loop.getnameinfo([host, 80]))).toThrow(
      `getnameinfo ENOTFOUND ${host}`,
    );
  });

  test('getnameinfo says what an address looks like', () => {
    const { loop } = namesLoop();
    const ask = () => loop.runUntilComplete(loop.getnameinfo('10.0.0.1' as unknown as [string, number]));
    expect(ask).toThrow("getnameinfo: expected an address [host, port, flowInfo?, scopeId?], got '10.0.0.1'");
  });
});

describe('synchronous calls', () => {
  test('close their lookups when they cannot start', () => {
    const kernel = new NamesKernel();
    kernel.refusals.push(-11, -11);
    expect(() => getaddrinfo('a.test', 80, {}, kernel)).toThrow('getaddrinfo');
    expect(() => getnameinfo(['10.0.0.1', 80], 0, kernel)).toThrow('getnameinfo');
    expect(kernel.openCount).toBe(0);
  });

  test('what needs nobody opens nothing', () => {
    const kernel = new NamesKernel();
    expect(getaddrinfo('10.0.0.1', 80, stream, kernel)).toHaveLength(1);
    expect(gethostbyname('<broadcast>', kernel)).toBe('255.255.255.255');
    expect(gethostbyname('', kernel)).toBe('0.0.0.0');
    expect(gethostbyname('localhost', kernel)).toBe('127.0.0.1');
    expect(kernel.log).toEqual([]);
  });

  test('getservbyname knows names only', () => {
    expect(() => getservbyname('80')).toThrow('getaddrinfo EAI_SERVICE 80');
    expect(() => getservbyname('http', 'sctp' as 'tcp')).toThrow("expected 'tcp' or 'udp' as protocol");
  });
});

test.each([
  ['example.org', true],
  ['127.1', true],
  ['127.0.0.1', false],
  ['::1', false],
  ['fe80::1%lo', false],
  ['', false],
  ['<broadcast>', false],
  ['LOCALHOST', false],
])('%j is a host name: %s', (host, expected) => {
  expect(isHostName(host)).toBe(expected);
});

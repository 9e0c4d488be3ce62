/** The system's own resolver, without a network: the table of hosts, addresses, services. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { ClosedResourceError, EventLoop, gather, sleep } from '../../../src/index.ts';
import {
  type AddressInfo,
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_PASSIVE,
  getaddrinfo,
  gethostbyname,
  gethostname,
  getnameinfo,
  getservbyname,
  NI_NAMEREQD,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  SOCK_DGRAM,
  SOCK_STREAM,
  Socket,
} from '../../../src/socket.ts';
import { openDescriptors } from '../../support/fd-leaks.ts';
import { owned, realLoop, tcpListener } from '../loop/real-loop.ts';

const stream = { type: SOCK_STREAM };

/**
 * A name of 127.0.0.1 besides localhost, where the table of hosts has one: what is looked up there asks
 * nobody else.
 */
const localName = readFileSync('/etc/hosts', 'utf8')
  .split('\n')
  .map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
  .filter(([address]) => address === '127.0.0.1')
  .flatMap(([, ...names]) => names)
  .find((name) => !/localhost/i.test(name));

/** Both ways to ask: on a loop, and blocking. */
const ways: [string, (...args: Parameters<typeof getaddrinfo>) => AddressInfo[]][] = [
  ['blocking', getaddrinfo],
  [
    'in a loop',
    (host, port, hints) => {
      const { loop } = realLoop();
      return loop.runUntilComplete(loop.getaddrinfo(host, port, hints));
    },
  ],
];

describe.each(ways)('getaddrinfo, %s', (_way, ask) => {
  test.runIf(localName !== undefined)('a name of the table of hosts', () => {
    const infos = ask(localName as string, 80, { ...stream, family: AF_INET });
    expect(infos.map((info) => info[4])).toContainEqual(['127.0.0.1', 80]);
  });

  test('addresses through the resolver are the same as without it', () => {
    // AI_CANONNAME is what the shortcut does not take.
    for (const host of ['127.0.0.1', '::1', '10.1.2.3', '::ffff:1.2.3.4', 'fd00::1']) {
      for (const hints of process.platform === 'linux' ? [{}, stream, { type: SOCK_DGRAM }] : [stream]) {
        const [first, ...others] = ask(host, 80, { ...hints, flags: AI_CANONNAME });
        const canonname = first?.[3];
        expect(canonname).not.toBe('');
        const [family, type, proto, , sockaddr] = first as AddressInfo;
        const resolved = [[family, type, proto, '', sockaddr], ...others];
        expect(ask(host, 80, hints)).toEqual(resolved);
      }
    }
  });

  test('no host: this machine, or with AI_PASSIVE what to bind', () => {
    const hosts = (flags: number) => ask(null, 80, { ...stream, flags }).map((info) => info[4][0]);
    expect(hosts(0)).toContain('127.0.0.1');
    expect(hosts(AI_PASSIVE)).toContain('0.0.0.0');
  });

  test('names of services', () => {
    expect(ask('127.0.0.1', 'http', stream)[0]?.[4]).toEqual(['127.0.0.1', 80]);
    expect(ask(null, 'https', { ...stream, family: AF_INET })[0]?.[4][1]).toBe(443);
    expect(() => ask('127.0.0.1', 'no-such-service', stream)).toThrow(
      expect.objectContaining({ name: 'GaiError' }),
    );
  });

  test('an interface as zone', () => {
    const ifname = process.platform === 'linux' ? 'lo' : 'lo0';
    const [info] = ask(`fe80::1%${ifname}`, 80, stream);
    expect(info?.[4]).toEqual(['fe80::1', 80, 0, expect.any(Number)]);
    expect(info?.[4][3]).toBeGreaterThan(0);
  });

  test('refusals', () => {
    expect(() => ask('not-an-address', 80, { flags: AI_NUMERICHOST })).toThrow(
      'getaddrinfo ENOTFOUND not-an-address',
    );
    expect(() => ask('localhost', 80, { flags: AI_NUMERICHOST })).toThrow('ENOTFOUND localhost');
    expect(() => ask(null, null)).toThrow(expect.objectContaining({ code: 'ENOTFOUND' }));
    expect(() => ask('127.0.0.1', 80, { family: AF_INET6 })).toThrow(/^getaddrinfo \w+ 127.0.0.1$/);
    expect(() => ask('127.0.0.1', 80, { flags: 1 << 30 })).toThrow('EAI_BADFLAGS');
  });
});

describe('a name that does not exist', () => {
  test('fails in words, or is given up: without a network the resolver takes its time', () => {
    const { loop } = realLoop();
    const main = function* () {
      const lookup = loop.getaddrinfo('nosuch.invalid', 80);
      for (let waitedMs = 0; !lookup.done() && waitedMs < 5000; waitedMs += 10) yield* sleep(10);
      if (!lookup.done()) lookup.cancel();
      return lookup;
    };
    let error: unknown;
    loop.run(function* () {
      const lookup = yield* main();
      if (!lookup.cancelled()) error = lookup.exception();
    });
    if (error === undefined) return;
    expect(error).toMatchObject({ name: 'GaiError', hostname: 'nosuch.invalid', syscall: 'getaddrinfo' });
    expect((error as Error).message).toMatch(/^getaddrinfo (ENOTFOUND|EAI_AGAIN) nosuch\.invalid$/);
  });
});

describe('getnameinfo', () => {
  test('numbers, names, and a name that is required', () => {
    const { loop } = realLoop();
    const ask = (host: string, flags: number) => {
      const blocking = getnameinfo([host, 80], flags);
      expect(loop.runUntilComplete(loop.getnameinfo([host, 80], flags))).toEqual(blocking);
      return blocking;
    };
    expect(ask('127.0.0.1', NI_NUMERICHOST | NI_NUMERICSERV)).toEqual(['127.0.0.1', '80']);
    expect(ask('::1', NI_NUMERICHOST | NI_NUMERICSERV)).toEqual(['::1', '80']);
    expect(ask('127.0.0.1', NI_NUMERICHOST)).toEqual(['127.0.0.1', 'http']);
    expect(ask('127.0.0.1', NI_NAMEREQD | NI_NUMERICSERV)[0]).not.toBe('127.0.0.1');
  });
});

describe('many at once', () => {
  test('a hundred lookups are all answered, and leave nothing open', () => {
    const before = openDescriptors().size;
    const loop = new EventLoop();
    const answers = loop.run(function* () {
      const lookups = Array.from({ length: 100 }, (_, i) =>
        loop.getaddrinfo(`127.0.0.1`, i + 1, { ...stream, flags: AI_CANONNAME }),
      );
      return yield* gather(lookups);
    });
    expect(answers.map(([info]) => info?.[4][1])).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    loop.close();
    expect(openDescriptors().size).toBe(before);
  });

  test('any of them may be cancelled at any time', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      for (let round = 0; round < 20; round++) {
        const lookups = Array.from({ length: 10 }, (_, i) =>
          loop.getaddrinfo('127.0.0.1', i + 1, { ...stream, flags: AI_CANONNAME }),
        );
        if (round % 2 === 0) yield* sleep(0);
        for (const [i, lookup] of lookups.entries()) if (i % 3 === round % 3) lookup.cancel();
        for (const [i, lookup] of lookups.entries()) {
          if (!lookup.cancelled()) expect((yield* lookup)[0]?.[4][1]).toBe(i + 1);
        }
      }
    });
  });

  test('loops are closed while they resolve, again and again', () => {
    const before = openDescriptors().size;
    for (let round = 0; round < 50; round++) {
      const loop = new EventLoop();
      let reportCount = 0;
      loop.setExceptionHandler(() => reportCount++);
      const lookups = Array.from({ length: 5 }, (_, i) => loop.getaddrinfo(null, i + 1, stream));
      if (round % 2 === 0) loop.runUntilComplete(sleep(0));
      loop.close();
      // Nobody awaited them, so those that failed are reported.
      const failed = lookups.filter((lookup) => lookup.exception() instanceof ClosedResourceError);
      expect(reportCount).toBe(failed.length);
    }
    expect(openDescriptors().size).toBe(before);
  });

  test('blocking calls leave nothing open', () => {
    const before = openDescriptors().size;
    for (let i = 0; i < 50; i++) getaddrinfo(null, i + 1, stream);
    expect(() => getaddrinfo('x', 1, { flags: AI_NUMERICHOST })).toThrow('ENOTFOUND');
    expect(openDescriptors().size).toBe(before);
  });
});

describe('where sockets take addresses', () => {
  test.runIf(localName !== undefined)('bind and connect resolve names, as Python does', () => {
    const name = localName as string;
    const server = owned(new Socket(AF_INET, SOCK_STREAM));
    server.bind([name, 0]);
    server.listen();
    expect(server.getsockname()[0]).toBe('127.0.0.1');
    const client = owned(new Socket(AF_INET, SOCK_STREAM));
    client.connect([name, server.getsockname()[1]]);
    expect(client.getpeername()).toEqual(server.getsockname());
  });

  test.runIf(localName !== undefined)('sockConnect does so without blocking', () => {
    const { loop } = realLoop();
    const server = tcpListener();
    const client = owned(new Socket(AF_INET, SOCK_STREAM));
    client.setblocking(false);
    const [, port] = server.getsockname();
    loop.runUntilComplete(loop.sockConnect(client, [localName as string, port]));
    expect(client.getpeername()).toEqual(server.getsockname());
  });

  test('what is no name fails with what the resolver says', () => {
    const { loop } = realLoop();
    const client = owned(new Socket(AF_INET, SOCK_STREAM));
    const error: unknown = expect.objectContaining({ name: 'GaiError', code: 'ENOTFOUND' });
    const bad = 'a'.repeat(300);
    expect(() => client.connect([bad, 1])).toThrow(expect.objectContaining({ name: 'GaiError' }));
    loop.setResolver({ getaddrinfo: () => [], getnameinfo: () => ['', ''] });
    expect(() => loop.runUntilComplete(loop.sockConnect(client, ['nowhere.test', 1]))).toThrow(error);
  });
});

test('gethostbyname, gethostname, getservbyname', () => {
  expect(gethostbyname('127.0.0.1')).toBe('127.0.0.1');
  if (localName !== undefined) expect(gethostbyname(localName)).toMatch(/^127\./);
  expect(gethostname()).toBe(hostname());
  expect(getservbyname('http')).toBe(80);
  expect(getservbyname('http', 'tcp')).toBe(80);
  expect(getservbyname('domain', 'udp')).toBe(53);
  expect(() => getservbyname('no-such-service')).toThrow('EAI_SERVICE');
  expect(AF_UNSPEC).toBe(0);
});

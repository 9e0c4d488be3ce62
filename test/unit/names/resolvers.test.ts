/** Resolvers of one's own. */
import { describe, expect, test, vi } from 'vitest';
import { type AddressInfo, createTask, type Resolver, StaticResolver, sleep } from '../../../src/index.ts';
import { constants, namesLoop } from './scripted-names.ts';

const { AF_INET, AF_INET6, SOCK_STREAM, IPPROTO_TCP, NI_NAMEREQD } = constants as Record<string, number>;
const stream = { type: SOCK_STREAM };
const info: AddressInfo = [
  AF_INET as number,
  SOCK_STREAM as number,
  IPPROTO_TCP as number,
  '',
  ['10.9.9.9', 1],
];

function resolverOf(getaddrinfo: Resolver['getaddrinfo']): Resolver {
  return { getaddrinfo, getnameinfo: ([host], flags) => [host, String(flags)] };
}

describe('a loop’s resolver', () => {
  test('is asked in place of the system, with the checked question', () => {
    const { loop, kernel } = namesLoop();
    const ask = vi.fn(() => [info]);
    const resolver = resolverOf(ask);
    loop.setResolver(resolver);
    expect(loop.getResolver()).toBe(resolver);
    expect(loop.runUntilComplete(loop.getaddrinfo('Bücher.test', '443', stream))).toEqual([info]);
    expect(ask).toHaveBeenCalledWith({
      host: 'Bücher.test',
      port: 443,
      family: 0,
      type: SOCK_STREAM,
      proto: 0,
      flags: 0,
    });
    expect(loop.runUntilComplete(loop.getnameinfo(['10.0.0.1', 1], 3))).toEqual(['10.0.0.1', '3']);
    expect(kernel.log).toEqual([]);
  });

  test('is not asked for addresses and localhost', () => {
    const { loop } = namesLoop();
    const ask = vi.fn(() => [info]);
    loop.setResolver(resolverOf(ask));
    for (const host of ['10.0.0.1', '::1', 'localhost']) {
      expect(loop.runUntilComplete(loop.getaddrinfo(host, 80, stream))).not.toEqual([info]);
    }
    expect(ask).not.toHaveBeenCalled();
  });

  test('may be a coroutine, which is cancelled with whoever asked', () => {
    const { loop } = namesLoop();
    const ended: string[] = [];
    loop.setResolver(
      resolverOf(function* ({ host }) {
        try {
          yield* sleep(host === 'slow.test' ? 1000 : 5);
          return [info];
        } finally {
          ended.push(String(host));
        }
      }),
    );
    loop.run(function* () {
      expect(yield* loop.getaddrinfo('quick.test', 1)).toEqual([info]);
      const task = createTask(
        (function* () {
          return yield* loop.getaddrinfo('slow.test', 1);
        })(),
      );
      yield* sleep(10);
      task.cancel();
      yield* sleep(1);
      expect(task.cancelled()).toBe(true);
    });
    expect(ended).toEqual(['quick.test', 'slow.test']);
  });

  test('that throws fails the future, not the call', () => {
    const { loop } = namesLoop();
    loop.setResolver(
      resolverOf(() => {
        throw new Error('the registry is down');
      }),
    );
    const future = loop.getaddrinfo('a.test', 1);
    expect(() => loop.runUntilComplete(future)).toThrow('the registry is down');
  });

  test('null puts the system back', () => {
    const { loop } = namesLoop({ 'a.test': { addresses: ['10.0.0.3'] } });
    loop.setResolver(resolverOf(() => [info]));
    loop.setResolver(null);
    expect(loop.getResolver()).toBe(null);
    expect(loop.runUntilComplete(loop.getaddrinfo('a.test', 1))[0]?.[4]).toEqual(['10.0.0.3', 1]);
  });

  test('what is none is refused in words', () => {
    const { loop } = namesLoop();
    expect(() => loop.setResolver({} as Resolver)).toThrow(
      /setResolver: an object with getaddrinfo and getnameinfo/,
    );
    loop.setResolver(resolverOf((() => 'no') as unknown as Resolver['getaddrinfo']));
    expect(() => loop.getaddrinfo('a.test', 1)).toThrow(/must return an array or something to await/);
  });
});

describe('StaticResolver', () => {
  const names = { 'DB.internal': ['10.0.0.5', 'fd00::5'], 'v4.internal': ['10.0.0.4'] };

  function ask(host: string | null, hints: object = stream): unknown[] {
    const { loop } = namesLoop();
    loop.setResolver(new StaticResolver(names));
    return loop.runUntilComplete(loop.getaddrinfo(host, 5432, hints)).map((entry) => entry[4]);
  }

  test('knows its table, whatever the case', () => {
    expect(ask('db.INTERNAL')).toEqual([
      ['10.0.0.5', 5432],
      ['fd00::5', 5432, 0, 0],
    ]);
    expect(ask('db.internal', { ...stream, family: AF_INET6 })).toEqual([['fd00::5', 5432, 0, 0]]);
    expect(ask(null)).toContainEqual(['127.0.0.1', 5432]);
  });

  test('knows nothing else', () => {
    expect(() => ask('other.internal')).toThrow('getaddrinfo ENOTFOUND other.internal');
    expect(() => ask('v4.internal', { family: AF_INET6 })).toThrow('getaddrinfo ENOTFOUND v4.internal');
    const { loop } = namesLoop();
    loop.setResolver(new StaticResolver(names));
    expect(() => loop.runUntilComplete(loop.getaddrinfo('db.internal', 'http'))).toThrow('EAI_SERVICE http');
  });

  test('finds the name of an address', () => {
    const { loop } = namesLoop();
    loop.setResolver(new StaticResolver(names));
    const name = (host: string, flags = 0) => loop.runUntilComplete(loop.getnameinfo([host, 80], flags));
    expect(name('10.0.0.5')).toEqual(['db.internal', '80']);
    expect(name('10.0.0.5', constants.NI_NUMERICHOST)).toEqual(['10.0.0.5', '80']);
    expect(name('10.7.7.7')).toEqual(['10.7.7.7', '80']);
    expect(() => name('10.7.7.7', NI_NAMEREQD)).toThrow('getnameinfo ENOTFOUND 10.7.7.7');
  });
});

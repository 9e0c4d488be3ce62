/** A loop's questions to the system's resolver, on virtual time. */
import { describe, expect, test } from 'vitest';
import {
  ClosedResourceError,
  createTask,
  gather,
  isCancelled,
  OSError,
  sleep,
  timeout,
} from '../../../src/index.ts';
import { EAGAIN } from '../../../src/kernel/errno.ts';
import { constants, namesLoop } from './scripted-names.ts';

const { AF_INET, AF_INET6, SOCK_STREAM, IPPROTO_TCP, AI_CANONNAME } = constants as Record<string, number>;
const stream = { type: SOCK_STREAM };

describe('an answer', () => {
  test('has the five parts of each address, in the order of the resolver', () => {
    const { loop, kernel } = namesLoop({
      'www.test': { afterMs: 5, addresses: ['fd00::7', '10.0.0.7'], canonname: 'real.test' },
    });
    const infos = loop.runUntilComplete(loop.getaddrinfo('www.test', 80, { ...stream, flags: AI_CANONNAME }));
    expect(infos).toEqual([
      [AF_INET6, SOCK_STREAM, IPPROTO_TCP, 'real.test', ['fd00::7', 80, 0, 0]],
      [AF_INET, SOCK_STREAM, IPPROTO_TCP, '', ['10.0.0.7', 80]],
    ]);
    expect(kernel.log).toEqual([`www.test 80 0,${SOCK_STREAM},0,${AI_CANONNAME}`]);
  });

  test('that is larger than the usual buffer is fetched whole', () => {
    const addresses = Array.from({ length: 400 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
    const { loop } = namesLoop({ 'many.test': { addresses } });
    const infos = loop.runUntilComplete(loop.getaddrinfo('many.test', 1, stream));
    expect(infos.map((info) => info[4][0])).toEqual(addresses);
  });

  test('comes to whoever asked, in whatever order they come', () => {
    const names = Array.from({ length: 50 }, (_, i) => i);
    const { loop } = namesLoop(
      Object.fromEntries(
        names.map((i) => [`n${i}.test`, { afterMs: (i * 7) % 50, addresses: [`10.0.0.${i}`] }]),
      ),
    );
    const answers = loop.run(function* () {
      return yield* gather(names.map((i) => loop.getaddrinfo(`n${i}.test`, i, stream)));
    });
    expect(answers.map(([info]) => info?.[4])).toEqual(names.map((i) => [`10.0.0.${i}`, i]));
  });

  test('of getnameinfo is a pair', () => {
    const { loop, kernel } = namesLoop();
    expect(loop.runUntilComplete(loop.getnameinfo(['10.0.0.1', 80], 1))).toEqual(['named', '']);
    expect(kernel.log).toEqual(['names 16 1']);
  });
});

describe('a refusal', () => {
  test('is a GaiError in the shape of Node', () => {
    const { loop } = namesLoop();
    expect(() => loop.runUntilComplete(loop.getaddrinfo('nosuch.invalid', 80))).toThrow(
      expect.objectContaining({
        name: 'GaiError',
        message: 'getaddrinfo ENOTFOUND nosuch.invalid',
        code: 'ENOTFOUND',
        errno: -3008,
        syscall: 'getaddrinfo',
        hostname: 'nosuch.invalid',
        eai: constants.EAI_NONAME,
      }),
    );
  });

  test.each([
    ['EAI_AGAIN', 'EAI_AGAIN', -3001],
    ['EAI_FAIL', 'EAI_FAIL', -3004],
  ])('%s keeps its name', (name, code, errno) => {
    const { loop } = namesLoop({ 'a.test': { eai: constants[name] as number } });
    const error: unknown = expect.objectContaining({ message: `getaddrinfo ${code} a.test`, code, errno });
    expect(() => loop.runUntilComplete(loop.getaddrinfo('a.test', 80))).toThrow(error);
  });

  test('of the service names the service', () => {
    const { loop } = namesLoop({ 'a.test': { eai: constants.EAI_SERVICE as number } });
    const ask = () => loop.runUntilComplete(loop.getaddrinfo('a.test', 'gopher'));
    expect(ask).toThrow('getaddrinfo EAI_SERVICE gopher');
  });

  test('by a system call of the resolver is that call’s own error', () => {
    const { loop } = namesLoop({ 'a.test': { eai: constants.EAI_SYSTEM as number, errno: EAGAIN } });
    expect(() => loop.runUntilComplete(loop.getaddrinfo('a.test', 80))).toThrow(
      expect.objectContaining({ code: 'EAGAIN', syscall: 'getaddrinfo' }),
    );
  });

  test('to start fails the future, and the next lookup is tried again', () => {
    const { loop, kernel } = namesLoop({ 'a.test': { addresses: ['10.0.0.1'] } });
    kernel.refusals.push(-EAGAIN);
    expect(() => loop.runUntilComplete(loop.getaddrinfo('a.test', 80))).toThrow(OSError);
    expect(loop.runUntilComplete(loop.getaddrinfo('a.test', 80))).toHaveLength(1);
  });
});

describe('giving up', () => {
  test('a cancelled lookup is abandoned, and others go on', () => {
    const { loop, kernel } = namesLoop({
      'slow.test': { afterMs: 1000, addresses: ['10.0.0.1'] },
      'a.test': { afterMs: 2000, addresses: ['10.0.0.2'] },
    });
    loop.run(function* () {
      const slow = createTask(
        (function* () {
          return yield* loop.getaddrinfo('slow.test', 1);
        })(),
      );
      const other = loop.getaddrinfo('a.test', 1);
      yield* sleep(10);
      slow.cancel();
      let caught: unknown;
      try {
        yield* slow;
      } catch (error) {
        caught = error;
      }
      expect(isCancelled(caught)).toBe(true);
      // The other one, asked in this very step, was first.
      expect(kernel.log.at(-1)).toBe('abandon 1');
      expect(yield* other).toHaveLength(1);
    });
  });

  test('a timeout ends the wait for a name server that does not answer', () => {
    const { loop, kernel } = namesLoop({ 'dead.test': { afterMs: 60_000 } });
    const before = kernel.nowMs();
    const main = function* () {
      return yield* timeout(50, function* () {
        return yield* loop.getaddrinfo('dead.test', 1);
      });
    };
    expect(() => loop.run(main)).toThrow(expect.objectContaining({ name: 'TimeoutError' }));
    expect(kernel.nowMs() - before).toBeLessThan(1000);
    expect(kernel.log.at(-1)).toBe('abandon 0');
  });

  test('closing the loop fails pending calls, and closes the lookups', () => {
    const { loop, kernel } = namesLoop({ 'slow.test': { afterMs: 60_000 } });
    const future = loop.getaddrinfo('slow.test', 1);
    loop.runUntilComplete(sleep(1));
    expect(String(future)).toContain('getaddrinfo of slow.test');
    loop.close();
    expect(future.exception()).toBeInstanceOf(ClosedResourceError);
    expect(kernel.log.at(-1)).toBe('close');
    expect(kernel.openCount).toBe(0);
    expect(() => loop.getaddrinfo('slow.test', 1)).toThrow('getaddrinfo: the event loop is closed');
  });

  test('a loop that never asked has opened nothing', () => {
    const { loop, kernel } = namesLoop();
    loop.runUntilComplete(loop.getaddrinfo('127.0.0.1', 80));
    expect(kernel.openCount).toBe(0);
  });
});

/**
 * Registrations, over every selector class and the real kernel: what CPython's test_selectors asks of a
 * selector, and what is ours. Waiting is in `selector-select.test.ts`.
 */
import { describe, expect, it } from 'vitest';
import { ClosedResourceError, KeyError, OSError } from '../../src/base/errors.ts';
import {
  EpollSelector,
  EVENT_READ,
  EVENT_WRITE,
  KqueueSelector,
  PollerSelector,
  PollSelector,
} from '../../src/selectors.ts';
import { failOnFdLeaks, numbersAreOurs } from '../support/fd-leaks.ts';
import { isEmulated, kernel, PATIENCE_MS } from './os-objects.ts';
import { closing, openSelectorWorld, type SelectorWorld, selectorClasses } from './selector-world.ts';

const BOTH = EVENT_READ | EVENT_WRITE;
failOnFdLeaks();

it('a class that this machine has not says which it has', () => {
  for (const Class of [EpollSelector, KqueueSelector]) {
    const name = Class === EpollSelector ? 'epoll' : 'kqueue';
    if (kernel.pollerKinds.includes(name)) continue;
    expect(() => new Class()).toThrow(TypeError);
    expect(() => new Class()).toThrow(`${name} is not offered here (this machine has`);
  }
});

describe.each(selectorClasses)('%s', (_name, Class) => {
  const start = (): SelectorWorld => openSelectorWorld(Class);

  describe('register', () => {
    it('returns a key that holds what it was given', () => {
      const { selector, reader } = start();
      const key = selector.register(reader, EVENT_READ, 'data');
      expect([key.fileobj, key.fd, key.events, key.data]).toEqual([
        reader,
        reader.fileno(),
        EVENT_READ,
        'data',
      ]);
    });

    it('refuses wrong events, wrong file objects and a second time', () => {
      const { selector, reader } = start();
      expect(() => selector.register(reader, 999_999)).toThrow(RangeError);
      expect(() => selector.register(reader, 0)).toThrow(RangeError);
      expect(() => selector.register(-10, EVENT_READ)).toThrow(RangeError);
      expect(() => selector.register('0' as never, EVENT_READ)).toThrow(TypeError);
      selector.register(reader, EVENT_READ);
      expect(() => selector.register(reader, EVENT_READ)).toThrow(KeyError);
      expect(() => selector.register(reader.fileno(), EVENT_WRITE)).toThrow(
        `fd ${reader.fileno()} is already registered`,
      );
    });

    it.runIf(numbersAreOurs)('of a closed descriptor is EBADF, and leaves no key', () => {
      const { selector, reader } = start();
      const fd = reader.fileno();
      reader.close();
      expect(() => selector.register(fd, EVENT_READ)).toThrow(expect.objectContaining({ code: 'EBADF' }));
      expect(() => selector.getKey(fd)).toThrow(KeyError);
      expect(() => selector.register(reader, EVENT_READ)).toThrow('it is closed');
    });

    it('of a regular file or directory is EPERM, and leaves no key', () => {
      const { os, selector } = start();
      for (const fd of [os.file(), os.directory()]) {
        expect(() => selector.register(fd, EVENT_READ)).toThrow(OSError);
        expect(() => selector.register(fd, EVENT_READ)).toThrow(
          'regular files and directories are always ready',
        );
        expect(() => selector.getKey(fd)).toThrow(KeyError);
      }
    });
  });

  describe('unregister', () => {
    it('returns the key; unknown and twice are a KeyError', () => {
      const { selector, reader } = start();
      const key = selector.register(reader, EVENT_READ);
      expect(selector.unregister(reader)).toBe(key);
      expect(() => selector.unregister(999_999)).toThrow(KeyError);
      expect(() => selector.unregister(reader)).toThrow(KeyError);
    });

    it.runIf(numbersAreOurs)('is silent when the descriptor, or the object, has been closed', () => {
      const { selector, reader, writer } = start();
      const fd = reader.fileno();
      selector.register(fd, EVENT_READ);
      selector.register(writer, EVENT_WRITE);
      reader.close();
      writer.close();
      expect(selector.unregister(fd).fd).toBe(fd);
      expect(selector.unregister(writer).fileobj).toBe(writer);
      expect(selector.getMap().size).toBe(0);
      expect(selector.select(0)).toEqual([]);
    });

    it.runIf(numbersAreOurs)('is silent when the number is in use again', () => {
      const { os, selector, reader, writer } = start();
      const numbers = [reader.fileno(), writer.fileno()];
      selector.register(reader, BOTH);
      selector.register(writer, BOTH);
      reader.close();
      writer.close();
      expect(os.socketpair()).toEqual(numbers);
      for (const fd of numbers) selector.unregister(fd);
      expect(selector.select(0)).toEqual([]);
      selector.register(numbers[0] as number, EVENT_WRITE, 'new');
      expect(selector.select(0).map(([key]) => key.data)).toEqual(['new']);
    });
  });

  describe('modify', () => {
    it('changes events, or data, and the old key stays as it was', () => {
      const { selector, reader } = start();
      const key = selector.register(reader, EVENT_READ, 1);
      const second = selector.modify(reader, EVENT_WRITE, 1);
      expect([key.events, second.events]).toEqual([EVENT_READ, EVENT_WRITE]);
      expect(selector.getKey(reader)).toBe(second);
      expect(selector.select(0)).toEqual([[second, EVENT_WRITE]]);
      const third = selector.modify(reader, EVENT_WRITE, 2);
      expect([second.data, third.data]).toEqual([1, 2]);
      expect(selector.select(0)).toEqual([[third, EVENT_WRITE]]);
      expect(selector.modify(reader, EVENT_READ).data).toBeUndefined();
      expect(selector.select(0)).toEqual([]);
    });

    it('of an unknown object is a KeyError, wrong events are a RangeError', () => {
      const { selector, reader } = start();
      expect(() => selector.modify(999_999, EVENT_READ)).toThrow(KeyError);
      selector.register(reader, EVENT_READ);
      expect(() => selector.modify(reader, 0)).toThrow(RangeError);
      expect(selector.getKey(reader).events).toBe(EVENT_READ);
    });

    it.runIf(numbersAreOurs)('of a closed descriptor fails, and then it is not registered', () => {
      const { selector, reader } = start();
      const fd = reader.fileno();
      selector.register(fd, EVENT_READ);
      reader.close();
      expect(() => selector.modify(fd, EVENT_WRITE)).toThrow(expect.objectContaining({ code: 'EBADF' }));
      expect(selector.getMap().has(fd)).toBe(false);
    });
  });

  describe('map and key', () => {
    it('the map is live, by object and by descriptor', () => {
      const { selector, reader } = start();
      const map = selector.getMap();
      expect([map.size, [...map], map.get(reader)]).toEqual([0, [], undefined]);
      const key = selector.register(reader, EVENT_READ, 'data');
      expect([map.size, map.get(reader), map.get(reader.fileno())]).toEqual([1, key, key]);
      expect([[...map.keys()], [...map.values()]]).toEqual([[reader.fileno()], [key]]);
      expect(() => selector.getKey(999_999)).toThrow(KeyError);
    });

    it('close() empties the map and ends the rest', () => {
      const { selector, reader, writer } = start();
      const map = selector.getMap();
      selector.register(reader, EVENT_READ);
      selector.register(writer, EVENT_WRITE);
      selector.close();
      selector.close();
      expect([map.size, map.get(reader), map.has(writer)]).toEqual([0, undefined, false]);
      expect(() => selector.getKey(reader)).toThrow(ClosedResourceError);
      expect(() => selector.select(0)).toThrow(ClosedResourceError);
      expect(reader.fileno()).toBeGreaterThan(0);
    });

    it('`using` closes it', () => {
      const { os } = start();
      const [reader] = os.pipe();
      let seen: PollerSelector;
      {
        using selector = new Class();
        selector.register(reader, EVENT_READ);
        seen = selector;
      }
      expect(() => seen.getKey(reader)).toThrow(ClosedResourceError);
    });
  });
});

it('fileno() of a poll selector is -1: it has none', () => {
  expect(closing(new PollSelector()).fileno()).toBe(-1);
});

describe.each(kernel.pollerKinds.filter((kind) => kind !== 'poll' && !isEmulated(kind)))(
  'fileno() with %s',
  (kind) => {
    it.each(selectorClasses)('can be watched by %s: readable while something is ready', (_name, Class) => {
      const { selector: outer, reader, writer } = openSelectorWorld(Class);
      const inner = closing(new PollerSelector({ kind }));
      expect(inner.fileno()).toBeGreaterThan(0);
      inner.register(writer, EVENT_WRITE);
      const key = outer.register(inner, EVENT_READ);
      expect(outer.select(PATIENCE_MS)).toEqual([[key, EVENT_READ]]);
      inner.modify(writer, EVENT_READ);
      inner.register(reader, EVENT_READ);
      // kqueue notices only when asked that nothing is ready any more.
      expect(inner.select(0)).toEqual([]);
      expect(outer.select(0)).toEqual([]);
      inner.close();
      expect(inner.fileno()).toBe(-1);
      expect(outer.unregister(inner)).toBe(key);
    });
  },
);

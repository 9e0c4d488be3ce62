import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { KeyError } from '../../../src/base/errors.ts';
import { Registry } from '../../../src/selectors/registry.ts';

class Thing {
  fd: number;
  constructor(fd: number) {
    this.fd = fd;
  }
  fileno(): number {
    return this.fd;
  }
}

describe('add', () => {
  it('makes a key that is found by number, by object and by token', () => {
    const registry = new Registry<string>();
    const thing = new Thing(5);
    const key = registry.add(thing, 3, 'd');
    expect(key).toMatchObject({ fileobj: thing, fd: 5, events: 3, data: 'd' });
    expect(registry.find(5, 'f()')).toBe(key);
    expect(registry.find(thing, 'f()')).toBe(key);
    expect(registry.find(new Thing(5), 'f()')).toBe(key);
    expect(registry.byToken(key.token)).toBe(key);
  });

  it('refuses a descriptor twice, names it, its holder and the remedy, and keeps the first', () => {
    const registry = new Registry<string>();
    const key = registry.add(new Thing(5), 1, 'first');
    expect(() => registry.add(5, 2, 'second')).toThrow(KeyError);
    expect(() => registry.add(5, 2, 'second')).toThrow(
      /fd 5 is already registered, as Thing .*use modify\(\)/,
    );
    expect(registry.size).toBe(1);
    expect(registry.find(5, 'f()')).toBe(key);
  });
});

describe('find', () => {
  it('finds a closed object by identity, although another has its number now', () => {
    const registry = new Registry<string>();
    const closed = new Thing(5);
    const key = registry.add(closed, 1, 'd');
    closed.fd = -1;
    expect(registry.find(closed, 'f()')).toBe(key);
    expect(registry.find(new Thing(-1), 'f()')).toBeUndefined();
    expect(registry.find(new Thing(5), 'f()')).toBe(key);
  });

  it('require() names the call and the object', () => {
    const registry = new Registry<string>();
    expect(() => registry.require(9, 'modify()')).toThrow(new KeyError('modify(): 9 is not registered'));
  });
});

describe('liveness', () => {
  it('removed and replaced keys are stale for good', () => {
    const registry = new Registry<string>();
    const first = registry.add(5, 1, 'a');
    const second = registry.replace(first, 2, 'b');
    expect(second.token).toBe(first.token);
    expect([registry.isLive(first), registry.isLive(second)]).toEqual([false, true]);
    expect(registry.byToken(first.token)).toBe(second);
    registry.remove(second);
    const third = registry.add(5, 1, 'c');
    expect(third.token).not.toBe(first.token);
    expect(registry.byToken(first.token)).toBeNull();
    expect([first, second, third].map((key) => registry.isLive(key))).toEqual([false, false, true]);
    registry.clear();
    expect(registry.isLive(third)).toBe(false);
    expect(registry.size).toBe(0);
  });
});

describe('view', () => {
  it('is live, ordered and read-only', () => {
    const registry = new Registry<string>();
    const view = registry.view();
    expect(view.size).toBe(0);
    expect(view.get(5)).toBeUndefined();
    const b = registry.add(9, 1, 'b');
    const a = registry.add(5, 1, 'a');
    expect(view.size).toBe(2);
    expect([view.has(5), view.has(6)]).toEqual([true, false]);
    expect(view.get(5)).toBe(a);
    expect([...view.keys()]).toEqual([9, 5]);
    expect([...view.values()]).toEqual([b, a]);
    expect([...view]).toEqual([...view.entries()]);
    expect([...view]).toEqual([
      [9, b],
      [5, a],
    ]);
    expect('set' in view || 'delete' in view || 'clear' in view).toBe(false);
    expect(inspect(view)).toBe('SelectorMap(2) { fd 9, 5 }');
  });
});

it('keys describe themselves without their inner fields', () => {
  const registry = new Registry<unknown>();
  expect(inspect(registry.add(5, 3, 'd'))).toBe("SelectorKey { fd: 5, events: read|write, data: 'd' }");
  expect(inspect(registry.add(new Thing(6), 1, undefined))).toBe(
    'SelectorKey { fileobj: Thing { fd: 6 }, fd: 6, events: read, data: undefined }',
  );
});

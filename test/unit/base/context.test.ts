/** Context variables on their own, and how they follow callbacks and tasks. */
import { describe, expect, it } from 'vitest';
import {
  Context,
  ContextVar,
  type Coroutine,
  copyContext,
  createTask,
  RuntimeError,
  sleep,
} from '../../../src/index.ts';
import { onePass, virtualLoop } from '../loop/virtual-loop.ts';

describe('ContextVar', () => {
  it('get: the value, else the fallback given, else the default, else KeyError', () => {
    const bare = new ContextVar<number>('bare');
    const defaulted = new ContextVar<number>('defaulted', { default: 1 });
    new Context().run(() => {
      expect(() => bare.get()).toThrow("ContextVar 'bare' has no value");
      expect(bare.get(5)).toBe(5);
      expect(defaulted.get()).toBe(1);
      expect(defaulted.get(5)).toBe(5);
      bare.set(2);
      expect(bare.get()).toBe(2);
      expect(bare.get(5)).toBe(2);
    });
  });

  it('undefined is a value like any other', () => {
    const variable = new ContextVar<number | undefined>('maybe', { default: undefined });
    expect(variable.get()).toBeUndefined();
    new Context().run(() => {
      variable.set(undefined);
      expect(variable.get(7)).toBeUndefined();
    });
  });

  it('reset undoes one set, in any depth', () => {
    const variable = new ContextVar<string>('v');
    new Context().run(() => {
      const first = variable.set('a');
      const second = variable.set('b');
      expect(second.oldValue).toBe('a');
      variable.reset(second);
      expect(variable.get()).toBe('a');
      variable.reset(first);
      expect(variable.get('none')).toBe('none');
    });
  });

  it('reset refuses a token used before, of another variable, of another context', () => {
    const variable = new ContextVar<string>('v');
    const other = new ContextVar<string>('other');
    new Context().run(() => {
      const token = variable.set('a');
      expect(() => other.reset(token)).toThrow(TypeError);
      expect(() => copyContext().run(() => variable.reset(token))).toThrow('different context');
      variable.reset(token);
      expect(() => variable.reset(token)).toThrow(RuntimeError);
    });
  });

  it('has a name, which must be a string', () => {
    expect(String(new ContextVar('request'))).toContain('request');
    expect(() => new ContextVar(3 as never)).toThrow(TypeError);
  });
});

describe('Context', () => {
  it('a copy has the same values, and later changes on either side are its own', () => {
    const variable = new ContextVar<string>('v');
    const original = new Context();
    original.run(() => variable.set('before'));
    const copy = original.copy();
    copy.run(() => variable.set('in the copy'));
    expect(original.get(variable)).toBe('before');
    original.run(() => variable.set('in the original'));
    expect(copy.get(variable)).toBe('in the copy');
  });

  it('run returns or throws what the function does, and ends either way', () => {
    const variable = new ContextVar<string>('v', { default: 'outside' });
    const context = new Context();
    expect(context.run((a: number, b: number) => a + b, 2, 3)).toBe(5);
    expect(() =>
      context.run(() => {
        variable.set('inside');
        throw new Error('from inside');
      }),
    ).toThrow('from inside');
    expect(variable.get()).toBe('outside');
    expect(context.run(() => variable.get())).toBe('inside');
  });

  it('cannot be entered twice at once', () => {
    const context = new Context();
    expect(() => context.run(() => context.run(() => {}))).toThrow(RuntimeError);
    expect(context.run(() => 'again')).toBe('again');
  });

  it('is a map from variables to values', () => {
    const [a, b] = [new ContextVar<number>('a'), new ContextVar<number>('b', { default: 9 })];
    const context = new Context();
    context.run(() => a.set(1));
    expect(context.size).toBe(1);
    expect(context.has(a)).toBe(true);
    expect(context.has(b)).toBe(false);
    expect(context.get(b)).toBeUndefined();
    expect(context.get(b, 3)).toBe(3);
    expect([...context]).toEqual([a]);
    expect([...context.entries()]).toEqual([[a, 1]]);
  });
});

describe('contexts of callbacks and tasks', () => {
  const variable = new ContextVar<string>('v', { default: 'unset' });

  it('a callback sees the values of the moment it was scheduled', () => {
    const { loop } = virtualLoop();
    const seen: string[] = [];
    new Context().run(() => {
      variable.set('then');
      loop.callSoon(() => seen.push(variable.get()));
      loop.callLater(1, () => seen.push(variable.get()));
      variable.set('now');
    });
    loop.run(() => pause(2));
    expect(seen).toEqual(['then', 'then']);
  });

  it('a callback with { context } runs in that very context', () => {
    const { loop } = virtualLoop();
    const context = new Context();
    loop.callSoon(() => variable.set('set by the callback'), { context });
    onePass(loop);
    expect(context.get(variable)).toBe('set by the callback');
    expect(variable.get()).toBe('unset');
  });

  it('a task runs in a copy: it sees what was set before it was made, and nobody sees what it sets', () => {
    const { loop } = virtualLoop();
    const seen: string[] = [];
    loop.run(function* (): Coroutine<void> {
      variable.set('parent');
      const child = createTask(readAndSet(seen));
      variable.set('parent, later');
      yield* child;
      seen.push(variable.get());
    });
    expect(seen).toEqual(['parent', 'child', 'parent, later']);
    expect(variable.get()).toBe('unset');
  });

  it('two tasks keep their values apart across suspensions', () => {
    const { loop } = virtualLoop();
    const seen: string[] = [];
    loop.run(function* (): Coroutine<void> {
      const tasks = ['a', 'b', 'c'].map((name) => createTask(keep(name, seen)));
      for (const task of tasks) yield* task;
    });
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it('an error in a callback leaves the context of the others alone', () => {
    const { loop, takeReports } = virtualLoop();
    const seen: string[] = [];
    loop.callSoon(
      () => {
        variable.set('leaked?');
        throw new Error('in a context');
      },
      { context: new Context() },
    );
    loop.callSoon(() => seen.push(variable.get()));
    onePass(loop);
    expect(seen).toEqual(['unset']);
    expect(takeReports()).toHaveLength(1);
  });

  function* readAndSet(seen: string[]): Coroutine<void> {
    seen.push(variable.get());
    variable.set('child');
    yield* sleep(1);
    seen.push(variable.get());
  }

  function* keep(name: string, seen: string[]): Coroutine<void> {
    variable.set(name);
    yield* sleep(0);
    yield* sleep(1);
    seen.push(variable.get());
  }
});

function* pause(delayMs: number): Coroutine<void> {
  yield* sleep(delayMs);
}

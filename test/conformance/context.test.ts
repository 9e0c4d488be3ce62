/**
 * Context variables: what CPython 3.13 says in test_context, and what test_tasks says of them in tasks and
 * callbacks.
 */
import { describe, expect, it } from 'vitest';
import {
  Context,
  ContextVar,
  type Coroutine,
  copyContext,
  createTask,
  type Future,
  gather,
  KeyError,
  RuntimeError,
  sleep,
  Token,
} from '../../src/index.ts';
import { caught, virtualLoop } from '../unit/loop/virtual-loop.ts';

/** Runs `body` in a context of its own, so that no test sees the values of another. */
function isolated(body: () => void): void {
  new Context().run(body);
}

describe('a variable', () => {
  it('has a name, which is a string', () => {
    expect(new ContextVar('aaa').name).toBe('aaa');
    for (const name of [1, undefined, null]) expect(() => new ContextVar(name as never)).toThrow(TypeError);
  });

  it('describes itself, and so does a token', () => {
    isolated(() => {
      expect(String(new ContextVar('a'))).toBe("<ContextVar name='a'>");
      const variable = new ContextVar('b', { default: 123 });
      expect(String(variable)).toContain('123');
      const token = variable.set(1);
      expect(String(token)).toContain(String(variable));
      expect(String(token)).not.toContain('used');
      variable.reset(token);
      expect(String(token)).toContain('used');
    });
  });

  it('a default that contains the variable itself can be described', () => {
    const list: unknown[] = [];
    const variable = new ContextVar('a', { default: list });
    list.push(variable);
    expect(String(variable)).toContain("name='a'");
  });

  it('set and reset, step by step', () => {
    isolated(() => {
      const variable = new ContextVar<unknown>('c');
      expect(caught(() => variable.get())).toBeInstanceOf(KeyError);
      expect(variable.get(null)).toBeNull();
      const first = variable.set(42);
      expect([variable.get(), variable.get(null)]).toEqual([42, 42]);
      expect(first.oldValue).toBe(Token.MISSING);
      expect(first.var).toBe(variable);
      const second = variable.set('spam');
      expect(second.oldValue).toBe(42);
      variable.reset(second);
      expect(variable.get()).toBe(42);
      variable.set('spam2');
      expect(() => variable.reset(second)).toThrow(RuntimeError);
      expect(variable.get()).toBe('spam2');
      const before = copyContext();
      variable.reset(first);
      expect(() => variable.reset(first)).toThrow(RuntimeError);
      expect(variable.get(null)).toBeNull();
      expect([before.get(variable), before.size]).toEqual(['spam2', 1]);
      expect([copyContext().has(variable), copyContext().size]).toEqual([false, 0]);
    });
  });

  it('refuses a token of another variable, of another context, and what is none', () => {
    isolated(() => {
      const [one, other] = [new ContextVar('v1', { default: 0 }), new ContextVar('v2', { default: 0 })];
      const token = one.set(42);
      expect(() => other.reset(token)).toThrow("'v1'");
      const foreign = new Context().run(() => one.set(1));
      expect(() => one.reset(foreign)).toThrow('different context');
      expect(() => one.reset(undefined as never)).toThrow(TypeError);
      expect(one.get()).toBe(42);
    });
  });

  it('a token that was used is refused as such, wherever it comes from', () => {
    isolated(() => {
      const variable = new ContextVar('v', { default: 0 });
      const token = variable.set(1);
      variable.reset(token);
      expect(() => new Context().run(() => variable.reset(token))).toThrow('already been used');
    });
  });
});

describe('a context', () => {
  it('is a map: get, has, size, keys, values, entries, and iteration over the keys', () => {
    const variable = new ContextVar<string>('c', { default: 'default' });
    const context = new Context();
    expect([context.get(variable), context.get(variable, 'spam'), context.has(variable)]).toEqual([
      undefined,
      'spam',
      false,
    ]);
    expect([...context.keys()]).toEqual([]);
    const token = context.run(() => variable.set('set'));
    expect([context.get(variable), context.has(variable), context.size]).toEqual(['set', true, 1]);
    expect([[...context.keys()], [...context.values()], [...context]]).toEqual([
      [variable],
      ['set'],
      [variable],
    ]);
    expect([...context.entries()]).toEqual([[variable, 'set']]);
    context.run(() => variable.reset(token));
    expect([context.size, context.has(variable)]).toEqual([0, false]);
  });

  it.each([1, 'c', null, {}])('refuses %j as a key', (key) => {
    const context = new Context();
    expect(() => context.get(key as never)).toThrow(TypeError);
    expect(() => context.has(key as never)).toThrow(TypeError);
  });

  it('run passes arguments and the result, and is free again after an error', () => {
    const context = new Context();
    const variable = new ContextVar<string>('var');
    expect(context.run((...args: number[]) => args, 1, 2)).toEqual([1, 2]);
    expect(() => context.run(undefined as never)).toThrow(TypeError);
    const error = new RangeError('from inside');
    function fail(): void {
      expect(variable.get('none')).toBe('none');
      variable.set('spam');
      throw error;
    }
    expect(caught(() => context.run(fail))).toBe(error);
    expect([variable.get('none'), context.get(variable)]).toEqual(['none', 'spam']);
    expect(context.run(() => 'again')).toBe('again');
  });

  it('one within another: each has its own values', () => {
    const variable = new ContextVar<string>('var');
    const copied = new Context().run(() => {
      variable.set('spam');
      expect(new Context().run(() => variable.get('none'))).toBe('none');
      expect(variable.get()).toBe('spam');
      return copyContext();
    });
    expect([copied.size, copied.get(variable)]).toEqual([1, 'spam']);
  });

  it('seen from inside is the one seen from outside', () => {
    const context = new Context();
    const variable = new ContextVar('a', { default: 0 });
    context.run(() => {
      expect([variable.get(), context.get(variable)]).toEqual([0, undefined]);
      variable.set(42);
      expect([variable.get(), context.get(variable)]).toEqual([42, 42]);
    });
  });

  it('cannot be entered while it is entered', () => {
    const context = new Context();
    expect(() => context.run(() => context.run(() => 1))).toThrow(RuntimeError);
    const between = new Context();
    expect(() => context.run(() => between.run(() => context.run(() => 1)))).toThrow(RuntimeError);
  });

  it('a copy made inside is a picture of that moment', () => {
    const variable = new ContextVar('c', { default: 42 });
    const context = new Context();
    context.run(() => {
      variable.set(10);
      const copy = context.copy();
      variable.set(20);
      expect([context.get(variable), copy.get(variable)]).toEqual([20, 10]);
      copy.run(() => variable.set(30));
      expect([variable.get(), copy.get(variable)]).toEqual([20, 30]);
    });
  });
});

describe('in tasks', () => {
  const variable = new ContextVar<string>('cvar', { default: 'nope' });

  /** Runs `main`, and checks that nothing of it is left outside. */
  function run(main: () => Coroutine<unknown>): void {
    virtualLoop().loop.run(main);
    expect(variable.get()).toBe('nope');
  }

  it('a task has the values of when it was made, and keeps its own', () => {
    function* sub(): Coroutine<void> {
      yield* sleep(10);
      expect(variable.get()).toBe('nope');
      variable.set('something else');
    }
    run(function* (): Coroutine<void> {
      const subtask = createTask(sub());
      variable.set('yes');
      yield* subtask;
      expect(variable.get()).toBe('yes');
    });
  });

  it('callbacks change nothing in the task that added them, nor do timers', () => {
    run(function* (): Coroutine<void> {
      const { loop } = createTask(sleep(0));
      for (const name of ['a', 'b']) {
        const future: Future<void> = (loop as ReturnType<typeof virtualLoop>['loop']).createFuture<void>();
        future.addDoneCallback(() => variable.set('something else'));
        variable.set(name);
        loop.callSoon(() => future.setResult());
        yield* future;
        expect(variable.get()).toBe(name);
        for (let i = 0; i < 3; i++) {
          variable.set(`${name}${i}`);
          yield* sleep(1);
          expect(variable.get()).toBe(`${name}${i}`);
        }
      }
    });
  });

  it('a hundred at once do not disturb each other', () => {
    function* sub(num: number): Coroutine<void> {
      for (let i = 0; i < 10; i++) {
        variable.set(String(num + i));
        yield* sleep(1 + ((num * 7 + i * 3) % 11));
        expect(variable.get()).toBe(String(num + i));
      }
    }
    run(function* (): Coroutine<void> {
      yield* gather(Array.from({ length: 100 }, (_, num) => sub(num)));
    });
  });

  it('that share a context see each other’s values', () => {
    function* set(value: string): Coroutine<void> {
      yield* sleep(0);
      variable.set(value);
    }
    run(function* (): Coroutine<void> {
      const context = copyContext();
      const seen = [context.get(variable)];
      for (const value of ['1', '2']) {
        const task = createTask(set(value), { context });
        expect(task.getContext()).toBe(context);
        yield* task;
        seen.push(context.get(variable));
      }
      expect(seen).toEqual([undefined, '1', '2']);
    });
  });

  it('getContext is the same before, during and after, and has what the task set', () => {
    run(function* (): Coroutine<void> {
      function* work(): Coroutine<Context> {
        const inside = task.getContext();
        variable.set('by the task');
        yield* sleep(1);
        return inside;
      }
      const task = createTask(work());
      const before = task.getContext();
      const inside = yield* task;
      expect([inside === before, task.getContext() === before]).toEqual([true, true]);
      expect(before.get(variable)).toBe('by the task');
    });
  });

  it('a token can be used after an await', () => {
    run(function* (): Coroutine<void> {
      const token = variable.set('for a while');
      yield* sleep(5);
      variable.reset(token);
      expect(variable.get()).toBe('nope');
    });
  });
});

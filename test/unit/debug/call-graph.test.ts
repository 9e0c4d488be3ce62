/** `captureCallGraph` and its kin: where a task stands, and who awaits it. */
import { describe, expect, it } from 'vitest';
import type { Coroutine } from '../../../src/coroutines/coroutine.ts';
import {
  captureCallGraph,
  createTask,
  currentTask,
  type FutureCallGraph,
  formatCallGraph,
  printCallGraph,
  RuntimeError,
  sleep,
} from '../../../src/index.ts';
import { recordPrints } from '../../support/recorded-prints.ts';
import { onePass, virtualLoop } from '../loop/virtual-loop.ts';
import { withFamily } from './graph-fixture.ts';

/** `name < awaiter < its awaiter`, the first of each. */
function chain(graph: FutureCallGraph | null | undefined): string[] {
  if (graph === null || graph === undefined) return [];
  return [String(graph.future).match(/name='(\w+)'/)?.[1] ?? 'future', ...chain(graph.awaitedBy[0])];
}

const functionsOf = (graph: FutureCallGraph | null): string[] =>
  (graph?.callStack ?? []).map(({ frame }) => frame.functionName);

describe('captureCallGraph', () => {
  it('leads from a task to those that await it: through a lock, a gather, a group', () => {
    let seen: string[] = [];
    withFamily(({ holder }) => {
      const graph = captureCallGraph(holder);
      // Awaited by the gathering task, and by the one that wants the lock.
      expect(graph?.awaitedBy.map(({ future }) => String(future).match(/name='(\w+)'/)?.[1])).toEqual([
        'second',
        'gathering',
      ]);
      seen = chain(graph?.awaitedBy[1]);
    });
    expect(seen).toEqual(['gathering', 'main']);
  });

  it('has the innermost call first, in places of the user, without frames of this package', () => {
    withFamily(({ idle, main }) => {
      expect(functionsOf(captureCallGraph(idle))).toEqual(['idleDeep', 'idling']);
      expect(functionsOf(captureCallGraph(main))).toEqual(['opening']);
      const [innermost] = captureCallGraph(idle)?.callStack ?? [];
      expect(innermost?.frame.file).toContain('graph-fixture.ts');
    });
  });

  it.each([
    [1, ['idling']],
    [-1, ['idleDeep']],
    [0, []],
    [5, ['idleDeep', 'idling']],
    [null, ['idleDeep', 'idling']],
  ])('limit %s keeps %s', (limit, expected) => {
    withFamily(({ idle }) => expect(functionsOf(captureCallGraph(idle, { limit }))).toEqual(expected));
  });

  it('of the current task, the default: where it is; depth leaves out the innermost', () => {
    const { loop } = virtualLoop();
    function* inner(): Coroutine<void> {
      expect(functionsOf(captureCallGraph())).toEqual(['inner', 'outer']);
      expect(functionsOf(captureCallGraph(null, { depth: 1 }))).toEqual(['outer']);
      expect(captureCallGraph()?.future).toBe(currentTask());
      yield* sleep(0);
    }
    function* outer(): Coroutine<void> {
      yield* inner();
    }
    loop.run(outer());
  });

  it('of a future that is no task: no stack, and who awaits it', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<void>();
    function* waiting(): Coroutine<void> {
      yield* future;
    }
    const task = loop.createTask(waiting(), { name: 'waiting' });
    onePass(loop);
    const graph = captureCallGraph(future);
    expect(graph?.callStack).toEqual([]);
    expect(chain(graph)).toEqual(['future', 'waiting']);
    future.setResult();
    loop.runUntilComplete(task);
    expect(captureCallGraph(task)).toMatchObject({ callStack: [], awaitedBy: [] });
  });

  it('of a circle ends, and leads back to its beginning', () => {
    const { loop } = virtualLoop();
    const [first, second] = [loop.createFuture<void>(), loop.createFuture<void>()];
    function* waiting(own: { task: Iterable<unknown> | null }, gate: typeof first): Coroutine<void> {
      yield* gate;
      void own;
    }
    const a = loop.createTask(waiting({ task: null }, first), { name: 'a' });
    const b = loop.createTask(waiting({ task: null }, second), { name: 'b' });
    onePass(loop);
    first.source = {
      abandoned() {},
      describe: () => 'b',
      origins: () => ({ futures: [b], areRequired: false }),
    };
    second.source = {
      abandoned() {},
      describe: () => 'a',
      origins: () => ({ futures: [a], areRequired: false }),
    };
    const graph = captureCallGraph(a);
    expect(graph?.awaitedBy[0]?.awaitedBy[0]).toBe(graph);
    expect(formatCallGraph(a)).toContain("* Task 'a' (shown above)");
    first.setResult();
    second.setResult();
    loop.runUntilComplete(a);
    loop.runUntilComplete(b);
  });

  it('is null in a callback, and refuses what is no future', () => {
    const { loop } = virtualLoop();
    let graph: unknown = 'not asked';
    loop.callSoon(() => {
      graph = captureCallGraph();
      expect(formatCallGraph()).toBe('');
    });
    onePass(loop);
    expect(graph).toBeNull();
    expect(() => captureCallGraph()).toThrow(RuntimeError);
    expect(() => captureCallGraph(7 as never)).toThrow(/a task or a future is needed, got number 7/);
  });

  it('changes nothing: the tasks go on as if nobody had looked', () => {
    const { loop } = virtualLoop();
    function* child(): Coroutine<string> {
      yield* sleep(5);
      return 'result';
    }
    const result = loop.run(function* () {
      const task = createTask(child());
      yield* sleep(1);
      for (let i = 0; i < 3; i++) captureCallGraph(task);
      return yield* task;
    });
    expect(result).toBe('result');
  });
});

describe('formatCallGraph, printCallGraph', () => {
  it('one paragraph a task: stack, what it waits for, who awaits it', () => {
    let text = '';
    withFamily(({ second }) => {
      text = formatCallGraph(second);
    });
    expect(text.replace(/\([^()]*?([\w-]+\.ts):\d+:\d+\)/g, '($1)')).toBe(
      [
        "* Task 'second'",
        '  + Call stack:',
        '  |   at holding (graph-fixture.ts)',
        "  + Waits for: acquire() of <Lock [locked, waiters:1]>, held by Task 'holder'",
        '  + Awaited by:',
        "    * Task 'gathering'",
        '      + Call stack:',
        '      |   at gatherBoth (graph-fixture.ts)',
        '      + Waits for: gather() of 2, 2 left',
        '      + Awaited by:',
        "        * Task 'main'",
        '          + Call stack:',
        '          |   at opening (graph-fixture.ts)',
        '          + Waits for: 1 task of a group',
      ].join('\n'),
    );
  });

  it('prints to a descriptor, by default to stdout', () => {
    const { loop, kernel } = virtualLoop();
    const prints = recordPrints(kernel);
    loop.run(function* main() {
      printCallGraph();
      printCallGraph(null, { fd: 2, limit: 0 });
      yield* sleep(0);
    });
    expect(prints.map(({ fd }) => fd)).toEqual([1, 2]);
    expect(prints[0]?.text).toMatch(/^\* Task '.+'\n {2}\+ Call stack:\n {2}\| {3}at main \(.+\)\n$/);
    expect(prints[1]?.text).toMatch(/^\* Task '.+'\n$/);
  });
});

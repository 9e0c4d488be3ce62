/** All tasks of a loop, as data and as it is drawn. */
import { describe, expect, it } from 'vitest';
import {
  captureTaskGraph,
  formatTaskGraph,
  RuntimeError,
  type TaskGraph,
  type TaskGraphNode,
} from '../../../src/index.ts';
import { withFamily } from './graph-fixture.ts';

function familyGraph(options?: Parameters<typeof captureTaskGraph>[1]): TaskGraph {
  let graph: TaskGraph = { tasks: [] };
  withFamily(({ main }) => {
    graph = captureTaskGraph(main.loop, options);
  });
  return graph;
}

/** Places without their folders and columns. */
const short = (text: string): string => text.replace(/\([^()]*?([\w-]+\.ts):\d+:\d+\)/g, '($1)');

const node = (id: number, name: string, awaits: number[] = []): TaskGraphNode => ({
  id,
  name,
  state: 'waiting',
  daemon: false,
  stack: [{ functionName: name, file: 'file:///srv/a.ts', line: id, column: 1 }],
  waitsFor: 'something',
  awaits,
});

describe('captureTaskGraph', () => {
  it('has every task with its stack, what it waits for and for whom', () => {
    const { tasks } = familyGraph();
    const nameOf = new Map(tasks.map(({ id, name }) => [id, name]));
    expect(
      tasks.map(({ name, state, stack, awaits }) => [
        name,
        state,
        stack.map(({ functionName }) => functionName).join(' > '),
        awaits.map((id) => nameOf.get(id)).join(),
      ]),
    ).toEqual([
      ['main', 'waiting', 'opening', 'gathering'],
      ['holder', 'waiting', 'holding', ''],
      ['second', 'waiting', 'holding', 'holder'],
      ['idle', 'waiting', 'idling > idleDeep', ''],
      ['gathering', 'waiting', 'gatherBoth', 'holder,second'],
    ]);
    expect(tasks.map(({ waitsFor }) => waitsFor)).toContain('sleep(10)');
  });

  it('may leave out stacks, and tasks beyond a number', () => {
    const { tasks } = familyGraph({ stacks: false, limit: 2 });
    expect(tasks.map(({ name, stack }) => [name, stack])).toEqual([
      ['main', []],
      ['holder', []],
    ]);
  });

  it('gives a task the same number each time', () => {
    withFamily(({ main }) => {
      const [first, again] = [captureTaskGraph(main.loop), captureTaskGraph(main.loop)];
      expect(again).toEqual(first);
      expect(new Set(first.tasks.map(({ id }) => id)).size).toBe(5);
    });
  });

  it('needs a loop', () => {
    expect(() => captureTaskGraph()).toThrow(RuntimeError);
  });
});

describe('formatTaskGraph', () => {
  it('as a tree: who waits above whom it waits for', () => {
    expect(short(formatTaskGraph(familyGraph()))).toBe(
      [
        "* Task 'main' waits for 1 task of a group",
        '    at opening (graph-fixture.ts)',
        "  * Task 'gathering' waits for gather() of 2, 2 left",
        '      at gatherBoth (graph-fixture.ts)',
        "    * Task 'holder' waits for sleep(10)",
        '        at holding (graph-fixture.ts)',
        "    * Task 'second' waits for acquire() of <Lock [locked, waiters:1]>, held by Task 'holder'",
        '        at holding (graph-fixture.ts)',
        "      * Task 'holder' (shown above)",
        "* Task 'idle' waits for wait() of <Event [unset, waiters:1]>",
        '    at idling (graph-fixture.ts)',
        '    at idleDeep (graph-fixture.ts)',
      ].join('\n'),
    );
  });

  it('as a tree, circles too, each task once', () => {
    const graph = { tasks: [node(1, 'a', [2]), node(2, 'b', [1])] };
    expect(formatTaskGraph(graph).match(/\* Task .*/g)).toEqual([
      "* Task 'a' waits for something",
      "* Task 'b' waits for something",
      "* Task 'a' (shown above)",
    ]);
  });

  it('as a tree of a chain of 20,000, which overflows no stack', () => {
    const tasks = Array.from({ length: 20_000 }, (_, i) => node(i, `t${i}`, [i + 1]));
    expect(formatTaskGraph({ tasks: tasks.map((each) => ({ ...each, stack: [] })) })).toContain('t19999');
  });

  it('as a table, a line for each task', () => {
    const graph = { tasks: [node(1, 'long name', [2]), { ...node(2, 'b'), stack: [] }] };
    expect(formatTaskGraph(graph, 'table').split('\n')).toEqual([
      'id  task       state    at                         waits for',
      '1   long name  waiting  long name (/srv/a.ts:1:1)  something',
      '2   b          waiting  in selectloop              something',
    ]);
  });

  it('as Mermaid and dot, with what could be taken for their syntax escaped', () => {
    const graph = { tasks: [node(1, 'a "b" <c>', [2, 9]), node(2, 'd\\e')] };
    expect(formatTaskGraph(graph, 'mermaid')).toBe(
      [
        'flowchart TD',
        '  t1["a #34;b#34; #60;c#62;<br/>a #34;b#34; #60;c#62; (/srv/a.ts:1:1)<br/>waits for something"]',
        '  t2["d\\e<br/>d\\e (/srv/a.ts:2:1)<br/>waits for something"]',
        '  t1 --> t2',
      ].join('\n'),
    );
    expect(formatTaskGraph(graph, 'dot')).toBe(
      [
        'digraph tasks {',
        '  node [shape=box];',
        '  t1 [label="a \\"b\\" <c>\\na \\"b\\" <c> (/srv/a.ts:1:1)\\nwaits for something"];',
        '  t2 [label="d\\\\e\\nd\\\\e (/srv/a.ts:2:1)\\nwaits for something"];',
        '  t1 -> t2;',
        '}',
      ].join('\n'),
    );
  });

  it('as JSON that is read back as it was', () => {
    const graph = familyGraph();
    expect(JSON.parse(formatTaskGraph(graph, 'json'))).toEqual(graph);
  });

  it('refuses other formats', () => {
    expect(() => formatTaskGraph({ tasks: [] }, 'svg' as never)).toThrow(
      'formatTaskGraph: the format must be one of tree, table, mermaid, dot, json, got string svg',
    );
  });
});

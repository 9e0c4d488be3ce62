/** One way to draw a task graph, whatever is to become of it. */

import { describeValue } from '../coroutines/misuse.ts';
import { taskDot, taskMermaid } from './task-diagrams.ts';
import type { TaskGraph } from './task-graph.ts';
import { taskTable, taskTree } from './task-text.ts';

const formats = {
  tree: taskTree,
  table: taskTable,
  mermaid: taskMermaid,
  dot: taskDot,
  json: (graph: TaskGraph) => JSON.stringify(graph, null, 2),
} as const;

/** What {@link formatTaskGraph} can make of a graph. */
export type TaskGraphFormat = keyof typeof formats;

/**
 * A task graph as text: a `tree` with the stack of each task, a `table` with a line for each, the source of a
 * picture in `mermaid` or Graphviz's `dot`, or `json`.
 *
 *     print(formatTaskGraph(captureTaskGraph(), 'table'));
 *
 * @param format default: `tree`
 * @throws TypeError for another format
 */
export function formatTaskGraph(graph: TaskGraph, format: TaskGraphFormat = 'tree'): string {
  if (!Object.hasOwn(formats, format)) {
    const known = Object.keys(formats).join(', ');
    throw new TypeError(`formatTaskGraph: the format must be one of ${known}, got ${describeValue(format)}`);
  }
  return formats[format](graph);
}

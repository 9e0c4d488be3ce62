/** The tasks of a graph as a tree: a task stands above those it waits for. */

import type { TaskGraph, TaskGraphNode } from './task-graph.ts';

/** A task at its place in the tree. */
export interface PlacedTask {
  readonly node: TaskGraphNode;
  readonly depth: number;
  /**
   * Shown before, at another place, with everything below it: two tasks wait for it, or it waits for itself
   * by way of others.
   */
  readonly isRepeated: boolean;
}

/**
 * The tasks that nobody waits for, each followed by those it waits for; then what is left, which waits in
 * circles.
 */
export function treeOrder({ tasks }: TaskGraph): PlacedTask[] {
  const byId = new Map(tasks.map((node) => [node.id, node]));
  const awaited = new Set(tasks.flatMap(({ awaits }) => awaits));
  const placed: PlacedTask[] = [];
  const seen = new Set<number>();
  const place = (root: TaskGraphNode): void => {
    // A list instead of recursion: a chain may be long.
    const todo: [TaskGraphNode, number][] = [[root, 0]];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      const [node, depth] = next;
      const isRepeated = seen.has(node.id);
      placed.push({ node, depth, isRepeated });
      if (isRepeated) continue;
      seen.add(node.id);
      for (const id of node.awaits.toReversed()) {
        const below = byId.get(id);
        if (below !== undefined) todo.push([below, depth + 1]);
      }
    }
  };
  for (const node of tasks) if (!awaited.has(node.id)) place(node);
  for (const node of tasks) if (!seen.has(node.id)) place(node);
  return placed;
}

/** A task graph as text for a terminal: a tree with the stacks, or a table with a line for each task. */

import type { StackFrame } from '../coroutines/probe.ts';
import { placeOfFrame } from '../tasks/task-stack.ts';
import { treeOrder } from './graph-order.ts';
import type { TaskGraph, TaskGraphNode } from './task-graph.ts';

/** What a task does now. */
export function stateText({ state, waitsFor }: TaskGraphNode): string {
  return waitsFor === null ? `is ${state}` : `waits for ${waitsFor}`;
}

/** Where a task stands: its innermost frame. A task of a bare `sleep()` has none, and may wait. */
export function placeText({ stack, waitsFor }: TaskGraphNode): string {
  const innermost = stack.at(-1);
  if (innermost !== undefined) return placeOfFrame(innermost);
  return waitsFor === null ? 'not started' : 'in selectloop';
}

/** A tree: under each task those it waits for, and at each its stack, outermost call first. */
export function taskTree(graph: TaskGraph): string {
  const lines = treeOrder(graph).flatMap(({ node, depth, isRepeated }) => {
    const indent = '  '.repeat(depth);
    const head = `${indent}* Task '${node.name}'${node.daemon ? ' (daemon)' : ''}`;
    if (isRepeated) return [`${head} (shown above)`];
    return [`${head} ${stateText(node)}`, ...node.stack.map((frame) => frameLine(frame, indent))];
  });
  return lines.join('\n');
}

function frameLine(frame: StackFrame, indent: string): string {
  return `${indent}    at ${placeOfFrame(frame)}`;
}

/** A table: number, name, state, where it stands, what it waits for. */
export function taskTable({ tasks }: TaskGraph): string {
  const head = ['id', 'task', 'state', 'at', 'waits for'];
  const rows = tasks.map((node) => [
    String(node.id),
    node.name,
    node.state,
    placeText(node),
    node.waitsFor ?? '',
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  return [head, ...rows]
    .map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

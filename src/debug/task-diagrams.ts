/**
 * A task graph as the source of a picture: Mermaid, which documents and code hosts draw, and Graphviz's dot.
 */

import type { TaskGraph, TaskGraphNode } from './task-graph.ts';
import { placeText, stateText } from './task-text.ts';

/** A flowchart of Mermaid: an arrow leads from a task to what it waits for. */
export function taskMermaid({ tasks }: TaskGraph): string {
  const nodes = tasks.map((node) => `  t${node.id}["${labelOf(node).map(mermaidText).join('<br/>')}"]`);
  return ['flowchart TD', ...nodes, ...edgesOf(tasks).map(([from, to]) => `  t${from} --> t${to}`)].join(
    '\n',
  );
}

/** A digraph for Graphviz, likewise. */
export function taskDot({ tasks }: TaskGraph): string {
  const nodes = tasks.map((node) => `  t${node.id} [label="${labelOf(node).map(dotText).join('\\n')}"];`);
  const edges = edgesOf(tasks).map(([from, to]) => `  t${from} -> t${to};`);
  return ['digraph tasks {', '  node [shape=box];', ...nodes, ...edges, '}'].join('\n');
}

function labelOf(node: TaskGraphNode): string[] {
  return [node.name, placeText(node), stateText(node)];
}

/** Only between tasks that are shown. */
function edgesOf(tasks: readonly TaskGraphNode[]): [from: number, to: number][] {
  const shown = new Set(tasks.map(({ id }) => id));
  return tasks.flatMap(({ id, awaits }) =>
    awaits.filter((to) => shown.has(to)).map((to): [number, number] => [id, to]),
  );
}

/** Mermaid reads entities by name or number, written with `#`, and some HTML. */
function mermaidText(text: string): string {
  return oneLine(text).replace(/[#"<>&`]/g, (sign) => `#${sign.charCodeAt(0)};`);
}

function dotText(text: string): string {
  return oneLine(text).replace(/[\\"]/g, (sign) => `\\${sign}`);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

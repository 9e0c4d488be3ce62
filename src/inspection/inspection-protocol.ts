/**
 * What a command asks of a program, and what it is told: one line of JSON each way, as many times as the
 * command likes. A program that is asked for something it does not know answers with an error in words, so
 * that versions may differ.
 */

import type { TaskGraphNode } from '../debug/task-graph.ts';
import type { LoopMetrics } from '../loop/metrics.ts';

/** What can be asked. */
export type InspectionRequest =
  | { readonly ask: 'tasks'; readonly stacks: boolean }
  | { readonly ask: 'stack'; readonly id: number }
  | { readonly ask: 'stats' }
  | { readonly ask: 'top'; readonly sort: TopOrder; readonly filter: string; readonly limit: number }
  | { readonly ask: 'trace'; readonly seconds: number }
  | { readonly ask: 'dump' };

/** By what `top` sorts its tasks. */
export type TopOrder = 'cpu' | 'steps' | 'bytes' | 'age' | 'name' | 'state';

/** An answer: a value, or why there is none. */
export type InspectionAnswer = { readonly value: unknown } | { readonly error: string };

/** The process of the loop that answers. */
export interface ProcessFacts {
  readonly pid: number;
  readonly threadId: number;
  readonly node: string;
  readonly argv: readonly string[];
  readonly uptimeMs: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
}

export interface StatsAnswer {
  readonly process: ProcessFacts;
  readonly poller: string;
  readonly metrics: LoopMetrics;
}

/** A task of `top`. Counts are since the first `top`, or since the task was made. */
export interface TopTask {
  readonly id: number;
  readonly name: string;
  readonly state: TaskGraphNode['state'];
  readonly waitsFor: string | null;
  /** The time of its steps since the last question of any `top`. */
  readonly recentMs: number;
  readonly cpuMs: number;
  readonly steps: number;
  readonly byteCount: number;
  readonly ageMs: number;
  /** False for a task that was there before it was counted: it is older than `ageMs`. */
  readonly isAgeExact: boolean;
}

export interface TopAnswer extends StatsAnswer {
  readonly tasks: readonly TopTask[];
  /** How many match the filter; `tasks` has the first of them. */
  readonly taskCount: number;
}

/** A descriptor of a loop. */
export interface DescriptorFacts {
  readonly fd: number;
  readonly what: string;
  readonly reader: string | null;
  readonly writer: string | null;
}

export interface DumpAnswer extends StatsAnswer {
  readonly tasks: readonly TaskGraphNode[];
  readonly descriptors: readonly DescriptorFacts[];
  /** Transports and servers. */
  readonly open: readonly string[];
}

/** The options of pools, checked. */

import { requireBoolean, requireEnvironment, requireOptions } from '../base/arguments.ts';
import { describeValue, requireArray } from '../coroutines/misuse.ts';
import type { ExecutorOptions } from './executor.ts';
import { referenceOf } from './function-reference.ts';
import type { WorkerProcessOptions } from './process-worker.ts';
import type { ErrorClass } from './transported-errors.ts';
import type { WorkerLink, WorkerListener } from './worker-link.ts';
import type { CrewOptions } from './worker-pool.ts';

const counts = new Map<string, number>();

/** @param start starts a worker of the kind @throws TypeError, RangeError for options that are not right */
export function crewOptions(
  kind: string,
  options: ExecutorOptions,
  defaultWorkerCount: number,
  start: (name: string, listener: WorkerListener) => WorkerLink,
): CrewOptions {
  requireOptions(kind, `new ${kind}({ maxWorkers: 4 })`, options);
  const { initializer, terminateOnCancel = false } = options;
  requireBoolean(kind, 'terminateOnCancel', terminateOnCancel);
  const given: ExecutorOptions & WorkerProcessOptions = options;
  for (const list of ['initializerArgs', 'errorClasses', 'execArgv'] as const) {
    if (given[list] !== undefined) requireArray(kind, list, given[list]);
  }
  if (given.env !== undefined) requireEnvironment(kind, given.env);
  const { name = nextName(kind) } = options;
  if (typeof name !== 'string') {
    throw new TypeError(`${kind}: expected text as name, got ${describeValue(name)}`);
  }
  return {
    name,
    maxWorkers: workerCount(kind, options.maxWorkers ?? defaultWorkerCount),
    initializer: initializer === undefined ? null : referenceOf(initializer, `${kind}, initializer`),
    initializerArgs: options.initializerArgs ?? [],
    terminateOnCancel,
    errorClasses: new Map(
      (options.errorClasses ?? []).map((each): [string, ErrorClass] => [each.name, each]),
    ),
    start,
  };
}

function workerCount(kind: string, value: unknown): number {
  if (typeof value !== 'number') {
    throw new TypeError(`${kind}: expected a number as maxWorkers, got ${describeValue(value)}`);
  }
  if (Number.isInteger(value) && value > 0) return value;
  throw new RangeError(`${kind}: maxWorkers must be a whole number greater than 0, got ${value}`);
}

function nextName(kind: string): string {
  const count = (counts.get(kind) ?? 0) + 1;
  counts.set(kind, count);
  return `${kind}-${count}`;
}

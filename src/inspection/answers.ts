/** What a loop answers to the command `selectloop`. */

import { nodeModules } from '../base/node-modules.ts';
import { type TaskGraphNode, taskNode } from '../debug/task-graph.ts';
import { idOf } from '../debug/task-ids.ts';
import { startTrace } from '../debug/trace.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { allTasks } from '../tasks/current-task.ts';
import type { Task } from '../tasks/task.ts';
import { userFrames } from '../tasks/task-stack.ts';
import { openResourcesOf } from '../transports/open-resources.ts';
import { inTurns } from './in-turns.ts';
import type {
  DescriptorFacts,
  DumpAnswer,
  InspectionAnswer,
  InspectionRequest,
  ProcessFacts,
  StatsAnswer,
  TopAnswer,
  TopOrder,
  TopTask,
} from './inspection-protocol.ts';
import { TaskMeter, type TaskUsage } from './task-meter.ts';

/** As long as anybody has patience; a trace is limited by its events anyway. */
const TRACE_SECONDS_MAX = 3600;
const TOP_LIMIT_MAX = 10_000;

type Answer = (answer: InspectionAnswer) => void;

export class Answers {
  private readonly loop: LoopCore;
  private readonly meter: TaskMeter;

  constructor(loop: LoopCore) {
    this.loop = loop;
    this.meter = new TaskMeter(loop);
  }

  /**
   * Answers one question; a long answer takes several passes.
   * @returns what to call when nobody waits for the answer any more, if something is under way until then
   * @throws TypeError for a question that is unknown here
   */
  answer(request: InspectionRequest, answer: Answer): (() => void) | null {
    switch (request.ask) {
      case 'tasks':
        this.nodes(request.stacks, (tasks) => answer({ value: { tasks } }));
        break;
      case 'stack':
        answer(this.stack(request.id));
        break;
      case 'stats':
        answer({ value: this.stats() });
        break;
      case 'top':
        this.top(request, answer);
        break;
      case 'trace':
        return this.trace(request.seconds, answer);
      case 'dump':
        this.dump(answer);
        break;
      default:
        throw new TypeError(`this version knows no '${(request as { ask: string }).ask}'`);
    }
    return null;
  }

  private nodes(stacks: boolean, done: (nodes: TaskGraphNode[]) => void): void {
    const nodes: TaskGraphNode[] = [];
    const add = (task: Task<unknown>): void => {
      if (!task.done()) nodes.push(taskNode(task, stacks));
    };
    inTurns(this.loop, [...allTasks(this.loop)], add, () => done(nodes));
  }

  private stack(id: number): InspectionAnswer {
    for (const task of allTasks(this.loop)) {
      if (idOf(task) === id) return { value: { ...taskNode(task, false), stack: userFrames(task) } };
    }
    return { error: `there is no task ${id} any more` };
  }

  private stats(): StatsAnswer {
    return {
      process: processFacts(),
      poller: this.loop.selector.kind,
      metrics: this.loop.metrics(),
    };
  }

  private top(
    { sort, filter, limit }: { readonly sort: TopOrder; readonly filter: string; readonly limit: number },
    answer: Answer,
  ): void {
    this.meter.begin();
    const rows: Row[] = [];
    const add = (task: Task<unknown>): void => {
      if (task.done() || (filter !== '' && !task.getName().includes(filter))) return;
      const usage = this.meter.usageOf(task);
      rows.push({ task, usage, recentMs: usage.cpuMs - usage.toldCpuMs });
      usage.toldCpuMs = usage.cpuMs;
    };
    inTurns(this.loop, [...allTasks(this.loop)], add, () => {
      rows.sort(orders[sort] ?? orders.cpu);
      const shown = rows.slice(0, Math.min(Math.max(limit, 0), TOP_LIMIT_MAX));
      const nowMs = this.loop.time();
      const value: TopAnswer = {
        ...this.stats(),
        taskCount: rows.length,
        tasks: shown.map((row) => topTask(row, nowMs)),
      };
      answer({ value });
    });
  }

  private trace(seconds: number, answer: Answer): () => void {
    const durationMs = Math.min(Math.max(seconds, 0), TRACE_SECONDS_MAX) * 1000;
    const timer = this.loop.callLater(durationMs, () => answer({ value: trace.stop().toJSON() }));
    const trace = startTrace({ loop: this.loop });
    return () => {
      timer.cancel();
      trace.stop();
    };
  }

  private dump(answer: Answer): void {
    this.nodes(true, (tasks) => {
      const descriptors: DescriptorFacts[] = [];
      const slots = [...this.loop.io.slots.values()];
      inTurns(
        this.loop,
        slots,
        (slot) =>
          descriptors.push({
            fd: slot.fd,
            what: slot.describe(),
            reader: slot.reader?.describe() ?? null,
            writer: slot.writer?.describe() ?? null,
          }),
        () => {
          const value: DumpAnswer = {
            ...this.stats(),
            tasks,
            descriptors,
            open: openResourcesOf(this.loop).map(String),
          };
          answer({ value });
        },
      );
    });
  }
}

interface Row {
  readonly task: Task<unknown>;
  readonly usage: TaskUsage;
  readonly recentMs: number;
}

const orders: Readonly<Record<TopOrder, (a: Row, b: Row) => number>> = {
  cpu: (a, b) => b.recentMs - a.recentMs || b.usage.cpuMs - a.usage.cpuMs,
  steps: (a, b) => b.usage.steps - a.usage.steps,
  bytes: (a, b) => b.usage.byteCount - a.usage.byteCount,
  age: (a, b) => a.usage.sinceMs - b.usage.sinceMs,
  name: (a, b) => compareText(a.task.getName(), b.task.getName()),
  state: (a, b) => compareText(waitKey(a.task), waitKey(b.task)),
};

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Those that wait come last, by what they wait for: what is ready or runs is looked for more often. */
function waitKey(task: Task<unknown>): string {
  return task.waitingOn === null ? '' : task.waitingOn.constructor.name;
}

function topTask({ task, usage, recentMs }: Row, nowMs: number): TopTask {
  const { id, name, state, waitsFor } = taskNode(task, false);
  return {
    id,
    name,
    state,
    waitsFor,
    recentMs,
    cpuMs: usage.cpuMs,
    steps: usage.steps,
    byteCount: usage.byteCount,
    ageMs: nowMs - usage.sinceMs,
    isAgeExact: usage.isAgeExact,
  };
}

function processFacts(): ProcessFacts {
  const { rss, heapUsed } = process.memoryUsage();
  return {
    pid: process.pid,
    threadId: nodeModules.workerThreads.threadId,
    node: process.version,
    argv: process.argv,
    uptimeMs: process.uptime() * 1000,
    residentBytes: rss,
    heapBytes: heapUsed,
  };
}

/** The table of `top`, as lines. */

import type { TopAnswer, TopTask } from '../inspection/inspection-protocol.ts';
import { bytes, columns, duration, percent } from './quantities.ts';
import { perSecond } from './stats-text.ts';

const HEAD = ['ID', 'CPU', 'TIME', 'STEPS', 'BYTES', 'AGE', 'STATE', 'TASK', 'WAITS FOR'] as const;
const NUMBERS: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5]);

/** The lines above the table: the loop. */
export function topHead(before: TopAnswer, now: TopAnswer): string[] {
  const { process, metrics, poller } = now;
  const busyMs = metrics.busyMs - before.metrics.busyMs;
  const idleMs = metrics.idleMs - before.metrics.idleMs;
  const { lag } = metrics;
  return [
    `PID ${process.pid}  thread ${process.threadId}  node ${process.node}  up ${duration(process.uptimeMs)}  ` +
      `${poller}  memory ${bytes(process.residentBytes)}`,
    `loop  ${percent(idleMs, busyMs + idleMs)} idle  ${perSecond(before, now, 'passes').toFixed(0)} passes/s  ` +
      `lag ${duration(lag.p50Ms)} median, ${duration(lag.p99Ms)} 99 %, ${duration(lag.maxMs)} longest  ` +
      `ready ${metrics.readyDepth}`,
    `tasks ${metrics.tasksLive} live  ${perSecond(before, now, 'tasksDone').toFixed(0)} done/s  ` +
      `${metrics.tasksFailed} failed  descriptors ${metrics.descriptors}  timers ${metrics.timers}  ` +
      `in ${bytes(perSecond(before, now, 'bytesReceived'))}/s  out ${bytes(perSecond(before, now, 'bytesSent'))}/s`,
  ];
}

/** The table itself: its head, and a line for each task. */
export function topRows(before: TopAnswer, now: TopAnswer): string[] {
  const elapsedMs = now.metrics.elapsedMs - before.metrics.elapsedMs;
  return columns([HEAD, ...now.tasks.map((task) => row(task, elapsedMs))], NUMBERS);
}

function row(task: TopTask, elapsedMs: number): string[] {
  return [
    String(task.id),
    percent(task.recentMs, elapsedMs),
    duration(task.cpuMs),
    String(task.steps),
    bytes(task.byteCount),
    `${task.isAgeExact ? '' : '>'}${duration(task.ageMs)}`,
    task.state,
    task.name,
    task.waitsFor ?? '',
  ];
}

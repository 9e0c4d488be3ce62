/** What a loop has done, as text. */

import type { StatsAnswer } from '../inspection/inspection-protocol.ts';
import { bytes, duration, percent } from './quantities.ts';

/** A few lines: totals, and beside them what happened between two looks. */
export function statsText(before: StatsAnswer, now: StatsAnswer): string {
  const { process, metrics, poller } = now;
  const seconds = (metrics.elapsedMs - before.metrics.elapsedMs) / 1000;
  const rate = (pick: (answer: StatsAnswer) => number): string =>
    seconds > 0 ? `${((pick(now) - pick(before)) / seconds).toFixed(0)}/s` : '-';
  const { busyMs, idleMs, lag } = metrics;
  const recent = metrics.busyMs - before.metrics.busyMs;
  const recentIdle = metrics.idleMs - before.metrics.idleMs;
  const rows: readonly (readonly [string, string])[] = [
    [
      'process',
      `PID ${process.pid}, thread ${process.threadId}, node ${process.node}, up ${duration(process.uptimeMs)}`,
    ],
    ['program', process.argv.slice(1).join(' ')],
    ['memory', `${bytes(process.residentBytes)} resident, ${bytes(process.heapBytes)} heap`],
    ['poller', poller],
    ['measured', duration(metrics.elapsedMs)],
    ['busy', `${percent(busyMs, busyMs + idleMs)}, now ${percent(recent, recent + recentIdle)}`],
    ['passes', `${metrics.passes}, now ${rate((answer) => answer.metrics.passes)}`],
    ['lag', `median ${duration(lag.p50Ms)}, 99 % ${duration(lag.p99Ms)}, longest ${duration(lag.maxMs)}`],
    ['ready', `${metrics.readyDepth}, at most ${metrics.readyDepthMax}`],
    ['timers', String(metrics.timers)],
    ['descriptors', `${metrics.descriptors}, waited for ${metrics.waiters}`],
    [
      'tasks',
      `${metrics.tasksLive} live; ${metrics.tasksMade} made (now ${rate((answer) => answer.metrics.tasksMade)}), ` +
        `${metrics.tasksDone} done, ${metrics.tasksFailed} failed, ${metrics.tasksCancelled} cancelled`,
    ],
    ['received', `${bytes(metrics.bytesReceived)}, now ${bytes(perSecond(before, now, 'bytesReceived'))}/s`],
    ['sent', `${bytes(metrics.bytesSent)}, now ${bytes(perSecond(before, now, 'bytesSent'))}/s`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(12)} ${value}`).join('\n');
}

/** How much of a count came in a second, between two looks. */
export function perSecond(
  before: StatsAnswer,
  now: StatsAnswer,
  count: 'bytesReceived' | 'bytesSent' | 'passes' | 'tasksDone',
): number {
  const seconds = (now.metrics.elapsedMs - before.metrics.elapsedMs) / 1000;
  return seconds > 0 ? (now.metrics[count] - before.metrics[count]) / seconds : 0;
}

/** Background work: reports that are made one after the other, urgent ones first, while their clients ask how far they are. */

import { type Coroutine, gather, isCancelled, moveOnAfter, PriorityQueue } from 'selectloop';

export const URGENCIES = ['high', 'normal', 'low'] as const;
export type Urgency = (typeof URGENCIES)[number];

/** | queued | running | done or failed | */
export interface Report {
  readonly id: number;
  readonly urgency: Urgency;
  state: 'queued' | 'running' | 'done' | 'failed';
  result: unknown;
}

export class Reports {
  private readonly known = new Map<number, Report>();
  private readonly queue = new PriorityQueue<Report>(0, {
    compare: (a, b) => URGENCIES.indexOf(a.urgency) - URGENCIES.indexOf(b.urgency) || a.id - b.id,
  });
  private readonly make: (report: Report) => Coroutine<unknown>;

  constructor(make: (report: Report) => Coroutine<unknown>) {
    this.make = make;
  }

  /** @throws QueueShutDown when no more are made */
  order(urgency: Urgency): Report {
    const report: Report = { id: this.known.size + 1, urgency, state: 'queued', result: null };
    this.queue.putNowait(report);
    this.known.set(report.id, report);
    return report;
  }

  find(id: number): Report | undefined {
    return this.known.get(id);
  }

  /** Makes reports, so many at a time, until {@link close}. */
  *work(workers: number): Coroutine<void> {
    yield* gather(Array.from({ length: workers }, () => this.queue.each((report) => this.perform(report))));
  }

  /** No more are taken; those that are queued are still made, for as long as `graceMs`. @returns how many were not */
  *close(graceMs: number): Coroutine<number> {
    this.queue.shutdown();
    yield* moveOnAfter(graceMs, () => this.queue.join());
    return [...this.known.values()].filter(({ state }) => state === 'queued' || state === 'running').length;
  }

  private *perform(report: Report): Coroutine<void> {
    report.state = 'running';
    try {
      report.result = yield* this.make(report);
      report.state = 'done';
    } catch (error) {
      if (isCancelled(error)) throw error;
      // One that fails is told as that, and the worker goes on with the next.
      report.state = 'failed';
    }
  }
}

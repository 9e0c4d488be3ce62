/** Work that several do together, each piece once, and pieces may lead to more. Here in memory; redis-jobs.ts for many machines. */

import { type Coroutine, Event } from 'selectloop';

export interface NewJob {
  /** What it is known by: of jobs with one key only the first is taken. */
  readonly key: string;
  readonly body: string;
}

export interface Job extends NewJob {
  /** By which the queue knows it. */
  readonly id: string;
}

export interface Jobs {
  add(jobs: readonly NewJob[]): Coroutine<void>;
  /** The next one; `null` when all are done. */
  take(): Coroutine<Job | null>;
  /** Records what came of a job, and adds what it led to, in one step: whoever dies has done either both or nothing. */
  finish(job: Job, result: string, found?: readonly NewJob[]): Coroutine<void>;
  /** What came of each key. */
  results(): Coroutine<ReadonlyMap<string, string>>;
  /** How many are waiting or under way. */
  open(): Coroutine<number>;
}

/** Something that has to be fair to several, such as the hosts of a crawl. */
export interface Grouping {
  of(job: NewJob): string;
  /** How many jobs of a group may be under way. */
  readonly limit: number;
}

const ONE_GROUP: Grouping = { of: () => '', limit: Number.POSITIVE_INFINITY };

/** The jobs of one process. Groups take turns. */
export class MemoryJobs implements Jobs {
  private readonly groups: Grouping;
  private readonly seen = new Set<string>();
  /** By groups; whose turn comes first is first. */
  private readonly waiting = new Map<string, Job[]>();
  private readonly underWay = new Map<string, number>();
  private readonly ended = new Map<string, string>();
  private openCount = 0;
  private readonly changed = new Event();

  constructor(groups: Grouping = ONE_GROUP) {
    this.groups = groups;
  }

  *add(jobs: readonly NewJob[]): Coroutine<void> {
    this.enqueue(jobs);
  }

  *take(): Coroutine<Job | null> {
    for (;;) {
      const job = this.next();
      if (job !== null || this.openCount === 0) return job;
      this.changed.clear();
      yield* this.changed.wait();
    }
  }

  *finish(job: Job, result: string, found: readonly NewJob[] = []): Coroutine<void> {
    const group = this.groups.of(job);
    this.underWay.set(group, (this.underWay.get(group) ?? 1) - 1);
    this.ended.set(job.key, result);
    this.openCount--;
    this.enqueue(found);
  }

  *results(): Coroutine<ReadonlyMap<string, string>> {
    return this.ended;
  }

  *open(): Coroutine<number> {
    return this.openCount;
  }

  /** What an earlier run has done: called before anything else, for each job in the order of their ends. */
  restore(key: string, result: string, found: readonly NewJob[]): void {
    const group = this.groups.of({ key, body: '' });
    const jobs = this.waiting.get(group) ?? [];
    const index = jobs.findIndex((job) => job.key === key);
    if (index >= 0) {
      jobs.splice(index, 1);
      if (jobs.length === 0) this.waiting.delete(group);
      this.openCount--;
    }
    this.seen.add(key);
    this.ended.set(key, result);
    this.enqueue(found);
  }

  private enqueue(jobs: readonly NewJob[]): void {
    for (const job of jobs) {
      if (this.seen.has(job.key)) continue;
      this.seen.add(job.key);
      const group = this.groups.of(job);
      const queue = this.waiting.get(group) ?? [];
      this.waiting.set(group, queue);
      queue.push({ ...job, id: job.key });
      this.openCount++;
    }
    this.changed.set();
  }

  private next(): Job | null {
    for (const [group, jobs] of this.waiting) {
      const count = this.underWay.get(group) ?? 0;
      if (count >= this.groups.limit) continue;
      const job = jobs.shift() as Job;
      // The next turn is that of the others.
      this.waiting.delete(group);
      if (jobs.length > 0) this.waiting.set(group, jobs);
      this.underWay.set(group, count + 1);
      return job;
    }
    return null;
  }
}

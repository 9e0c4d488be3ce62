/**
 * Jobs for any number of processes on any number of machines: a stream of Redis with a group of consumers, by ioredis, in guest
 * mode. A job is delivered to one process, and again to another when the first has said nothing of it for a while, because it
 * was killed, say. Done twice it may be, counted twice it is not: the first result stands.
 */

import type { Redis } from 'ioredis';
import { type Coroutine, fromPromise, Lock, sleep } from 'selectloop';
import type { Job, Jobs, NewJob } from './jobs.ts';

const GROUP = 'workers';
/** How long a wait for a job may last before we look whether all are done. */
const BLOCK_MS = 250;

/**
 * One step, whatever happens: `KEYS` are the stream, the keys seen, the results, the count of open jobs; `ARGV` the group, the
 * id, key and result of a job that is done, or '' for none, then the key and body of each new one.
 */
const FINISH = `
  local change = 0
  for i = 5, #ARGV, 2 do
    if redis.call('SADD', KEYS[2], ARGV[i]) == 1 then
      redis.call('XADD', KEYS[1], '*', 'key', ARGV[i], 'body', ARGV[i + 1])
      change = change + 1
    end
  end
  if ARGV[2] ~= '' then
    redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
    redis.call('XDEL', KEYS[1], ARGV[2])
    change = change - redis.call('HSETNX', KEYS[3], ARGV[3], ARGV[4])
  end
  return redis.call('INCRBY', KEYS[4], change)`;

/** Entries of a stream, as Redis tells them. */
type Entries = [id: string, fields: string[] | null][];

export interface RedisJobsOptions {
  /** What the keys of this work begin with. */
  readonly name: string;
  /** Who asks: unique among the processes that work on it. */
  readonly consumer: string;
  /** How long a job may be silent before another process gets it. */
  readonly claimAfterMs: number;
}

export class RedisJobs implements Jobs {
  private readonly redis: Redis;
  /** A connection of its own, since it waits. */
  private readonly waiting: Redis;
  private readonly options: RedisJobsOptions;
  private readonly keys: [stream: string, seen: string, results: string, open: string];
  private readonly turn = new Lock();
  private readonly underWay = new Set<string>();
  private lastClaimMs = 0;

  constructor(redis: Redis, waiting: Redis, options: RedisJobsOptions) {
    this.redis = redis;
    this.waiting = waiting;
    this.options = options;
    const { name } = options;
    this.keys = [`${name}:stream`, `${name}:seen`, `${name}:results`, `${name}:open`];
  }

  /** Makes the group, if nobody has yet: before anything else. */
  *join(): Coroutine<void> {
    try {
      yield* fromPromise(this.redis.xgroup('CREATE', this.keys[0], GROUP, '0', 'MKSTREAM'));
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error;
    }
  }

  *add(jobs: readonly NewJob[]): Coroutine<void> {
    yield* this.step('', '', '', jobs);
  }

  *take(): Coroutine<Job | null> {
    // One at a time: the connection is the one that waits.
    return yield* this.turn.with(() => this.takeNext());
  }

  *finish(job: Job, result: string, found: readonly NewJob[] = []): Coroutine<void> {
    yield* this.step(job.id, job.key, result, found);
    this.underWay.delete(job.id);
  }

  *results(): Coroutine<ReadonlyMap<string, string>> {
    return new Map(Object.entries(yield* fromPromise(this.redis.hgetall(this.keys[2]))));
  }

  *open(): Coroutine<number> {
    return Number(yield* fromPromise(this.redis.get(this.keys[3])));
  }

  /** Tells Redis now and then that our jobs are being worked at. */
  *keepAlive(): Coroutine<never> {
    for (;;) {
      yield* sleep(this.options.claimAfterMs / 3);
      const ids = [...this.underWay];
      if (ids.length === 0) continue;
      const { consumer } = this.options;
      yield* fromPromise(this.redis.xclaim(this.keys[0], GROUP, consumer, 0, ...ids, 'JUSTID'));
    }
  }

  private *takeNext(): Coroutine<Job | null> {
    for (;;) {
      const job = (yield* this.claimSilent()) ?? (yield* this.readNew());
      if (job !== null) {
        this.underWay.add(job.id);
        return job;
      }
      if ((yield* this.open()) === 0) return null;
    }
  }

  /** A job of somebody who has said nothing for a while. */
  private *claimSilent(): Coroutine<Job | null> {
    const { consumer, claimAfterMs } = this.options;
    if (performance.now() - this.lastClaimMs < claimAfterMs / 4) return null;
    const answer = yield* fromPromise(
      this.redis.xautoclaim(this.keys[0], GROUP, consumer, claimAfterMs, '0', 'COUNT', 1),
    );
    const job = jobIn((answer as [string, Entries])[1]);
    // There may be more where this one was.
    if (job === null) this.lastClaimMs = performance.now();
    return job;
  }

  private *readNew(): Coroutine<Job | null> {
    const { consumer } = this.options;
    const answer = yield* fromPromise(
      this.waiting.xreadgroup(
        'GROUP',
        GROUP,
        consumer,
        'COUNT',
        1,
        'BLOCK',
        BLOCK_MS,
        'STREAMS',
        this.keys[0],
        '>',
      ),
    );
    return jobIn((answer as [string, Entries][] | null)?.[0]?.[1] ?? []);
  }

  private *step(id: string, key: string, result: string, found: readonly NewJob[]): Coroutine<void> {
    const news = found.flatMap((job) => [job.key, job.body]);
    const argv = [GROUP, id, key, result, ...news];
    yield* fromPromise(this.redis.eval(FINISH, this.keys.length, ...this.keys, ...argv));
  }
}

function jobIn(entries: Entries): Job | null {
  const [id, fields] = entries[0] ?? ['', null];
  if (fields === null) return null;
  const [, key = '', , body = ''] = fields;
  return { id, key, body };
}

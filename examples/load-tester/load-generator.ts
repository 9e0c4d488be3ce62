/** Sends requests as a plan says, and keeps account of what comes. */

import { type Coroutine, createTask, getRunningLoop, OSError, sleep, type Task, wait } from 'selectloop';
import { type ConnectionOwner, LoadConnection } from './load-connection.ts';
import { latenciesIn, MICROSECONDS, newHistogram } from './load-latencies.ts';
import type { Counts, LoadNews, LoadPlan, LoadSummary } from './load-plan.ts';

const RECONNECT_MS = 50;
const SWEEP_MS = 100;
export class LoadGenerator implements ConnectionOwner {
  private readonly plan: LoadPlan;
  private readonly url: URL;
  private readonly request: Buffer;
  private readonly all = newHistogram();
  private recent = newHistogram();
  private recentSinceMs = 0;
  private readonly results = new Map<string, number>();
  private bytes = 0;
  private startMs = 0;
  private isOver = false;
  private wasCancelled = false;
  private connecting: Task<LoadConnection> | null = null;
  private readonly connections = new Set<LoadConnection>();
  private readonly idle: LoadConnection[] = [];
  /** When the requests were due that wait for a connection; those before `nextDue` are sent. */
  private readonly due: number[] = [];
  private nextDue = 0;

  constructor(plan: LoadPlan) {
    this.plan = plan;
    this.url = new URL(plan.url);
    const { pathname, search, host } = this.url;
    const head = [
      `GET ${pathname}${search} HTTP/1.1`,
      `host: ${host}`,
      'user-agent: selectloop-load',
      'accept: */*',
    ];
    this.request = Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1');
  }

  /** @throws OSError if not even one connection can be made */
  *run(): Coroutine<LoadSummary> {
    const first = yield* this.firstConnection();
    if (first === null) return this.summary(0, 0);
    this.startMs = this.recentSinceMs = performance.now();
    const others = Array.from({ length: this.plan.connections - 1 }, () => createTask(this.keepConnected()));
    const tasks = [...others, createTask(this.sweep())];
    this.ready(first);
    if (this.plan.rate > 0) tasks.push(createTask(this.schedule()));
    const endMs = this.startMs + this.plan.durationMs;
    while (!this.wasCancelled && performance.now() < endMs)
      yield* sleep(Math.min(SWEEP_MS, endMs - performance.now()));
    this.isOver = true;
    const elapsedMs = performance.now() - this.startMs;
    const unsent = this.due.length - this.nextDue;
    yield* this.awaitLastAnswers();
    for (const task of tasks) task.cancel();
    for (const connection of this.connections) connection.abort('');
    return this.summary(elapsedMs, unsent);
  }

  cancel(): void {
    this.wasCancelled = true;
    this.connecting?.cancel();
  }

  private summary(elapsedMs: number, unsent: number): LoadSummary {
    const { all, wasCancelled } = this;
    return { elapsedMs, total: this.counts(), latencies: latenciesIn(all), unsent, wasCancelled };
  }

  /** Whether there is a server at all: the system may take long to say. `null` for who does not want to know any more. */
  private *firstConnection(): Coroutine<LoadConnection | null> {
    this.connecting = createTask(this.connect());
    if (this.wasCancelled) this.connecting.cancel();
    yield* wait([this.connecting]);
    return this.connecting.cancelled() ? null : this.connecting.result();
  }

  /** What happened since it was asked for last, and in all. */
  news(): LoadNews {
    const nowMs = performance.now();
    const seconds = Math.max(nowMs - this.recentSinceMs, 1) / 1000;
    const { recent } = this;
    this.recent = newHistogram();
    this.recentSinceMs = nowMs;
    return {
      elapsedMs: this.startMs === 0 ? 0 : nowMs - this.startMs,
      ratePerSecond: recent.totalCount / seconds,
      recent: latenciesIn(recent),
      total: this.counts(),
      latencies: latenciesIn(this.all),
      backlog: this.due.length - this.nextDue,
    };
  }

  answered(connection: LoadConnection, status: number, keepsAlive: boolean): void {
    const nowMs = performance.now();
    // From when it was due, not from when it could be sent: a server that stalls is not spared the requests that it kept waiting.
    const latency = Math.max(1, Math.round((nowMs - connection.dueMs) * MICROSECONDS));
    this.all.recordValue(latency);
    this.recent.recordValue(latency);
    this.count(String(status));
    if (keepsAlive) this.ready(connection, nowMs);
    else connection.abort('');
  }

  ended(connection: LoadConnection, word: string): void {
    this.bytes += connection.byteCount;
    this.connections.delete(connection);
    const index = this.idle.indexOf(connection);
    if (index >= 0) this.idle.splice(index, 1);
    if (word !== '') this.count(word);
    if (!this.isOver) createTask(this.keepConnected());
  }

  private count(result: string): void {
    this.results.set(result, (this.results.get(result) ?? 0) + 1);
  }

  private counts(): Counts {
    const bytes = [...this.connections].reduce((sum, { byteCount }) => sum + byteCount, this.bytes);
    return { answered: this.all.totalCount, bytes, results: this.results };
  }

  /** A connection that can send: the next request if one is due, else it waits. */
  private ready(connection: LoadConnection, nowMs = performance.now()): void {
    if (this.isOver) return;
    if (this.plan.rate === 0) connection.send(nowMs, nowMs);
    else if (this.nextDue < this.due.length) connection.send(this.due[this.nextDue++] as number, nowMs);
    else this.idle.push(connection);
  }

  /** Open loop: requests are due at even times, and are sent then if a connection is free. */
  private *schedule(): Coroutine<void> {
    const intervalMs = 1000 / this.plan.rate;
    for (let count = 0; !this.isOver; ) {
      const nowMs = performance.now();
      for (; this.startMs + count * intervalMs <= nowMs; count++) {
        const dueMs = this.startMs + count * intervalMs;
        const connection = this.idle.pop();
        if (connection === undefined) this.due.push(dueMs);
        else connection.send(dueMs, nowMs);
      }
      yield* sleep(Math.max(0, this.startMs + count * intervalMs - performance.now()));
    }
  }

  private *connect(): Coroutine<LoadConnection> {
    const { hostname, port, protocol } = this.url;
    const isTls = protocol === 'https:';
    const where = {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || (isTls ? 443 : 80)),
      ssl: isTls,
    };
    const [, connection] = yield* getRunningLoop().createConnection(
      () => new LoadConnection(this, this.request),
      where,
    );
    this.connections.add(connection);
    return connection;
  }

  private *keepConnected(): Coroutine<void> {
    while (!this.isOver) {
      try {
        this.ready(yield* this.connect());
        return;
      } catch (error) {
        if (!(error instanceof OSError)) throw error;
        this.count(error.code);
        yield* sleep(RECONNECT_MS);
      }
    }
  }

  /** Ends connections whose answer takes too long. */
  private *sweep(): Coroutine<never> {
    for (;;) {
      yield* sleep(SWEEP_MS);
      const sentBefore = performance.now() - this.plan.timeoutMs;
      for (const connection of this.connections)
        if (connection.sentMs !== null && connection.sentMs < sentBefore) connection.abort('timeout');
    }
  }

  /** What is under way at the end counts too, with all the time that it takes: else the slowest would be left out. */
  private *awaitLastAnswers(): Coroutine<void> {
    if (this.plan.rate === 0) return;
    const isBusy = (): boolean => [...this.connections].some(({ sentMs }) => sentMs !== null);
    while (!this.wasCancelled && isBusy()) yield* sleep(10);
  }
}

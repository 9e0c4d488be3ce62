/**
 * A crawler: all pages that can be reached from some, each once.
 *
 *     npm run example -- crawler-site                                      # ten thousand pages to try it with
 *     npm run example -- crawler http://127.0.0.1:8030/                    # --state FILE: can be stopped and goes on
 *     npm run example -- crawler http://127.0.0.1:8030/ --redis URL        # the same on several machines: together
 *
 * Workers take pages from a queue and add the links that they find. It stays on the hosts that it was given, keeps to their
 * robots.txt, asks each for so many pages at once and no sooner than after a delay, and comes again where that may help. Pages
 * are fetched by `fetch`, in guest mode; a worker that waits costs a generator.
 */

import { hostname } from 'node:os';
import { type Coroutine, createTask, gather, print, runGuest, wait } from 'selectloop';
import { anyText, commandLine, flag, wholeNumber } from '../command-line.ts';
import { CannotRun } from '../ending.ts';
import { type Job, type Jobs, MemoryJobs, type NewJob } from '../many-machines/jobs.ts';
import { RedisJobs } from '../many-machines/redis-jobs.ts';
import { connectToRedis } from '../redis.ts';
import { CrawlProgress, tableOf } from './crawl-progress.ts';
import { fetchPage, type PageOptions } from './fetch-page.ts';
import { Journal } from './journal.ts';
import { LocalTurns, Politeness, SharedTurns, type Turns } from './politeness.ts';

const options = commandLine(
  'crawler',
  {
    depth: wholeNumber(50, 'how many links away from the start it goes'),
    workers: wholeNumber(20, 'how many pages it fetches at once', { least: 1 }),
    perHost: wholeNumber(4, 'how many of one host, in one process', { least: 1 }),
    delayMs: wholeNumber(0, 'time between two requests to one host, over all processes'),
    timeoutMs: wholeNumber(10_000, 'how long a page may take', { least: 1 }),
    retries: wholeNumber(3, 'how often it comes again'),
    userAgent: anyText('selectloop-crawler', 'what it calls itself, in robots.txt too'),
    state: anyText('', 'where it keeps what it has done, to go on from there', 'FILE'),
    redis: anyText('', 'the Redis by which several processes share the work', 'URL'),
    name: anyText('crawl', 'what the keys in Redis begin with'),
    claimAfterMs: wholeNumber(30_000, 'how long a process may be silent before others do its work'),
    list: flag('print each page, with what came of it'),
  },
  'URL …',
);

/** Does work that others may share. */
class Crawler {
  private readonly jobs: Jobs;
  private readonly politeness: Politeness;
  private readonly progress: CrawlProgress;
  private readonly hosts: ReadonlySet<string>;
  private readonly journal: Journal | null;

  constructor(jobs: Jobs, turns: Turns, start: readonly URL[], journal: Journal | null) {
    this.jobs = jobs;
    this.politeness = new Politeness(turns, options);
    this.progress = new CrawlProgress(jobs);
    this.hosts = new Set(start.map(({ host }) => host));
    this.journal = journal;
  }

  *crawl(): Coroutine<void> {
    const drawing = process.stderr.isTTY ? createTask(this.progress.draw()) : null;
    try {
      yield* gather(Array.from({ length: options.workers }, () => this.work()));
    } finally {
      drawing?.cancel();
      // Its line is erased before anything else is printed.
      if (drawing !== null) yield* wait([drawing]);
    }
  }

  private *work(): Coroutine<void> {
    for (let job = yield* this.jobs.take(); job !== null; job = yield* this.jobs.take()) {
      const { result, found } = yield* this.visit(job, options);
      yield* this.jobs.finish(job, result, found);
      this.journal?.record({ key: job.key, result, found });
      this.progress.count(result);
      if (options.list) print(`${result} ${job.key}`);
    }
  }

  /** The key of a job is a page's address, its body how far it is from the start. */
  private *visit(job: Job, how: PageOptions): Coroutine<{ result: string; found: NewJob[] }> {
    if (!(yield* this.politeness.mayVisit(job.key))) return { result: 'forbidden', found: [] };
    const { result, links } = yield* fetchPage(job.key, how);
    const depth = Number(job.body);
    const mine = depth < options.depth ? links.filter((link) => this.hosts.has(new URL(link).host)) : [];
    return { result, found: [...new Set(mine)].map((key) => ({ key, body: String(depth + 1) })) };
  }
}

function* crawlAlone(start: readonly URL[]): Coroutine<void> {
  const jobs = new MemoryJobs({ of: ({ key }) => new URL(key).host, limit: options.perHost });
  yield* jobs.add(firstJobs(start));
  if (options.state !== '')
    for (const { key, result, found } of Journal.entries(options.state)) jobs.restore(key, result, found);
  using journal = options.state === '' ? null : new Journal(options.state);
  yield* new Crawler(jobs, new LocalTurns(), start, journal).crawl();
  report(yield* jobs.results());
}

function* crawlTogether(start: readonly URL[]): Coroutine<void> {
  const redis = yield* connectToRedis(options.redis);
  const waiting = yield* connectToRedis(options.redis);
  try {
    const jobs = new RedisJobs(redis, waiting, { ...options, consumer: `${hostname()}-${process.pid}` });
    yield* jobs.join();
    yield* jobs.add(firstJobs(start));
    const keeping = createTask(jobs.keepAlive());
    yield* new Crawler(jobs, new SharedTurns(redis, options.name), start, null).crawl();
    keeping.cancel();
    report(yield* jobs.results());
  } finally {
    redis.disconnect();
    waiting.disconnect();
  }
}

function firstJobs(start: readonly URL[]): NewJob[] {
  return start.map(({ href }) => ({ key: href, body: '0' }));
}

function report(results: ReadonlyMap<string, string>): void {
  const counts = new Map<string, number>();
  for (const result of results.values()) counts.set(result, (counts.get(result) ?? 0) + 1);
  print(`${results.size} pages: ${tableOf(counts)}`);
}

function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw new CannotRun(`'${text}' is no http address`);
  url.hash = '';
  return url;
}

const start = options.rest.map(addressOf);
await runGuest(() => (options.redis === '' ? crawlAlone(start) : crawlTogether(start)), { interrupts: true });

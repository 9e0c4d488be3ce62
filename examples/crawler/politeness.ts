/** What a crawler owes to the hosts it visits: what they forbid, and time between two requests. */

import type { Redis } from 'ioredis';
import robotsModule from 'robots-parser';
import {
  type Coroutine,
  createTask,
  fromPromise,
  getRunningLoop,
  shield,
  sleep,
  type Task,
  TimeoutError,
  timeout,
} from 'selectloop';
import { fetched, readBeginning } from './fetch-page.ts';

/** The package is this function; its types say that it has it as a member. */
const robotsParser = robotsModule as unknown as typeof robotsModule.default;

type Rules = ReturnType<typeof robotsParser>;

/** RFC 9309, 2.5: so much must be read; whoever sends more need not be heard. */
const MAX_ROBOTS_BYTES = 500 * 1024;
/** The longest time between two requests that a host may ask for: anybody can write a number. */
const MAX_ASKED_MS = 60_000;

/** Who waits for a turn at a host. */
export interface Turns {
  wait(host: string, delayMs: number): Coroutine<void>;
}

/** Turns within this process. */
export class LocalTurns implements Turns {
  private readonly nextMs = new Map<string, number>();

  *wait(host: string, delayMs: number): Coroutine<void> {
    const nowMs = getRunningLoop().time();
    const turnMs = Math.max(nowMs, this.nextMs.get(host) ?? 0);
    this.nextMs.set(host, turnMs + delayMs);
    if (turnMs > nowMs) yield* sleep(turnMs - nowMs);
  }
}

/** Turns for all processes that share a Redis: a key that is there until the next one may go. */
export class SharedTurns implements Turns {
  private readonly redis: Redis;
  private readonly prefix: string;

  constructor(redis: Redis, name: string) {
    this.redis = redis;
    this.prefix = `${name}:turn:`;
  }

  *wait(host: string, delayMs: number): Coroutine<void> {
    if (delayMs === 0) return;
    const key = this.prefix + host;
    while ((yield* fromPromise(this.redis.set(key, '', 'PX', delayMs, 'NX'))) === null) {
      const leftMs = yield* fromPromise(this.redis.pttl(key));
      yield* sleep(Math.max(1, leftMs));
    }
  }
}

export interface PolitenessOptions {
  readonly userAgent: string;
  readonly delayMs: number;
  readonly timeoutMs: number;
}

export class Politeness {
  private readonly turns: Turns;
  private readonly options: PolitenessOptions;
  private readonly rules = new Map<string, Task<Rules>>();

  constructor(turns: Turns, options: PolitenessOptions) {
    this.turns = turns;
    this.options = options;
  }

  /** Waits until a page may be asked for. Returns false for one that robots.txt forbids. */
  *mayVisit(address: string): Coroutine<boolean> {
    const url = new URL(address);
    const { userAgent, delayMs } = this.options;
    const rules = yield* this.rulesOf(url.origin);
    if (rules.isDisallowed(address, userAgent) === true) return false;
    const askedMs = Math.min((rules.getCrawlDelay(userAgent) ?? 0) * 1000, MAX_ASKED_MS);
    // Redis takes whole milliseconds.
    yield* this.turns.wait(url.host, Math.ceil(Math.max(delayMs, askedMs)));
    return true;
  }

  /** Asked for once, however many wait for it; whoever is cancelled does not end it for the others. */
  private *rulesOf(origin: string): Coroutine<Rules> {
    const task = this.rules.get(origin) ?? createTask(this.fetchRules(`${origin}/robots.txt`));
    this.rules.set(origin, task);
    return yield* shield(task);
  }

  /** RFC 9309, 2.3.1: no file, no rules; but who cannot tell their rules is left alone. */
  private *fetchRules(url: string): Coroutine<Rules> {
    const headers = { 'user-agent': this.options.userAgent };
    try {
      return yield* timeout(this.options.timeoutMs, () =>
        fetched(url, { headers }, (response) => rulesIn(response, url)),
      );
    } catch (error) {
      if (!(error instanceof TimeoutError || error instanceof TypeError)) throw error;
      return robotsParser(url, NOTHING);
    }
  }
}

function* rulesIn(response: Response, url: string): Coroutine<Rules> {
  if (response.status >= 500) return robotsParser(url, NOTHING);
  const parts: Uint8Array[] = [];
  if (response.ok && response.body !== null)
    yield* readBeginning(response.body, MAX_ROBOTS_BYTES, (part) => parts.push(part));
  return robotsParser(url, Buffer.concat(parts).toString());
}

const NOTHING = 'User-agent: *\nDisallow: /';

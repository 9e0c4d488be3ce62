/**
 * A backend for one frontend: asks several services at once, and answers with what is there when its time is up. A service that
 * is slow, fails or is down costs its own part of the page, and nothing else.
 */

import {
  type Coroutine,
  createTask,
  gather,
  isCancelled,
  type Task,
  TimeoutError,
  wait,
  waitFor,
} from 'selectloop';
import { HttpClient } from '../requests/http-client.ts';
import { retried } from '../requests/retry.ts';
import { CircuitBreaker, CircuitOpenError, type CircuitOptions } from './circuit-breaker.ts';
import { SERVICES, type ServiceName } from './services.ts';

export interface BackendOptions extends CircuitOptions {
  /** Where each service is. */
  readonly urls: Readonly<Record<ServiceName, string>>;
  /** How long a page may take. */
  readonly budgetMs: number;
  /** How long one call of a service may take, less than the page: a slow service is one that fails. */
  readonly callMs: number;
  readonly onCircuit: (service: ServiceName, from: string, to: string) => void;
}

/** A page: the parts that are there, and why others are not. */
export interface Page {
  readonly parts: Partial<Record<ServiceName, unknown>>;
  readonly missing: Partial<Record<ServiceName, string>>;
}

/** A service has answered that it cannot. */
class ServiceError extends Error {}

export class Backend {
  private readonly client: HttpClient;
  private readonly breakers: ReadonlyMap<ServiceName, CircuitBreaker>;
  private readonly options: BackendOptions;

  constructor(options: BackendOptions) {
    this.options = options;
    this.client = new HttpClient({ connectionsPerHost: 20 });
    this.breakers = new Map(
      SERVICES.map((name) => {
        const onChange = (from: string, to: string): void => options.onCircuit(name, from, to);
        return [name, new CircuitBreaker(name, { ...options, onChange })];
      }),
    );
  }

  [Symbol.dispose](): void {
    this.client[Symbol.dispose]();
  }

  /** The page, whatever has become of the services. */
  *page(): Coroutine<Page> {
    const asking = new Map(SERVICES.map((name) => [name, createTask(this.ask(name), { name })]));
    try {
      yield* wait([...asking.values()], { timeoutMs: this.options.budgetMs });
      return pageOf(asking);
    } finally {
      // What is not there by now nobody waits for. (Cancelled ourselves, we leave nothing behind.)
      for (const task of asking.values()) task.cancel();
      yield* gather([...asking.values()], { returnExceptions: true });
    }
  }

  /** Tries again what may be gone the next time; a breaker that is open does not get better by asking. */
  private *ask(name: ServiceName): Coroutine<unknown> {
    const breaker = this.breakers.get(name) as CircuitBreaker;
    const isTransient = (error: unknown): boolean => !(error instanceof CircuitOpenError);
    return yield* retried(() => breaker.run(() => this.call(name)), { attempts: 2, baseMs: 20, isTransient });
  }

  private *call(name: ServiceName): Coroutine<unknown> {
    const { status, text } = yield* waitFor(this.client.get(this.options.urls[name]), this.options.callMs);
    if (status >= 400) throw new ServiceError(`status ${status}`);
    return JSON.parse(text) as unknown;
  }
}

function pageOf(asking: ReadonlyMap<ServiceName, Task<unknown>>): Page {
  const page = {
    parts: {} as Partial<Record<ServiceName, unknown>>,
    missing: {} as Partial<Record<ServiceName, string>>,
  };
  for (const [name, task] of asking) {
    const error = task.done() && !task.cancelled() ? task.exception() : null;
    if (!task.done()) page.missing[name] = 'out of time';
    else if (error === null) page.parts[name] = task.result();
    else page.missing[name] = reasonFor(error);
  }
  return page;
}

/** What the frontend may know. */
function reasonFor(error: unknown): string {
  if (error instanceof TimeoutError) return 'too slow';
  if (error instanceof CircuitOpenError) return 'left alone for a while';
  if (error instanceof ServiceError) return error.message;
  return isCancelled(error) ? 'out of time' : 'not there';
}

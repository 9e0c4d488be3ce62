/**
 * The ways to wait for several requests: all of them, each as it comes, the first, the first failure; and what a limit on the
 * time and retries do.
 *
 *     npm run example -- waiting-modes
 *
 * The site answers the requests of one group in the order of their numbers, whichever was sent first.
 */

import {
  ALL_COMPLETED,
  asCompleted,
  type Coroutine,
  createTask,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type Future,
  gather,
  print,
  type ReturnWhen,
  runMain,
  type Task,
  TimeoutError,
  taskGroup,
  wait,
  waitFor,
} from 'selectloop';
import { commandLine } from '../command-line.ts';
import { HttpClient } from './http-client.ts';
import { retried } from './retry.ts';
import { startSite } from './site.ts';

commandLine('waiting-modes', {});

/** A response that says that it is none. */
class StatusError extends Error {}

/** The first line of a page. @throws StatusError for a status of 400 and above */
function* firstLine(client: HttpClient, url: string): Coroutine<string> {
  const { status, text } = yield* client.get(url);
  if (status >= 400) throw new StatusError(`status ${status}`);
  return text.trim();
}

class Demonstration {
  private readonly client: HttpClient;
  private readonly site: string;

  constructor(client: HttpClient, site: string) {
    this.client = client;
    this.site = site;
  }

  /** All results, in the order of asking. */
  *all(): Coroutine<void> {
    print(`gather: ${(yield* gather(this.threeOf('gather'))).join(', ')}`);
  }

  /** Each result when it is there. */
  *eachAsItComes(): Coroutine<void> {
    const lines: string[] = [];
    for (const next of asCompleted(this.threeOf('as-completed'))) lines.push(yield* next);
    print(`asCompleted: ${lines.join(', ')}`);
  }

  /** How far requests are when `wait` returns. */
  *until(returnWhen: ReturnWhen, paths: readonly string[]): Coroutine<void> {
    const tasks = paths.map((path) => createTask(this.get(path)));
    const { done, pending } = yield* wait(tasks, { returnWhen });
    const failed = [...done].filter((task) => task.exception() !== null);
    print(`wait, ${returnWhen}: ${done.size} done, ${failed.length} of them failed, ${pending.size} pending`);
    yield* endAll(pending);
  }

  /** The first failure ends the others: nobody waits for what is of no use any more. */
  *firstFailure(): Coroutine<void> {
    const site = this;
    let slow: Task<string> | undefined;
    try {
      yield* taskGroup(function* (group) {
        slow = group.createTask(site.get('/slow/60000'));
        group.createTask(site.get('/status/503'));
      });
    } catch (error) {
      const [first] = (error as AggregateError).errors as Error[];
      print(`taskGroup: ${first?.message}; the slow one was cancelled: ${slow?.cancelled()}`);
    }
  }

  *limit(): Coroutine<void> {
    try {
      yield* waitFor(this.get('/slow/60000'), 100);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      print('waitFor: no answer within 100 ms, and the request was cancelled');
    }
  }

  *retries(): Coroutine<void> {
    const tell = (error: unknown): void => print(`retried: ${(error as Error).message}, and again`);
    const isTransient = (error: unknown): boolean => error instanceof StatusError;
    const options = { attempts: 4, baseMs: 20, onRetry: tell, isTransient };
    print(`retried: ${yield* retried(() => this.get('/flaky/page/2'), options)}`);
  }

  /** Three requests, the first of which is answered last. */
  private threeOf(group: string): Coroutine<string>[] {
    return [2, 1, 0].map((turn) => this.get(`/in-turn/${group}/${turn}/3`));
  }

  private get(path: string): Coroutine<string> {
    return firstLine(this.client, `${this.site}${path}`);
  }
}

/** Cancels what is not needed any more, and waits until it has ended. */
function* endAll(futures: Iterable<Future<unknown>>): Coroutine<void> {
  const left = [...futures];
  for (const future of left) future.cancel();
  yield* gather(left, { returnExceptions: true });
}

function* main(site: string): Coroutine<void> {
  using client = new HttpClient();
  const show = new Demonstration(client, site);
  yield* show.all();
  yield* show.eachAsItComes();
  yield* show.until(FIRST_COMPLETED, ['/slow/60000', '/page/1', '/slow/60000']);
  yield* show.until(FIRST_EXCEPTION, ['/slow/60000', '/status/500', '/slow/60000']);
  yield* show.until(ALL_COMPLETED, ['/page/1', '/status/500', '/page/2']);
  yield* show.firstFailure();
  yield* show.limit();
  yield* show.retries();
}

const site = await startSite();
runMain(() => main(site));

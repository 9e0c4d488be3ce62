/**
 * Microservices: examples/microservices/shop.ts with a service that is slow, one that fails and one that is
 * down; its circuit breaker and its retries in virtual time.
 */
import { type Coroutine, createTask, gather, getRunningLoop, type Main, run, sleep } from 'selectloop';
import { VirtualClock } from 'selectloop/testing';
import { describe, expect, test, vi } from 'vitest';
import {
  CircuitBreaker,
  CircuitOpenError,
  type CircuitOptions,
} from '../../../examples/microservices/circuit-breaker.ts';
import { retried } from '../../../examples/requests/retry.ts';
import { type Program, startProgram } from '../../support/run-program.ts';
import { startServer, until } from './server-process.ts';

function inVirtualTime<T>(main: Main<T>): T {
  return run(main, { clock: new VirtualClock() });
}

/** A breaker, its changes of state, and how many calls got through. */
function watched(options: CircuitOptions = {}) {
  const changes: string[] = [];
  const counts = { calls: 0 };
  const onChange = (from: string, to: string): void => void changes.push(`${from} → ${to}`);
  const breaker = new CircuitBreaker('service', { failures: 2, openMs: 1000, ...options, onChange });
  const call = function* (fails: boolean): Coroutine<string> {
    counts.calls++;
    yield* sleep(10);
    if (fails) throw new Error('broken');
    return 'fine';
  };
  /** How a call through the breaker ends. */
  const attempt = function* (fails: boolean): Coroutine<string> {
    const [end] = yield* gather([breaker.run(() => call(fails))], { returnExceptions: true });
    if (typeof end === 'string') return end;
    return end instanceof CircuitOpenError ? 'refused' : (end as Error).message;
  };
  return { breaker, changes, counts, attempt };
}

describe('circuit breaker', () => {
  test('opens after failures in a row, refuses, tries one call, and closes when that is fine', () => {
    inVirtualTime(function* () {
      const { breaker, changes, counts, attempt } = watched();
      expect(yield* attempt(true)).toBe('broken');
      expect(yield* attempt(false)).toBe('fine');
      expect(yield* attempt(true)).toBe('broken');
      expect([breaker.current, changes]).toEqual(['closed', []]);
      expect(yield* attempt(true)).toBe('broken');
      expect(breaker.current).toBe('open');
      expect([yield* attempt(false), yield* attempt(false), counts.calls]).toEqual(['refused', 'refused', 4]);
      yield* sleep(1000);
      // Two at once: one is the trial.
      expect(yield* gather([attempt(false), attempt(false)])).toEqual(['fine', 'refused']);
      expect(yield* attempt(false)).toBe('fine');
      expect(changes).toEqual(['closed → open', 'open → half-open', 'half-open → closed']);
    });
  });

  test('a trial that fails opens it anew, for as long again', () => {
    inVirtualTime(function* () {
      const { changes, attempt } = watched({ failures: 1 });
      yield* attempt(true);
      yield* sleep(1000);
      expect(yield* attempt(true)).toBe('broken');
      yield* sleep(900);
      expect(yield* attempt(false)).toBe('refused');
      yield* sleep(100);
      expect(yield* attempt(false)).toBe('fine');
      const halfOpen = ['open → half-open', 'half-open → open', 'open → half-open', 'half-open → closed'];
      expect(changes).toEqual(['closed → open', ...halfOpen]);
    });
  });

  test('a caller that gives up is no failure, and a trial that is given up leaves room for the next', () => {
    inVirtualTime(function* () {
      const { breaker, attempt } = watched({ failures: 1 });
      const leave = function* (): Coroutine<void> {
        const task = createTask(breaker.run(() => sleep(60_000)));
        yield* sleep(5);
        task.cancel();
        yield* gather([task], { returnExceptions: true });
      };
      yield* leave();
      expect(breaker.current).toBe('closed');
      yield* attempt(true);
      yield* sleep(1000);
      yield* leave();
      expect(breaker.current).toBe('half-open');
      expect(yield* attempt(false)).toBe('fine');
      expect(breaker.current).toBe('closed');
    });
  });
});

describe('retries', () => {
  test('pauses double up to a limit, and are of random length below that', () => {
    inVirtualTime(function* () {
      const pauses: number[] = [];
      let [attempts, randoms] = [0, 0];
      const random = (): number => [1, 1, 0.5, 0.25, 0][randoms++] as number;
      const options = {
        attempts: 6,
        baseMs: 100,
        maxMs: 300,
        random,
        onRetry: (_: unknown, pauseMs: number) => pauses.push(pauseMs),
      };
      const work = function* (): Coroutine<never> {
        attempts++;
        throw new Error(`failure ${attempts}`);
      };
      const task = createTask(retried(work, options));
      yield* gather([task], { returnExceptions: true });
      expect(task.exception()).toMatchObject({ message: 'failure 6' });
      expect(pauses).toEqual([100, 200, 150, 75, 0]);
      expect(getRunningLoop().time()).toBe(525);
    });
  });

  test('neither what will not be gone the next time, nor a cancellation is tried again', () => {
    inVirtualTime(function* () {
      let attempts = 0;
      const work = function* (): Coroutine<never> {
        attempts++;
        yield* sleep(10);
        throw new TypeError('a mistake');
      };
      const isTransient = (error: unknown): boolean => !(error instanceof TypeError);
      yield* gather([retried(work, { isTransient })], { returnExceptions: true });
      expect(attempts).toBe(1);
      const task = createTask(retried(work));
      yield* sleep(5);
      task.cancel();
      yield* gather([task], { returnExceptions: true });
      expect([attempts, task.cancelled()]).toEqual([2, true]);
    });
  });
});

interface Page {
  readonly parts: Record<string, unknown>;
  readonly missing: Record<string, string>;
}

const SHOP = 'examples/microservices/shop.ts';

/** A shop, and a function that asks it for its page. */
async function startShop(env: Record<string, string>): Promise<[Program, () => Promise<Page>]> {
  const { program, port } = await startServer(SHOP, { env });
  const page = async (): Promise<Page> => {
    const response = await fetch(`http://127.0.0.1:${port}/`);
    return (await response.json()) as Page;
  };
  return [program, page];
}

test('a service that is slow, one that fails, one that is down: the page has the rest', async () => {
  const budget = { BUDGET_MS: '20000', CALL_MS: '1000', OPEN_MS: '500', FAILURES: '3' };
  const [program, page] = await startShop({ ...budget, CART_FAILURES: '4' });
  const first = await page();
  expect(first.parts).toEqual({ catalogue: [expect.anything(), expect.anything()] });
  expect(first.missing).toEqual({ stock: 'too slow', cart: 'status 503', favourites: 'not there' });
  // Two attempts a page, three failures: each circuit opens with the second page.
  await page();
  await until(
    () => program.lines.filter((line) => line.endsWith(': closed, now open')).length === 3,
    'open circuits',
  );
  // The cart recovers after its fourth failure, the trial of the first half-open state.
  await vi.waitFor(async () => expect((await page()).parts.cart).toBeDefined(), {
    timeout: 30_000,
    interval: 100,
  });
  const ofCart = program.lines.filter((line) => line.startsWith('cart: '));
  expect(ofCart).toEqual([
    'cart: closed, now open',
    'cart: open, now half-open',
    'cart: half-open, now open',
    'cart: open, now half-open',
    'cart: half-open, now closed',
  ]);
  expect(program.lines.filter((line) => /^(stock|favourites): half-open, now closed/.test(line))).toEqual([]);
  program.child.kill('SIGINT');
  expect(await program.waitForExit()).toBe(130);
  expect(program.stderr).toBe('');
});

test('a page does not wait for what is not there when its time is up', async () => {
  const [program, page] = await startShop({
    BUDGET_MS: '300',
    CALL_MS: '600000',
    CART_FAILURES: '0',
    FAVOURITES: '1',
  });
  expect(await page()).toEqual({
    parts: { catalogue: expect.anything(), cart: [{ sku: 1, count: 2 }], favourites: [2] },
    missing: { stock: 'out of time' },
  });
  program.child.kill('SIGTERM');
  expect(await program.waitForExit()).toBe('SIGTERM');
});

test('a port in use is one line', async () => {
  const { port } = await startServer(SHOP);
  const program = startProgram(SHOP, { env: { PORT: String(port) } });
  expect(await program.waitForExit()).toBe(1);
  expect(program.stderr).toBe(`shop: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`);
});

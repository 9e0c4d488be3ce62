/**
 * A load tester for HTTP/1.1: how many requests a server answers, and how long they take.
 *
 *     npm run example -- load-tester http://127.0.0.1:8080/ --connections 50                 # as fast as it answers
 *     npm run example -- load-tester http://127.0.0.1:8080/ --rate 2000 --duration 30        # 2,000 a second, whatever it does
 *     npm run example -- load-tester http://127.0.0.1:8080/ --web 8090                       # with charts in a page
 *
 * With `--rate` latency is counted from when a request was due, so a server that stalls is charged for all requests that it kept
 * waiting. Without it, the closed loop, a stalled server gets fewer requests, and the latencies say less than they seem to.
 *
 * The load comes from a loop on a thread of its own; screen and page are here, in guest mode, and wait for nothing. Ctrl-C
 * ends the test early, with its report.
 */

import { isatty } from 'node:tty';
import {
  type Coroutine,
  createTask,
  getRunningLoop,
  LoopThread,
  OSError,
  print,
  runGuest,
  sleep,
} from 'selectloop';
import { anyText, commandLine, wholeNumber } from '../command-line.ts';
import { CannotRun } from '../ending.ts';
import type { LoadPlan } from './load-plan.ts';
import { LoadScreen, reportOf } from './load-screen.ts';
import { LoadWeb } from './load-web.ts';

const NEWS_MS = 250;

const options = commandLine(
  'load-tester',
  {
    connections: wholeNumber(10, 'how many connections there are', { least: 1, most: 10_000 }),
    rate: wholeNumber(0, 'requests a second; 0: the next when the last is answered'),
    duration: wholeNumber(10, 'seconds', { least: 1 }),
    timeoutMs: wholeNumber(10_000, 'how long an answer may take', { least: 1 }),
    web: anyText('', 'shows charts in a page, too; 0 for any port that is free', 'PORT'),
  },
  'URL',
);

type Thread = LoopThread<typeof import('./load-work.ts')>;

function planOf(): LoadPlan {
  const [url = ''] = options.rest;
  if (!/^https?:/.test(url) || !URL.canParse(url)) throw new CannotRun(`'${url}' is no http address`);
  if (!/^\d{0,5}$/.test(options.web) || Number(options.web) > 65_535)
    throw new CannotRun(`--web must be a port, got '${options.web}'`);
  const { connections, rate, timeoutMs } = options;
  return { url, connections, rate, durationMs: options.duration * 1000, timeoutMs };
}

/** Shows the news, until it is cancelled. */
function* watch(thread: Thread, screen: LoadScreen | null, web: LoadWeb | null): Coroutine<never> {
  try {
    for (;;) {
      yield* sleep(NEWS_MS);
      const news = yield* thread.call('news');
      if (news === null) continue;
      web?.show(news);
      if (screen !== null) process.stdout.write(screen.show(news, process.stdout.columns));
    }
  } finally {
    if (screen !== null) process.stdout.write(screen.erase());
  }
}

function* main(): Coroutine<void> {
  const plan = planOf();
  const thread: Thread = new LoopThread(new URL('./load-work.ts', import.meta.url), {
    errorClasses: [OSError],
  });
  getRunningLoop().addSignalHandler('SIGINT', () => {
    process.exitCode = 130;
    thread.call('cancel');
  });
  const web = options.web === '' ? null : yield* LoadWeb.open(plan, Number(options.web));
  if (web !== null) print(`Charts on http://127.0.0.1:${web.port}/`);
  const watching = createTask(watch(thread, isatty(1) ? new LoadScreen(plan) : null, web));
  let lines: string[] = [];
  try {
    const summary = yield* thread.call('load', plan);
    lines = reportOf(plan, summary);
  } finally {
    // Who does not want to wait for the rest may say so.
    getRunningLoop().removeSignalHandler('SIGINT');
    watching.cancel();
    web?.close(lines);
    yield* thread.stop();
  }
  for (const line of lines) print(line);
}

await runGuest(main);

/** One case of loop-thread.test.ts, named by the first argument. Prints what happened, a line each. */
import { type Coroutine, gather, getRunningLoop, LoopThread, run, sleep } from 'selectloop';

type Service = typeof import('./service.ts');
const url = new URL('./service.ts', import.meta.url);
const say = (...words: unknown[]): void => console.log(words.join(' '));

function* errorOf(awaitable: Iterable<unknown>): Coroutine<unknown> {
  try {
    yield* awaitable as Coroutine<unknown>;
  } catch (error) {
    return error;
  }
  return 'no error';
}

const cases: Record<string, () => Coroutine<void>> = {
  *calls() {
    const thread = new LoopThread<Service>(url, { name: 'service' });
    say(thread);
    say(yield* gather([thread.call('add', 1, 2), thread.call('add', 3, 4)]));
    say(yield* thread.call('callCount'));
    const error = (yield* errorOf(thread.call('fails'))) as RangeError & { limit: number };
    say(error, error.limit, error instanceof RangeError, error.stack?.includes('service.ts'));
    say(yield* errorOf(thread.call('nothing' as 'fails')));
    yield* thread.stop();
    say(thread);
    try {
      thread.call('callCount');
    } catch (refusal) {
      say(refusal);
    }
  },
  *stop() {
    const words = new Int32Array(new SharedArrayBuffer(4));
    const timesMs: number[] = [];
    for (let round = 0; round < 3; round++) {
      const thread = new LoopThread<Service>(url);
      yield* thread.call('callCount');
      const call = thread.call('waitLong', words);
      // Its select() sleeps for an hour now, in slices of 250 ms.
      yield* sleep(30);
      const startMs = performance.now();
      yield* thread.stop();
      timesMs.push(performance.now() - startMs);
      say('finally ran', words[0], 'cancelled', call.cancelled());
    }
    say(Math.min(...timesMs));
  },
  *deaths() {
    const exiting = new LoopThread<Service>(url, { name: 'exiting' });
    const call = exiting.call('exit', 3);
    say(yield* errorOf(call));
    say(yield* errorOf(exiting.join()));
    const spinning = new LoopThread<Service>(url, { name: 'spinning' });
    const endless = spinning.call('spin');
    yield* sleep(100);
    const startMs = performance.now();
    spinning.terminate();
    say(spinning, 'call cancelled', endless.cancelled(), performance.now() - startMs < 2000);
    const absent = new LoopThread(new URL('./absent.ts', import.meta.url), { name: 'absent' });
    say(String(yield* errorOf(absent.join())).replace(/file:\S+|'\/\S+/g, '…'));
  },
  *reports() {
    getRunningLoop().setExceptionHandler((_loop, context) =>
      say('reported:', context.message, context.exception),
    );
    const thread = new LoopThread<Service>(url, { name: 'service' });
    yield* thread.call('failLater');
    yield* sleep(100);
    say(yield* thread.call('add', 1, 1));
    const dying = new LoopThread<Service>(url, { name: 'dying' });
    yield* errorOf(dying.call('exit', 4));
    yield* sleep(50);
    yield* thread.stop();
  },
  /** The loop ends while its threads run. */
  *left() {
    const idle = new LoopThread<Service>(url, { name: 'idle' });
    yield* idle.call('callCount');
    new LoopThread<Service>(url, { name: 'busy' }).call('spin');
    yield* sleep(100);
    say('leaving');
  },
};

run(cases[process.argv[2] ?? ''] as () => Coroutine<void>);

/** The name of a thread of this process, which selectloop gives to those that it starts. */
function nameOf(id: string): string {
  try {
    return readFileSync(`/proc/self/task/${id}/comm`, 'utf8');
  } catch {
    return '';
  }
}

const { readdirSync, readFileSync } = process.getBuiltinModule('node:fs');

function hasThreads(): boolean {
  const ids = process.platform === 'linux' ? readdirSync('/proc/self/task') : [];
  return ids.some((id) => /idle|busy|service/.test(nameOf(id)));
}

// A thread whose JavaScript has ended is listed until the system has taken it down.
const pause = new Int32Array(new SharedArrayBuffer(4));
for (let tries = 0; tries < 500 && hasThreads(); tries++) Atomics.wait(pause, 0, 0, 10);
say('threads left', hasThreads());

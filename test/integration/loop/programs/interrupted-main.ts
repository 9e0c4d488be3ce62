/** Sends itself SIGINT while main is in one state or another; says what run() does. */
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  print,
  Runner,
  sleep,
  type Task,
} from '../../../../src/index.ts';

const [way] = process.argv.slice(2);
const interrupt = (): void => void process.kill(process.pid, 'SIGINT');
const runner = new Runner();
const loop = runner.getLoop();
const reply = loop.createFuture<void>();

/** Sees its cancellation, and raises one of its own. */
function* seen(wait: () => Coroutine<void>): Coroutine<void> {
  try {
    yield* wait();
  } catch (error) {
    print(`seen: ${error instanceof CancelledError}`);
    throw new CancelledError('its own');
  }
}

const ways: Record<string, () => Coroutine<void>> = {
  'never suspended for long': () =>
    seen(function* () {
      loop.callLater(50, interrupt);
      for (;;) yield* sleep(0);
    }),
  'waiting for a future': () =>
    seen(function* () {
      loop.callLater(50, interrupt);
      yield* reply;
    }),
  *'cancelled already'() {
    const main = currentTask() as Task<unknown>;
    createTask(
      (function* (): Coroutine<void> {
        yield* sleep(0);
        main.cancel();
        interrupt();
      })(),
    );
    yield* sleep(10_000);
  },
  *'in its last step'() {
    yield* sleep(0);
    interrupt();
  },
  *'done, and the loop looks once more'() {
    yield* sleep(0);
    interrupt();
    // Long enough that the selector is asked before the next pass.
    const endMs = loop.time() + 20;
    while (loop.time() < endMs);
  },
};

try {
  runner.run(ways[way as string] as () => Coroutine<void>);
  print('returned');
} catch (error) {
  print((error as Error).name);
}
print(`future cancelled: ${reply.cancelled()}`);
runner.close();

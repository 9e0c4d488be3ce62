/**
 * Graceful shutdown in full: a server, workers behind a queue, a task that runs for ever, and what becomes of each when the
 * process is told to end.
 *
 *     npm run example -- job-server
 *     printf '50\n50\n' | nc -q1 127.0.0.1 8031        # two jobs of 50 ms; `done` for each that is done
 *     kill -TERM PID                                    # or Ctrl-C
 *
 * | on the first SIGTERM or Ctrl-C | |
 * |---|---|
 * | new connections | are refused |
 * | jobs that were taken in | are done, and answered, for as long as --grace-ms |
 * | jobs that are left then | go into the file of --leftovers, a line each |
 * | the reporter | is cancelled, and reports once more |
 * | a second signal | ends the process at once, with 128 and its number |
 */

import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import {
  type Coroutine,
  createTask,
  type Future,
  gather,
  getRunningLoop,
  moveOnAfter,
  OSError,
  openSignalReceiver,
  print,
  Queue,
  QueueShutDown,
  runMain,
  type SignalReceiver,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
  type Task,
} from 'selectloop';
import { anyText, commandLine, portNumber, wholeNumber } from '../command-line.ts';

const { port, workers, graceMs, leftovers } = commandLine('job-server', {
  port: portNumber(8031),
  workers: wholeNumber(2, 'how many jobs are done at a time', { least: 1 }),
  graceMs: wholeNumber(5000, 'how long jobs may go on after the first signal'),
  leftovers: anyText('leftover-jobs.txt', 'the file for jobs that were not done', 'FILE'),
});

interface Job {
  readonly ms: number;
  readonly done: Future<void>;
}

class JobServer {
  private readonly queue = new Queue<Job>(100);
  private readonly unfinished = new Set<Job>();
  private doneCount = 0;

  /** A connection: a line is a job, and is answered when that is done. */
  *serve(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    using _ = writer;
    try {
      for (;;) {
        const line = yield* reader.readLine();
        if (line.length === 0) return;
        yield* this.takeIn(Number(line.toString()));
        yield* writer.write(Buffer.from('done\n'));
      }
    } catch (error) {
      // The client has gone; or we go, and take no more jobs.
      if (!(error instanceof OSError || error instanceof QueueShutDown)) throw error;
    }
  }

  private *takeIn(ms: number): Coroutine<void> {
    const job = { ms: Number.isFinite(ms) ? ms : 0, done: getRunningLoop().createFuture<void>() };
    yield* this.queue.put(job);
    this.unfinished.add(job);
    yield* job.done;
  }

  *work(): Coroutine<void> {
    yield* this.queue.each((job) => this.perform(job));
  }

  private *perform(job: Job): Coroutine<void> {
    yield* sleep(job.ms);
    this.unfinished.delete(job);
    this.doneCount++;
    // Its client may have gone, and its future with it.
    if (!job.done.done()) job.done.setResult();
  }

  *report(): Coroutine<void> {
    try {
      for (;;) {
        yield* sleep(10_000);
        print(`${this.doneCount} jobs done`);
      }
    } finally {
      print(`${this.doneCount} jobs done in all`);
    }
  }

  /** Takes no more jobs, and waits for those that there are, for as long as there is time. @returns what is left */
  *drain(working: readonly Task<void>[]): Coroutine<number[]> {
    this.queue.shutdown();
    yield* moveOnAfter(graceMs, () => gather(working));
    return [...this.unfinished].map((job) => job.ms);
  }
}

/** A second signal is a wish to be gone. */
function* leaveAtOnce(signals: SignalReceiver): Coroutine<never> {
  const signal = yield* signals.next();
  print(`${signal} again: at once`);
  process.exit(128 + constants.signals[signal as 'SIGTERM']);
}

function* main(): Coroutine<void> {
  // Before anybody is told that we serve: from then on a signal may come.
  using signals = openSignalReceiver('SIGTERM', 'SIGINT');
  const jobs = new JobServer();
  const working = Array.from({ length: workers }, () => createTask(jobs.work()));
  const reporting = createTask(jobs.report());
  using server = yield* startServer((reader, writer) => jobs.serve(reader, writer), '127.0.0.1', port);
  print(`Process ${process.pid} takes jobs on port ${server.port}`);

  print(`${yield* signals.next()}: no more jobs`);
  const leaving = createTask(leaveAtOnce(signals), { daemon: true });
  server.close();
  const left = yield* jobs.drain(working);
  if (left.length > 0) writeFileSync(leftovers, `${left.join('\n')}\n`);
  print(left.length === 0 ? 'All jobs are done' : `${left.length} jobs are left, in ${leftovers}`);
  // Answers that are under way go out; who waits for a job that is left is sent away.
  yield* server.shutdown({ graceMs: left.length === 0 ? 1000 : 0 });
  reporting.cancel();
  leaving.cancel();
  yield* gather([reporting, leaving], { returnExceptions: true });
}

runMain(main);

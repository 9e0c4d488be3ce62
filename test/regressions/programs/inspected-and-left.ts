/**
 * A program that looks at itself as the command does: it asks for a long trace, and goes; then it connects
 * when no descriptor is free. Prints the timers that the trace needs, and what the second costs.
 */
import { closeSync, openSync } from 'node:fs';
import { type Coroutine, getRunningLoop, openUnixConnection, run, sleep } from 'selectloop';
import { AF_UNIX, SOCK_STREAM, Socket } from 'selectloop/socket';

const path = `${process.env.XDG_RUNTIME_DIR}/selectloop/${process.pid}-0.sock`;

function* leavesTrace(): Coroutine<void> {
  const loop = getRunningLoop();
  const [, writer] = yield* openUnixConnection(path);
  writer.write(Buffer.from('{"ask":"trace","seconds":600}\n'));
  yield* sleep(100);
  console.log('tracing', loop.metrics().timers);
  writer.close();
  yield* sleep(100);
  console.log('left', loop.metrics().timers);
}

function* connectsToFull(): Coroutine<void> {
  using sock = new Socket(AF_UNIX, SOCK_STREAM);
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch {
    // The table is full.
  }
  sock.connect(path);
  const before = process.cpuUsage();
  yield* sleep(500);
  const { user, system } = process.cpuUsage(before);
  for (const fd of taken) closeSync(fd);
  console.log('spins', (user + system) / 1000 > 250);
  sock.sendall(Buffer.from('{"ask":"stats"}\n'));
  console.log('answers', (yield* getRunningLoop().sockRecv(sock, 10)).toString());
}

run(
  function* () {
    yield* leavesTrace();
    yield* connectsToFull();
  },
  { inspect: true },
);

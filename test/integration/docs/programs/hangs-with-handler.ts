/** Hangs at a socket to which nobody sends, with the handler of docs/my-program-hangs.md. SIGTERM ends it. */
import {
  captureTaskGraph,
  currentTask,
  formatTaskGraph,
  getRunningLoop,
  isCancelled,
  print,
  run,
} from 'selectloop';
import { socketpair } from 'selectloop/socket';

run(function* main() {
  const loop = getRunningLoop();
  const [a, b] = socketpair();
  const task = currentTask();
  loop.addSignalHandler('SIGHUP', () => {
    print(formatTaskGraph(captureTaskGraph(loop)), { fd: 2 });
    print('told');
  });
  loop.addSignalHandler('SIGTERM', () => task?.cancel());
  print('ready');
  try {
    yield* loop.sockRecv(a, 1);
  } catch (error) {
    if (!isCancelled(error)) throw error;
  } finally {
    a.close();
    b.close();
  }
});

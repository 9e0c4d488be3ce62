/** The process ends while lookups hang: in a loop that was closed, in one that was not, and in a worker. */
import { EventLoop, print, sleep } from '../../../../src/index.ts';
import { startBuiltWorker } from '../../../support/built-program.ts';

const loop = new EventLoop();
loop.setExceptionHandler((_loop, context) => print(String(context.exception)));
loop.getaddrinfo('slow-60000.test', 1);
loop.runUntilComplete(sleep(20));
loop.close();

const open = new EventLoop();
open.getaddrinfo('slow-60000.test', 1);
open.runUntilComplete(sleep(20));

const worker = startBuiltWorker('test/integration/names/programs/stuck-worker.ts');
worker.on('message', () => {
  // It blocks from now on.
  setTimeout(() => {
    void worker.terminate().then(() => {
      print('terminated');
      process.exit(0);
    });
  }, 300);
});

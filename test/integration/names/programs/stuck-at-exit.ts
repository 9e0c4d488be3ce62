/** The process ends while lookups hang: in a loop that was closed, in one that was not, and in a worker. */
import { Worker } from 'node:worker_threads';
import { EventLoop, print, sleep } from '../../../../src/index.ts';

const loop = new EventLoop();
loop.setExceptionHandler((_loop, context) => print(String(context.exception)));
loop.getaddrinfo('slow-60000.test', 1);
loop.runUntilComplete(sleep(20));
loop.close();

const open = new EventLoop();
open.getaddrinfo('slow-60000.test', 1);
open.runUntilComplete(sleep(20));

// Node 20 does not run `--import` in a worker before it resolves the worker's own file.
const path = JSON.stringify(new URL('./stuck-worker.ts', import.meta.url).href);
const worker = new Worker(
  `import('tsx/esm/api').then(({ register }) => {
    register();
    return import(${path});
  });`,
  { eval: true },
);
worker.on('message', () => {
  // It blocks from now on.
  setTimeout(() => {
    void worker.terminate().then(() => {
      print('terminated');
      process.exit(0);
    });
  }, 300);
});

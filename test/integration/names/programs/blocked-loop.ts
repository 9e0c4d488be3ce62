/** While a name is being resolved, the loop runs other tasks; four slow names at once take as long as one. */
import { createTask, EventLoop, gather, print, sleep } from '../../../../src/index.ts';

const loop = new EventLoop();
loop.run(function* () {
  let ticks = 0;
  const clock = createTask(
    (function* () {
      for (;;) {
        yield* sleep(10);
        ticks++;
      }
    })(),
  );
  const startMs = loop.time();
  yield* gather(Array.from({ length: 4 }, () => loop.getaddrinfo('slow-1000.test', 1)));
  const tookMs = loop.time() - startMs;
  clock.cancel();
  print(`${tookMs >= 1000 && tookMs < 3000} ${ticks > 10}`);
});
loop.close();

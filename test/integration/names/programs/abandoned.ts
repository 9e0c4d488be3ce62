/**
 * Eight lookups that hang are given up, twice as many as there are threads; then others must still be
 * answered.
 */
import { EventLoop, gather, print, sleep } from '../../../../src/index.ts';

const loop = new EventLoop();
loop.run(function* () {
  const stuck = Array.from({ length: 8 }, () => loop.getaddrinfo('slow-60000.test', 1));
  yield* sleep(20);
  for (const future of stuck) future.cancel();
  const startMs = loop.time();
  yield* gather(Array.from({ length: 20 }, () => loop.getaddrinfo('slow-1.test', 1)));
  print(`answered ${loop.time() - startMs < 20_000}`);
});
loop.close();
print('closed');

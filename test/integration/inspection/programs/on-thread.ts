/** What the loop of another thread does in inspected.ts. */
import { type Coroutine, Event, sleep } from 'selectloop';

const hasBegun = new Event();

export function* serveSlowly(): Coroutine<void> {
  hasBegun.set();
  for (;;) yield* sleep(3600_000);
}

export function* begun(): Coroutine<void> {
  yield* hasBegun.wait();
}

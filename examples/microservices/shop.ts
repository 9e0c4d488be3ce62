/**
 * A shop of four services and a backend for its frontend, which answers in time whatever the services do: one is slow, one fails
 * for a while, one is down.
 *
 *     npm run example -- shop
 *     curl http://127.0.0.1:8070/          # the page: its parts, and what is missing and why
 *
 * It says when the circuit breaker of a service changes its state. All of it runs in guest mode, Node's HTTP server in front;
 * the backend's client is the one of examples/requests.
 */

import { type Coroutine, getRunningLoop, print, runGuest } from 'selectloop';
import { commandLine, flag, portNumber, wholeNumber } from '../command-line.ts';
import { Backend } from './backend.ts';
import { withService } from './http-service.ts';
import { SERVICES, type ServiceName, servicesOf } from './services.ts';

const options = commandLine('shop', {
  port: portNumber(8070),
  stockMs: wholeNumber(10_000, 'how long the stock service takes'),
  cartFailures: wholeNumber(10, 'how many calls of the cart service fail before it recovers'),
  favourites: flag('start the service of favourites, which is down otherwise'),
  budgetMs: wholeNumber(500, 'how long a page may take'),
  callMs: wholeNumber(200, 'how long one call of a service may take'),
  failures: wholeNumber(3, 'how many failures in a row open a circuit', { least: 1 }),
  openMs: wholeNumber(3000, 'how long a circuit stays open'),
});

/** Serves each of `left` in turn, and when all are there goes on to `body`. */
function* withServices(
  left: readonly ServiceName[],
  urls: Record<ServiceName, string>,
  body: () => Coroutine<void>,
): Coroutine<void> {
  const [name, ...others] = left;
  if (name === undefined) {
    yield* body();
    return;
  }
  yield* withService(0, servicesOf(options)[name], function* (port) {
    urls[name] = `http://127.0.0.1:${port}/`;
    yield* withServices(others, urls, body);
  });
}

function* main(): Coroutine<void> {
  // Port 1 is nobody's.
  const nowhere = 'http://127.0.0.1:1/';
  const urls = { catalogue: nowhere, stock: nowhere, cart: nowhere, favourites: nowhere };
  const there = SERVICES.filter((name) => name !== 'favourites' || options.favourites);
  yield* withServices(there, urls, function* () {
    const onCircuit = (service: string, from: string, to: string): void =>
      print(`${service}: ${from}, now ${to}`);
    using backend = new Backend({ ...options, urls, onCircuit });
    const answer = function* (path: string): Coroutine<unknown> {
      return path === '/' ? yield* backend.page() : undefined;
    };
    yield* withService(options.port, answer, function* (port) {
      print(`The shop is on port ${port}`);
      yield* getRunningLoop().createFuture<never>();
    });
  });
}

await runGuest(main, { interrupts: true });

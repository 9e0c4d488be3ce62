/** Four small services of a shop, and how badly they behave. */

import { type Coroutine, sleep } from 'selectloop';
import { type Answer, StatusError } from './http-service.ts';

export const SERVICES = ['catalogue', 'stock', 'cart', 'favourites'] as const;
export type ServiceName = (typeof SERVICES)[number];

export interface Behaviour {
  /** How long the stock service takes. */
  readonly stockMs: number;
  /** How many calls of the cart service fail, before it recovers. */
  readonly cartFailures: number;
}

export function servicesOf({ stockMs, cartFailures }: Behaviour): Readonly<Record<ServiceName, Answer>> {
  let failuresLeft = cartFailures;
  return {
    *catalogue(): Coroutine<unknown> {
      return [
        { sku: 1, name: 'red shirt' },
        { sku: 2, name: 'blue shirt' },
      ];
    },
    *stock(): Coroutine<unknown> {
      return yield* sleep(stockMs, { 1: 3, 2: 0 });
    },
    *cart(): Coroutine<unknown> {
      if (failuresLeft > 0) {
        failuresLeft--;
        throw new StatusError(503, 'the cart is overloaded');
      }
      return [{ sku: 1, count: 2 }];
    },
    *favourites(): Coroutine<unknown> {
      return [2];
    },
  };
}

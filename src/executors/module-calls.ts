/** The functions of a module, as they are called in workers. */

import { pathToFileURL } from 'node:url';
import { describeValue } from '../coroutines/misuse.ts';
import type { Future } from '../futures/future.ts';
import { bindReference, referenceToExport } from './function-reference.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Each function that the module `M` exports, with the same parameters and a future of its result. */
export type ModuleCalls<M extends object> = {
  readonly [K in keyof M as M[K] extends (...args: never[]) => unknown ? K : never]: M[K] extends (
    ...args: infer A
  ) => infer R
    ? (...args: A) => Future<Awaited<R>>
    : never;
};

/** The implementation of `pool.module`. */
export function moduleCalls(pool: WorkerPool, url: unknown): object {
  const href = moduleUrl(url, 'module');
  const calls = new Map<string, (...args: unknown[]) => Future<unknown>>();
  return new Proxy(Object.freeze({}), {
    get(_target, name) {
      // Whoever asks for `then` asks whether this is a Promise.
      if (typeof name !== 'string' || name === 'then') return undefined;
      let call = calls.get(name);
      if (call === undefined) {
        const reference = referenceToExport(href, name);
        call = (...args) => pool.submit(reference, args, false);
        bindReference(call, reference);
        calls.set(name, call);
      }
      return call;
    },
  });
}

/** A module's URL. @throws TypeError for what is none, with the remedy */
export function moduleUrl(url: unknown, verb: string): string {
  if (url instanceof URL) return url.href;
  if (typeof url === 'string') {
    if (/^[a-z][a-z0-9+.-]+:/i.test(url)) return url;
    if (url.startsWith('/')) return pathToFileURL(url).href;
  }
  const got = typeof url === 'string' ? `'${url}'` : describeValue(url);
  throw new TypeError(
    `${verb}: expected the module's URL, got ${got}. Write new URL('./work.ts', import.meta.url).`,
  );
}

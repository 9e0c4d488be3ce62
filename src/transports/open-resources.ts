/**
 * What transports and servers of a loop hold of the system. A loop that is closed while some are open releases them: no
 * finalizer would, for as long as another loop blocks this thread.
 */

import type { LoopCore } from '../loop/loop-core.ts';

/** A transport or a server with an open descriptor. */
export interface OpenResource {
  /** The loop is closing: release the descriptor. Nobody is called any more. */
  releaseNow(): void;
  toString(): string;
}

const resourcesByLoop = new WeakMap<LoopCore, Set<OpenResource>>();

/** Remembers `resource` until {@link forgetOpen}, or until its loop closes. */
export function rememberOpen(loop: LoopCore, resource: OpenResource): void {
  let resources = resourcesByLoop.get(loop);
  if (resources === undefined) {
    resources = new Set();
    resourcesByLoop.set(loop, resources);
    loop.closeActions.push(() => releaseAll(loop));
  }
  resources.add(resource);
}

/** Ends {@link rememberOpen}. */
export function forgetOpen(loop: LoopCore, resource: OpenResource): void {
  resourcesByLoop.get(loop)?.delete(resource);
}

/** In debug mode each is reported, as asyncio warns of unclosed transports. */
function releaseAll(loop: LoopCore): void {
  const resources = resourcesByLoop.get(loop);
  if (resources === undefined) return;
  resourcesByLoop.delete(loop);
  for (const resource of resources) {
    if (loop.getDebug()) loop.callExceptionHandler({ message: `the loop was closed before ${resource}` });
    resource.releaseNow();
  }
}

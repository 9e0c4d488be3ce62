/**
 * What transports and servers of a loop hold of the system. A loop that is closed while some are open
 * releases them: no finalizer would, for as long as another loop blocks this thread.
 *
 * A list through the resources themselves, since each enters once and leaves once: two writes each, and no
 * table that grows with the connections.
 */

import { rememberedOrigin, rememberOrigin } from '../loop/creation-stack.ts';
import type { LoopCore } from '../loop/loop-core.ts';

/** A transport or a server with an open descriptor. */
export interface OpenResource {
  /** The neighbours in the list; only this file writes them. */
  previousOpen: OpenResource | null;
  nextOpen: OpenResource | null;
  /** The loop is closing: release the descriptor, and {@link forgetOpen}. Nobody is called any more. */
  releaseNow(): void;
  toString(): string;
}

/** The newest of each loop. */
const newestByLoop = new WeakMap<LoopCore, { newest: OpenResource | null }>();

/** Remembers `resource` until {@link forgetOpen}, or until its loop closes. */
export function rememberOpen(loop: LoopCore, resource: OpenResource): void {
  if (loop.getDebug()) rememberOrigin(resource, rememberOpen);
  let list = newestByLoop.get(loop);
  if (list === undefined) {
    list = { newest: null };
    newestByLoop.set(loop, list);
    loop.closeActions.push(() => releaseAll(loop));
  }
  const { newest } = list;
  resource.nextOpen = newest;
  if (newest !== null) newest.previousOpen = resource;
  list.newest = resource;
}

/** Ends {@link rememberOpen}; harmless when that has been done. */
export function forgetOpen(loop: LoopCore, resource: OpenResource): void {
  const list = newestByLoop.get(loop);
  if (list === undefined) return;
  const { previousOpen, nextOpen } = resource;
  if (previousOpen !== null) previousOpen.nextOpen = nextOpen;
  else if (list.newest === resource) list.newest = nextOpen;
  if (nextOpen !== null) nextOpen.previousOpen = previousOpen;
  resource.previousOpen = null;
  resource.nextOpen = null;
}

/** What is open now, the oldest first. */
export function openResourcesOf(loop: LoopCore): OpenResource[] {
  const resources: OpenResource[] = [];
  let each = newestByLoop.get(loop)?.newest ?? null;
  for (; each !== null; each = each.nextOpen) resources.push(each);
  return resources.reverse();
}

/** In debug mode each is reported, as asyncio warns of unclosed transports. */
function releaseAll(loop: LoopCore): void {
  for (const resource of openResourcesOf(loop)) {
    if (loop.getDebug()) reportOpen(loop, resource);
    resource.releaseNow();
  }
}

function reportOpen(loop: LoopCore, resource: OpenResource): void {
  const origin = rememberedOrigin(resource);
  const message = `the loop was closed before ${resource}`;
  loop.callExceptionHandler({ message, ...(origin === undefined ? {} : { sourceTraceback: origin }) });
}

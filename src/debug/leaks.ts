/**
 * What a run leaves behind, told in debug mode: each with the line that made it.
 *
 * | left                                  | told                                  | what becomes of it                      |
 * |---------------------------------------|---------------------------------------|-----------------------------------------|
 * | a task, when main has returned        | before it is cancelled; no daemons    | cancelled, and run to its end           |
 * | a timer, when all tasks have ended    | before the loop closes                | dropped                                 |
 * | a socket that the loop has used       | before the loop closes                | stays open: nobody else will close it   |
 * | a transport, a server                 | when the loop closes                  | closed (`transports/open-resources.ts`) |
 * | a coroutine that nobody has awaited   | before the loop closes                | nothing: it has not begun               |
 */

import { namesOurFile } from '../base/package-files.ts';
import { rememberedOrigin } from '../loop/creation-stack.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { allTasks } from '../tasks/current-task.ts';
import { openResourcesOf } from '../transports/open-resources.ts';
import { Server } from '../transports/server.ts';
import { takeUnawaited } from './unawaited.ts';

/** Main has returned: reports the tasks that it did not wait for. */
export function reportLeftTasks(loop: LoopCore): void {
  if (!loop.getDebug()) return;
  for (const task of allTasks(loop)) {
    if (loop.liveTasks.daemons?.tasks.has(task) !== true)
      report(loop, 'main returned before its task ended', { task });
  }
}

/** All tasks have ended: reports the timers and sockets that are still there. */
export function reportLeftResources(loop: LoopCore): void {
  if (!loop.getDebug()) return;
  for (const timer of loop.timers.pendingHandles()) {
    const origin = timer.creationStack();
    // Those of this package have nobody else on the stack.
    if (origin !== null && !namesOurFile(origin.split('\n', 1)[0] ?? ''))
      report(loop, 'the run ended before a timer was due, or cancelled', { handle: timer }, origin);
  }
  reportUnawaited(loop);
  const ofServers = listenersOf(loop);
  for (const { socket, owner } of loop.io.slots.values()) {
    if (socket !== null && owner === null && socket.fileno() >= 0 && !ofServers.has(socket.fileno()))
      report(loop, 'the run ended before a socket was closed', { socket });
  }
}

/** Once for each place in the program, however often it was there. */
function reportUnawaited(loop: LoopCore): void {
  for (const [place, [first, ...others]] of takeUnawaited(loop)) {
    const times = others.length === 0 ? '' : ` (${others.length + 1} times)`;
    loop.callExceptionHandler({
      message: `${first?.describe()} was never awaited${times}: it has done nothing. Write "yield* …", or make it a task`,
      sourceTraceback: place,
    });
  }
}

/** The sockets of servers that are open: those are told of as a whole. */
function listenersOf(loop: LoopCore): Set<number> {
  const servers = openResourcesOf(loop).filter((resource) => resource instanceof Server);
  return new Set(servers.flatMap(({ sockets }) => sockets.map((sock) => sock.fileno())));
}

function report(
  loop: LoopCore,
  message: string,
  subject: { readonly task: object } | { readonly handle: object } | { readonly socket: object },
  origin: string | undefined = rememberedOrigin(Object.values(subject)[0] as object),
): void {
  loop.callExceptionHandler({
    message,
    ...subject,
    ...(origin === undefined ? {} : { sourceTraceback: origin }),
  });
}

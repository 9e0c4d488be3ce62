/**
 * How a program becomes one that can be looked at: from its start on, or when the command sends SIGUSR2.
 *
 * If inspection cannot be started, the program runs all the same. The error is reported once, to the loop's
 * exception handler.
 */

import { rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { isDebugEnvironment } from '../base/environment.ts';
import { nodeModules } from '../base/node-modules.ts';
import { runningLoop } from '../loop/current-loop.ts';
import { Handle } from '../loop/handle.ts';
import { provideInspection } from '../loop/inspect-mode.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { signalsOf } from '../signals/signal-source.ts';
import { serveInspection } from './inspection-server.ts';
import { armedPath, openInspectionFolder } from './private-folder.ts';
import { startWatchdog } from './watchdog.ts';

const { SIGUSR2 } = constants.signals;

/** Loops that are served, armed, or cannot be. */
const known = new WeakSet<LoopCore>();

provideInspection((running, mode) => {
  const loop = running as LoopCore;
  if (known.has(loop)) return;
  known.add(loop);
  try {
    if (mode === true) openDoor(loop);
    else if (mode === 'signal') arm(loop);
    else if (isDebugEnvironment() && nodeModules.workerThreads.isMainThread) startWatchdog(loop, false);
  } catch (error) {
    loop.callExceptionHandler({ message: 'This program cannot be inspected', exception: error });
  }
});

function openDoor(loop: LoopCore): void {
  serveInspection(loop);
  if (nodeModules.workerThreads.isMainThread) startWatchdog(loop, true);
}

/**
 * Listens for SIGUSR2, unless the program does itself, and says so by a file: without a handler the signal
 * would end the process, so the command sends none to a process without that file.
 */
function arm(loop: LoopCore): void {
  if (!nodeModules.workerThreads.isMainThread || process.listenerCount('SIGUSR2') > 0) return;
  const path = armedPath(openInspectionFolder(), process.pid);
  const disarm = (): void => {
    process.off('exit', disarm);
    rmSync(path, { force: true });
  };
  const open = (): void => openDoor(loop);
  if (signalsOf(loop).handleInternally(SIGUSR2, new Handle(open, [], loop)) !== 0) return;
  writeFileSync(path, '', { mode: 0o600 });
  loop.closeActions.push(disarm);
  process.once('exit', disarm);
}

/**
 * Lets the command `selectloop` look at a loop from now on, as `{ inspect: true }` does from the start. Twice
 * is harmless.
 *
 *     loop.addSignalHandler('SIGHUP', () => startInspection());
 *
 * @param loop default: the running one
 * @throws RuntimeError outside of a running loop, without one; when the private folder is not this user's
 *   alone. OSError, an error of the file system
 */
export function startInspection(loop?: LoopCore): void {
  openDoor(loop ?? runningLoop('startInspection'));
}

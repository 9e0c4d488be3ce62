/**
 * Finding the loops of a process.
 *
 * | the process                                   | what happens                                                      |
 * |-----------------------------------------------|-------------------------------------------------------------------|
 * | listens                                       | its loops are connected to                                        |
 * | listens after SIGUSR2, and has said so        | it is signalled; its socket is waited for                         |
 * | has left a socket, and ended                  | what it left is removed; one line says that it has ended          |
 * | is not there, or belongs to somebody else     | one line says so                                                  |
 * | is there, and does not listen                 | one line says how to start it so that it does; nothing is sent    |
 */

import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { StackFrame } from '../coroutines/probe.ts';
import {
  armedPath,
  inspectionFolder,
  loopSocketPaths,
  refusal,
  sweepProcess,
  watchdogSocketPath,
} from '../inspection/private-folder.ts';
import { CommandError } from './command-error.ts';
import { InspectionClient } from './inspection-client.ts';

/**
 * How long a program may take to open its socket after the signal: a pass of its loop, and the start of a
 * thread.
 */
const ARMED_TIMEOUT_MS = 3000;
/** A loop that has not answered by then is in a long step. */
const PATIENCE_MS = 1000;
/** Longer than the watchdog waits for the main thread. */
const WATCHDOG_PATIENCE_MS = 12_000;
const LOOK_EVERY_MS = 20;

/** A loop of the process. */
export interface InspectedLoop {
  readonly threadId: number;
  readonly client: InspectionClient;
}

/** Connects to the loops of a process, that of the main thread first. @throws CommandError: one line */
export async function connectToLoops(pid: number): Promise<InspectedLoop[]> {
  const folder = inspectionFolder();
  requireAlive(pid, folder);
  if (!existsSync(folder)) throw notListening(pid);
  const reason = refusal(folder);
  if (reason !== null) throw new CommandError(`selectloop: ${folder} ${reason}`);
  let paths = loopSocketPaths(folder, pid);
  if (paths.length === 0 && existsSync(armedPath(folder, pid))) paths = await wake(pid, folder);
  if (paths.length === 0) throw notListening(pid);
  const loops = await Promise.all(paths.map(openLoop));
  const open = loops.filter((loop) => loop !== null);
  if (open.length > 0) return open;
  sweepProcess(folder, pid);
  throw new CommandError(
    `selectloop: the program that listened as PID ${pid} has ended; this is another one`,
  );
}

/**
 * Asks the loop whether it has time.
 * @throws CommandError with the stack of the main thread, where its watchdog can tell it
 */
export async function requireResponsive({ client, threadId }: InspectedLoop, pid: number): Promise<void> {
  if ((await client.ask({ ask: 'stats' }, PATIENCE_MS)) !== null) return;
  if (threadId !== 0) {
    throw new CommandError(
      `selectloop: the loop of thread ${threadId} of PID ${pid} has not answered for ${PATIENCE_MS} ms`,
    );
  }
  throw new CommandError(await busyMessage(pid));
}

/** What the main thread does instead of answering. */
export async function busyMessage(pid: number): Promise<string> {
  const frames = await askWatchdog(pid);
  const head = `selectloop: the main thread of PID ${pid} is busy and has not answered for ${PATIENCE_MS} ms`;
  if (frames === null) return `${head}; no stack: it is in native code, or between two runs of a loop`;
  const lines = frames.map(
    ({ functionName, file, line, column }) =>
      `    at ${functionName} (${file.replace(/^file:\/\//, '')}:${line}:${column})`,
  );
  return `${head}. Its stack:\n${lines.join('\n')}`;
}

async function askWatchdog(pid: number): Promise<readonly StackFrame[] | null> {
  let client: InspectionClient;
  try {
    client = await InspectionClient.open(watchdogSocketPath(inspectionFolder(), pid));
  } catch {
    return null;
  }
  try {
    // It answers whoever connects, once.
    const answer = await client.ask({ ask: 'stats' }, WATCHDOG_PATIENCE_MS);
    return (answer?.value as { frames: readonly StackFrame[] | null } | undefined)?.frames ?? null;
  } catch {
    return null;
  } finally {
    client.close();
  }
}

async function openLoop(path: string): Promise<InspectedLoop | null> {
  try {
    const client = await InspectionClient.open(path);
    return { threadId: Number(/-(\d+)\.sock$/.exec(path)?.[1] ?? 0), client };
  } catch {
    return null;
  }
}

function requireAlive(pid: number, folder: string): void {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM')
      throw new CommandError(`selectloop: PID ${pid} belongs to another user`);
    const wasOurs = existsSync(folder) && loopSocketPaths(folder, pid).length > 0;
    if (existsSync(folder)) sweepProcess(folder, pid);
    throw new CommandError(
      wasOurs ? `selectloop: PID ${pid} has ended` : `selectloop: there is no process with PID ${pid}`,
    );
  }
}

async function wake(pid: number, folder: string): Promise<string[]> {
  if (!catchesSignal(pid)) return [];
  process.kill(pid, 'SIGUSR2');
  for (let waitedMs = 0; waitedMs < ARMED_TIMEOUT_MS; waitedMs += LOOK_EVERY_MS) {
    const paths = loopSocketPaths(folder, pid);
    if (paths.length > 0) return paths;
    await delay(LOOK_EVERY_MS);
  }
  throw new CommandError(
    `selectloop: PID ${pid} was asked to listen by SIGUSR2 and has not for ${ARMED_TIMEOUT_MS} ms: it is in a long step, or its loop has ended`,
  );
}

/**
 * Whether SIGUSR2 would reach a handler and not end the process: asked where the system tells (Linux),
 * believed elsewhere.
 */
function catchesSignal(pid: number): boolean {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return true;
  }
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return (
    caught === undefined || ((BigInt(`0x${caught}`) >> BigInt(constants.signals.SIGUSR2 - 1)) & 1n) === 1n
  );
}

function notListening(pid: number): CommandError {
  return new CommandError(
    `selectloop: PID ${pid} does not listen: start the program with SELECTLOOP_INSPECT=1, or run it with { inspect: true }`,
  );
}

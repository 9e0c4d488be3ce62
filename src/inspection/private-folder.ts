/**
 * Where programs that can be looked at leave their sockets: a folder of the user's own, which nobody else can
 * enter. Shared by the programs and the command.
 *
 * | file in it          | made by                              | says                                       |
 * |---------------------|--------------------------------------|--------------------------------------------|
 * | `PID-THREAD.sock`   | a thread whose loop listens          | connect to it                              |
 * | `PID-watchdog.sock` | the watchdog of a process            | connect to it when the main thread is busy |
 * | `PID.armed`         | a process that listens after SIGUSR2 | signal it, and its socket will appear      |
 *
 * Each goes with its process. What a killed process left is removed by the next command that finds it.
 */

import { lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentVariable } from '../base/environment.ts';
import { RuntimeError } from '../base/errors.ts';

/** The permission bits of a file's mode. */
const PERMISSIONS = 0o777;
const PRIVATE = 0o700;

/**
 * The folder's path: in the session's own folder where the system has one, else beside other temporary files,
 * with the user's number.
 */
export function inspectionFolder(): string {
  const session = environmentVariable('XDG_RUNTIME_DIR');
  return session === '' ? join(tmpdir(), `selectloop-${userId()}`) : join(session, 'selectloop');
}

/**
 * The folder, made if need be.
 * @throws RuntimeError when it is not this user's alone; an error of the file system
 */
export function openInspectionFolder(): string {
  const folder = inspectionFolder();
  mkdirSync(folder, { recursive: true, mode: PRIVATE });
  const reason = refusal(folder);
  if (reason !== null) throw new RuntimeError(`${folder} ${reason}: remove it`);
  return folder;
}

/** Why a folder is not to be trusted, or `null`. A link is not followed: somebody else may have laid it. */
export function refusal(folder: string): string | null {
  const stat = lstatSync(folder);
  if (!stat.isDirectory()) return 'is no folder';
  if (stat.uid !== userId()) return 'belongs to another user';
  return (stat.mode & PERMISSIONS) === PRIVATE ? null : 'can be entered by other users';
}

/** The socket of a thread's loop; 0 is the main thread. */
export function loopSocketPath(folder: string, pid: number, threadId: number): string {
  return join(folder, `${pid}-${threadId}.sock`);
}

/** The socket of a process's watchdog. */
export function watchdogSocketPath(folder: string, pid: number): string {
  return join(folder, `${pid}-watchdog.sock`);
}

/** The mark of a process that listens after SIGUSR2. */
export function armedPath(folder: string, pid: number): string {
  return join(folder, `${pid}.armed`);
}

/** The sockets of a process's loops, the main thread's first. */
export function loopSocketPaths(folder: string, pid: number): string[] {
  const pattern = new RegExp(`^${pid}-(\\d+)\\.sock$`);
  return readdirSync(folder)
    .flatMap((name) => {
      const match = pattern.exec(name);
      return match === null ? [] : [Number(match[1])];
    })
    .toSorted((a, b) => a - b)
    .map((threadId) => loopSocketPath(folder, pid, threadId));
}

/** Removes whatever a process that has ended left. */
export function sweepProcess(folder: string, pid: number): void {
  const own = new RegExp(`^${pid}[-.]`);
  for (const name of readdirSync(folder)) if (own.test(name)) rmSync(join(folder, name), { force: true });
}

function userId(): number {
  return process.getuid?.() ?? 0;
}

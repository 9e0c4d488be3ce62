/** Starting processes by the addon's calls alone, for tests of those calls. */

import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { SPAWN_STEPS } from '../../src/kernel/process-calls.ts';
import { encodeSpawnRequest, type SpawnRequest } from '../../src/subprocess/spawn-request.ts';
import { onTeardown } from '../support/teardown.ts';
import { addon } from './addon-programs.ts';

const READABLE = 1;
/** Without the library of a sanitizer, which is not made for others' programs. */
const plainEnvironment = { PATH: process.env.PATH ?? '' };

const plain: SpawnRequest = {
  executables: ['/bin/true'],
  args: ['true'],
  environment: [`PATH=${process.env.PATH}`],
  cwd: null,
  stdio: [-1, -1, -1],
  newSession: false,
  restoreSignals: true,
  processGroup: null,
  uid: null,
  gid: null,
  groups: null,
  umask: null,
  passFds: [],
  limits: [],
  terminal: null,
  watchByThread: false,
};

/** A started child. Killed and reaped after the test, its descriptors closed. */
export class Child {
  readonly pid: number;
  readonly exitFd: number;
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
  readonly terminal: number;
  #reaped = false;

  constructor(pid: number, out: Int32Array) {
    this.pid = pid;
    [this.exitFd, this.stdin, this.stdout, this.stderr, this.terminal] = out as unknown as [
      number,
      number,
      number,
      number,
      number,
    ];
    onTeardown(() => {
      if (!this.#reaped) {
        addon.processKill(pid, 9);
        this.returncode();
      }
      for (const fd of out) if (fd >= 0) addon.close(fd);
    });
  }

  /** Waits for the end, and reaps. */
  returncode(): number {
    const ready = addon.waitReady(this.exitFd, READABLE, 20_000);
    if (ready !== READABLE) throw new Error(`child ${this.pid} has not ended: ${ready}`);
    const out = new Int32Array(1);
    const result = addon.processReap(this.pid, out);
    if (result !== 1) throw new Error(`reap answered ${result}`);
    this.#reaped = true;
    return out[0] as number;
  }

  /** Leaves it to be killed and reaped. */
  abandon(): void {
    const result = addon.processAbandon(this.pid);
    if (result !== 0) throw new Error(`abandon answered ${result}`);
    this.#reaped = true;
  }

  /** What comes from stdout, or from the terminal, to its end. */
  output(): string {
    const fd = this.stdout >= 0 ? this.stdout : this.terminal;
    const buffer = Buffer.alloc(65536);
    let text = '';
    for (;;) {
      if (addon.waitReady(fd, READABLE, 20_000) !== READABLE) throw new Error(`no more output after ${text}`);
      const count = addon.read(fd, buffer, 0, buffer.length);
      // EIO: a terminal that no process has open any more.
      if (count <= 0) return text;
      text += buffer.toString('utf8', 0, count);
    }
  }
}

/** Starts a process; `{ step, errno }` if it was refused. */
export function trySpawn(request: Partial<SpawnRequest>): Child | { step: string; errno: number } {
  const { text, numbers, limits } = encodeSpawnRequest({ ...plain, ...request });
  const out = new Int32Array(5).fill(-1);
  const result = addon.processSpawn(text, numbers, limits, out);
  if (result < 0) return { step: SPAWN_STEPS[out[0] as number] as string, errno: -result };
  return new Child(result, out);
}

/** Starts a process that must start. */
export function spawnChild(request: Partial<SpawnRequest>): Child {
  const child = trySpawn(request);
  if (!(child instanceof Child)) throw new Error(`refused: ${JSON.stringify(child)}`);
  return child;
}

/** Starts a shell command, its output in a pipe. */
export function spawnShell(command: string, request: Partial<SpawnRequest> = {}): Child {
  return spawnChild({
    executables: ['/bin/sh'],
    args: ['sh', '-c', command],
    stdio: [-3, -2, -1],
    ...request,
  });
}

/** Waits until no process has this number: it has ended, and been reaped. */
export async function untilGone(pid: number): Promise<void> {
  await until(() => !isThere(pid), `process ${pid} is still there`);
}

/**
 * Waits until a process has ended, whether it was reaped or not: whose child it is now is the system's
 * affair.
 */
export async function untilEnded(pid: number): Promise<void> {
  await until(() => !isThere(pid) || isZombie(pid), `process ${pid} has not ended`);
}

async function until(isTrue: () => boolean, complaint: string): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  while (!isTrue()) {
    if (performance.now() > deadlineMs) throw new Error(complaint);
    await delay(5);
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function isZombie(pid: number): boolean {
  return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], {
    encoding: 'utf8',
    env: plainEnvironment,
  }).startsWith('Z');
}

/** A server example as a process, and the clients that tests send to it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { vi } from 'vitest';
import { type Program, type ProgramOptions, startProgram } from '../../support/run-program.ts';
import { onTeardown } from '../../support/teardown.ts';

/** A server that listens. */
export interface Server {
  readonly program: Program;
  readonly port: number;
  readonly pid: number;
}

/** Starts a server on a port that the system chooses, and waits until it has told which. */
export async function startServer(path: string, options: ProgramOptions = {}): Promise<Server> {
  const program = startProgram(path, { ...options, env: { PORT: '0', ...options.env } });
  const told = (): number => Number(/\bport (\d+)/.exec(program.stderr + program.stdout)?.[1]);
  const port = await until(told, `port from ${path}`).catch((error: Error) => {
    throw new Error(`${error.message}\n${program.stderr}`, { cause: error });
  });
  return { program, port, pid: program.child.pid as number };
}

/** Polls until `find` returns something truthy, and returns that. */
export async function until<T>(find: () => T, what: string, timeoutMs = 10_000): Promise<T> {
  return await vi.waitFor(
    () => {
      const found = find();
      if (!found) throw new Error(`no ${what} within ${timeoutMs} ms`);
      return found;
    },
    { timeout: timeoutMs, interval: 10 },
  );
}

/** A connected client. Errors are left to whoever asks for them: a server under test may well reset it. */
export async function connectClient(port: number): Promise<Socket> {
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  onTeardown(() => void client.destroy());
  await once(client, 'connect');
  client.on('error', () => {});
  return client;
}

/** A command-line client, talked to through its stdin. */
export function startCommandClient(command: string, port: number): ChildProcess {
  const child = spawn(command, ['127.0.0.1', String(port)], { stdio: ['pipe', 'ignore', 'ignore'] });
  onTeardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

/** Whether a command can be started here. */
export function hasCommand(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' }).status === 0;
}

/** How many descriptors a process has open. Linux. */
export function descriptorCount(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Whether a server has its listener still. Another process may have the same one. Linux. */
export function isListening({ pid, port }: Server): boolean {
  const place = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const sockets = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  // proc(5): sl, local address, remote address, state (0A: TCP_LISTEN), and as the tenth the inode.
  const inode = sockets.find(([, local, , state]) => local?.endsWith(place) === true && state === '0A')?.[9];
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).some((fd) => readlinkSync(`${folder}/${fd}`) === `socket:[${inode}]`);
}

/** Processor time that a process has used so far, user and system, in steps of 10 ms. Linux. */
export function cpuMs(pid: number): number {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(afterName[11]) + Number(afterName[12])) * 10;
}

/** Memory that a process holds, in MiB. Linux. */
export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** Bytes of which each stretch is another, so that what is lost, doubled or moved shows. */
export function countingBytes(byteCount: number): Buffer {
  const bytes = Buffer.allocUnsafe(byteCount);
  for (let index = 0; index < byteCount; index++) bytes[index] = index * 7 + (index >> 10);
  return bytes;
}

/** One fresh server process on a core of its own. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const READY_WITHIN_MS = 20_000;
/** Its clients notice the end of a server before its parent does. */
const ENDED_WITHIN_MS = 200;
/** A heap snapshot of a thousand connections, on a busy machine. */
const ANSWERED_WITHIN_MS = 60_000;
/**
 * By default glibc gives the memory of large buffers back to the system and asks for it again with each
 * message, or does not, as the heap happens to lie: figures that double from one run to the next. With this
 * nobody's allocator does.
 */
const KEPT_MEMORY = { MALLOC_TRIM_THRESHOLD_: String(64 << 20), MALLOC_MMAP_THRESHOLD_: String(32 << 20) };
/** Certificates that Node, where a machine names some, parses at each start: longer than all else then. */
const WITHOUT_CERTIFICATES = { NODE_EXTRA_CA_CERTS: undefined };
const run = promisify(execFile);

const canPin = availableParallelism() > 1 && (await has('taskset'));

/** Whether server and load have a core each: without it figures are less steady. */
export const isPinned = canPin;

/**
 * The allocator that every contender has, the limit included.
 * @param kind `kept`: freed memory stays with the process; `system`: as glibc does it unasked
 */
export function useAllocator(kind) {
  Object.assign(allocator, { MALLOC_TRIM_THRESHOLD_: undefined, MALLOC_MMAP_THRESHOLD_: undefined });
  if (kind === 'kept') Object.assign(allocator, KEPT_MEMORY);
}
const allocator = { ...KEPT_MEMORY };

const environmentWith = (env) => ({ ...process.env, ...WITHOUT_CERTIFICATES, ...allocator, ...env });

async function has(program) {
  return run(program, ['--version']).then(
    () => true,
    () => false,
  );
}

/** `argv` on one core: the server's is 0, the load's is 1. */
export function pinned(core, argv) {
  return canPin ? ['taskset', '-c', String(core), ...argv] : argv;
}

/**
 * Starts a server and waits until it listens.
 * @returns {Promise<{ pid: number, address: string[], ask: (signal: string) => Promise<string>, stop: () =>
 *   Promise<void>, ended: () => Promise<Error | undefined> }>} `address` as the load generator takes it;
 *   `ask` sends a signal that the server answers with a line; `ended` tells why the server has ended, with
 *   its own words, and nothing if it still runs
 * @throws Error with the server's own words when it ends or does not listen within 20 s
 */
export async function startServer(argv, serves, env, allCores = false) {
  const unixPath =
    serves === 'unix' ? join(tmpdir(), `bench-${process.pid}-${startServer.count++}.sock`) : undefined;
  const command = [...argv, ...serverArguments(serves, unixPath)];
  const [program, ...args] = allCores ? command : pinned(0, command);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environmentWith(env) });
  const problems = [];
  child.stderr.setEncoding('utf8').on('data', (text) => problems.push(text));
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const stop = async () => {
    if (!hasEnded() && child.kill('SIGKILL')) await once(child, 'exit');
    if (unixPath !== undefined) rmSync(unixPath, { force: true });
  };
  try {
    const lines = createInterface(child.stdout);
    const port = await listeningAt(child, lines);
    const ask = async (signal) => {
      child.kill(signal);
      return (await once(lines, 'line', { signal: AbortSignal.timeout(ANSWERED_WITHIN_MS) }))[0];
    };
    const address =
      unixPath === undefined
        ? [serves === 'udp' ? '--udp' : '--tcp', '127.0.0.1', port]
        : ['--unix', unixPath];
    const ended = async () => {
      await once(child, 'close', { signal: AbortSignal.timeout(ENDED_WITHIN_MS) }).catch(() => {});
      return hasEnded() ? new Error(complaint(problems.join('')) ?? 'the server has ended') : undefined;
    };
    return { pid: child.pid, address, ask, stop, ended };
  } catch (error) {
    await stop();
    throw new Error(complaint(problems.join('')) ?? error.message, { cause: error });
  }
}
startServer.count = 0;

/** The tests' own, for localhost, on the curve P-256. */
function certificate(name) {
  return fileURLToPath(new URL(`../test/support/certificates/${name}.pem`, import.meta.url));
}

function serverArguments(serves, unixPath) {
  if (serves === 'unix') return ['--unix', unixPath];
  if (serves === 'tls')
    return ['--port', '0', '--cert', certificate('server'), '--key', certificate('server-key')];
  return serves === 'tcp' || serves === 'threads' ? ['--port', '0'] : ['--port', '0', `--${serves}`];
}

async function listeningAt(child, lines) {
  const signal = AbortSignal.timeout(READY_WITHIN_MS);
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`the server ended with exit code ${code} before it listened`);
  });
  const [line] = await Promise.race([
    once(lines, 'line', { signal }),
    ended,
    once(child, 'error').then(([e]) => {
      throw e;
    }),
  ]);
  ended.catch(() => {});
  if (!line.startsWith('listening ')) throw new Error(`the server said "${line}" instead of "listening …"`);
  return line.slice('listening '.length);
}

/**
 * The line of a program's stderr that tells what went wrong: the error of a traceback, else the last line.
 */
export function complaint(text) {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.trim());
  return (
    lines.findLast((line) => /^(Uncaught )?[\w.]*(Error|Exception)\b/.test(line)) ??
    lines.findLast((line) => line !== '')
  );
}

/** Runs a program of operations on the server's core, or on all; what it printed. */
export async function runProgram(argv, env, allCores = false) {
  const options = { timeout: 120_000, maxBuffer: 1 << 24, env: environmentWith(env) };
  return outputOf(allCores ? argv : pinned(0, argv), options);
}

/** What a program prints. @throws Error with the program's own words */
export async function outputOf([program, ...args], options) {
  const { stdout } = await run(program, args, options).catch((error) => {
    throw new Error(complaint(error.stderr ?? '') ?? error.message, { cause: error });
  });
  return stdout;
}

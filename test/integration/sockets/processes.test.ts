/** What needs a process or a thread of its own. */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';

import { builtProgram, startBuiltWorker } from '../../support/built-program.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { root } from '../../support/run-program.ts';
import { onTeardown } from '../../support/teardown.ts';
import { closeLater, listenOn, PATIENCE_MS } from './fixtures.ts';

failOnFdLeaks();

const LIMIT_MS = 15_000;

function runNode(args: readonly string[], shell: string, env: NodeJS.ProcessEnv = {}) {
  const program = spawnSync('sh', ['-c', `${shell} exec "$0" "$@"`, process.execPath, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  return { ...program, lines: program.stdout.trim().split('\n') };
}

function runFixture(name: string, args: readonly string[] = [], shell = '') {
  const path = builtProgram(`test/integration/sockets/programs/${name}`);
  return runNode([path, ...args], shell);
}

describe('a dead peer', () => {
  test('is EPIPE and does not kill the process', () => {
    const program = runFixture('broken-pipe.ts');
    expect(program.stderr).toBe('');
    const told = ['send', 'send', 'sendmsg', 'sendMany', 'sendfile'].map((call) =>
      expect.stringMatching(new RegExp(`^OSError: ${call} EPIPE fd \\d+ \\(broken pipe\\)$`)),
    );
    expect(program.lines).toEqual([...told, 'survived']);
  });

  test('would kill it otherwise', () => {
    expect(runFixture('broken-pipe.ts', ['write'])).toMatchObject({ signal: 'SIGPIPE', stdout: '' });
  });
});

/** What programs/few-descriptors.ts prints. */
interface Report {
  readonly spareCount: number;
  readonly full: Readonly<Record<string, string>>;
  readonly oneFree: Readonly<Record<string, string>>;
  readonly passed: readonly string[];
}

test('a full descriptor table is EMFILE everywhere, and leaves nothing half open', () => {
  const program = runFixture('few-descriptors.ts', [], 'ulimit -n 100;');
  expect(program.stderr).toBe('');
  const { spareCount, full, oneFree, passed } = JSON.parse(program.lines[0] ?? '') as Report;
  expect(spareCount).toBeGreaterThan(0);
  expect(full).toEqual({
    socket: 'socket EMFILE',
    accept: 'accept EMFILE',
    socketpair: 'socketpair EMFILE',
    dup: 'dup EMFILE',
    fromfd: 'dup EMFILE',
  });
  expect(oneFree).toEqual({ socketpair: 'socketpair EMFILE', accept: 'done' });
  // What the system has no room for is dropped; the bytes come, and the flags tell.
  expect(passed).toEqual(['1 byte, 0 of 2, cut', '1 byte, 1 of 2, cut', '1 byte, 2 of 2']);
});

describe('without the addon', () => {
  const env = { SELECTLOOP_ADDON: '/nowhere/selectloop.node' };

  const moduleOf = (path: string) => JSON.stringify(pathToFileURL(builtProgram(path)).href);

  function evaluate(code: string) {
    return runNode(['--input-type=module', '-e', code], '', env);
  }

  test('the class can be imported, and says what is missing when it is used', () => {
    const program = evaluate(`
      const { Socket } = await import(${moduleOf('modules/src/sockets/socket.ts')});
      try { new Socket(); } catch (error) { console.log(error.message.split('\\n')[0]); }
    `);
    expect(program.stdout).toMatch(/^selectloop's native addon could not be loaded/);
  });

  test('the public face, which has the constants, says so at import', () => {
    const program = evaluate(
      `await import(${moduleOf('src/socket.ts')}).catch((error) => console.log(error.message))`,
    );
    expect(program.stdout).toMatch(/^selectloop's native addon could not be loaded/);
    expect(program.stdout).toContain('/nowhere/selectloop.node: no such file');
  });
});

async function startWorker(job: Readonly<Record<string, unknown>>): Promise<Worker> {
  const worker = startBuiltWorker('test/integration/sockets/programs/peer-worker.ts', { workerData: job });
  onTeardown(async () => {
    await worker.terminate();
  });
  await once(worker, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
  return worker;
}

describe('a worker', () => {
  test('sends ten megabytes to the main thread, both blocking', async () => {
    const byteCount = 10_000_000;
    const listener = listenOn();
    const worker = await startWorker({ task: 'send', port: listener.getsockname()[1], byteCount });
    const [server] = listener.accept();
    closeLater(server);
    server.settimeout(PATIENCE_MS);
    let receivedCount = 0;
    let firstWrong = -1;
    const chunk = new Uint8Array(65_536);
    for (;;) {
      const count = server.recvInto(chunk);
      if (count === 0) break;
      for (let i = 0; i < count && firstWrong < 0; i++) {
        const at = receivedCount + i;
        if (chunk[i] !== ((at * 31 + (at >> 8)) & 0xff)) firstWrong = at;
      }
      receivedCount += count;
    }
    expect([receivedCount, firstWrong]).toEqual([byteCount, -1]);
    await once(worker, 'exit', { signal: AbortSignal.timeout(PATIENCE_MS) });
  });

  test('that waits for ever can be terminated: its wait is cut into slices', async () => {
    const worker = await startWorker({ task: 'accept', fileno: listenOn().fileno() });
    // Long enough for it to be inside the system call.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const start = performance.now();
    await worker.terminate();
    expect(performance.now() - start).toBeLessThan(PATIENCE_MS / 2);
  });
});

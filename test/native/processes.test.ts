/** Children by the addon's calls: what they are given, what they are refused, how they end. */

import { chmodSync, closeSync, mkdtempSync, openSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { onTeardown } from '../support/teardown.ts';
import { addon, ended, nextMessage, outputOf, startWorker } from './addon-programs.ts';
import { spawnChild, spawnShell, trySpawn, untilEnded, untilGone } from './process-calls.ts';

const { E2BIG, EACCES, EBADF, ECHILD, ENOENT, ENOEXEC, ENOTDIR, EPERM, ESRCH } = constants.errno;
const { SIGTERM } = constants.signals;
const linux = process.platform === 'linux';
const root = process.getuid?.() === 0;

function folder(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'selectloop-process-')));
  onTeardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test.each([false, true])('a child runs, its end is told, it is reaped (by a thread: %s)', (watchByThread) => {
  const child = spawnShell('exit 7', { watchByThread });
  expect(child.returncode()).toBe(7);
  expect(addon.processReap(child.pid, new Int32Array(1))).toBe(-ECHILD);
});

test.each([false, true])(
  'a child that a signal ends has its negative number (by a thread: %s)',
  (watchByThread) => {
    const child = spawnShell('echo up; exec sleep 60', { watchByThread });
    expect(addon.processReap(child.pid, new Int32Array(1))).toBe(0);
    expect(addon.waitReady(child.exitFd, 1, 20)).toBe(0);
    expect(addon.processKill(child.pid, SIGTERM)).toBe(0);
    expect(child.returncode()).toBe(-SIGTERM);
  },
);

test('signals go to children of this environment only', () => {
  expect(addon.processKill(process.pid, 0)).toBe(-ESRCH);
  expect(addon.processKill(1, 0)).toBe(-ESRCH);
  const child = spawnShell('exit 0');
  child.returncode();
  expect(addon.processKill(child.pid, 0)).toBe(-ESRCH);
  expect(addon.processAbandon(child.pid)).toBe(-ECHILD);
});

test('arguments, environment and directory arrive, as text and as bytes', () => {
  const cwd = folder();
  const child = spawnChild({
    executables: ['/bin/sh'],
    args: ['sh', '-c', 'pwd; echo "$0|$1|$WORD|$#"', 'zero', Buffer.from('ünï 1'), ''],
    environment: ['WORD=a b', Buffer.from('OTHER=x')],
    cwd,
    stdio: [-3, -2, -1],
  });
  expect(child.output()).toBe(`${cwd}\nzero|ünï 1|a b|2\n`);
  expect(child.returncode()).toBe(0);
});

test('each pipe leads where it should; stderr may be what stdout is', () => {
  const child = spawnShell('cat; echo out; echo err >&2', { stdio: [-2, -2, -4] });
  expect(addon.write(child.stdin, Buffer.from('in\n'), 0, 3)).toBe(3);
  addon.close(child.stdin);
  expect(child.output()).toBe('in\nout\nerr\n');
});

test('descriptors of ours may become any of its three, also crosswise', () => {
  // A process of its own: descriptors 0, 1 and 2 of this one are the runner's.
  const output = outputOf(`
    const text = Buffer.from('/bin/sh\\0sh\\0-c\\0echo out; echo err >&2\\0');
    const numbers = Int32Array.of(1, 3, 0, 4, -3, 2, 1, -1, -1, -1, -1, 0, 0, 0, 0, 0);
    const out = new Int32Array(5);
    const pid = addon.processSpawn(text, numbers, new Float64Array(0), out);
    addon.waitReady(out[0], 1, 10000);
    console.log('reaped', addon.processReap(pid, out));`);
  expect(output).toBe('err\nreaped 1');
});

test('a parent without descriptors 0, 1 and 2 starts children with pipes', () => {
  const path = join(folder(), 'output');
  writeFileSync(path, '');
  outputOf(`
    const fs = require('node:fs');
    for (const fd of [0, 1, 2]) fs.closeSync(fd);
    const text = Buffer.from('/bin/sh\\0sh\\0-c\\0cat; echo end\\0');
    const numbers = Int32Array.of(1, 3, 0, 4, -2, -2, -3, -1, -1, -1, -1, 0, 0, 0, 0, 0);
    const out = new Int32Array(5);
    const pid = addon.processSpawn(text, numbers, new Float64Array(0), out);
    addon.write(out[1], Buffer.from('hello '), 0, 6);
    addon.close(out[1]);
    addon.waitReady(out[0], 1, 10000);
    const got = Buffer.alloc(100);
    const count = addon.read(out[2], got, 0, 100);
    const said = [...out].every((fd) => fd < 0 || fd > 2) + ' ' + got.toString('utf8', 0, count);
    fs.writeFileSync(${JSON.stringify(path)}, said);
    process.reallyExit(0);`);
  expect(openAndRead(path)).toBe('true hello end\n');
});

function openAndRead(path: string): string {
  const fd = openSync(path, 'r');
  const buffer = Buffer.alloc(1000);
  const count = addon.read(fd, buffer, 0, 1000);
  closeSync(fd);
  return buffer.toString('utf8', 0, count);
}

test.runIf(linux)('no other descriptor is inherited, but those to be passed', () => {
  const path = join(folder(), 'file');
  writeFileSync(path, 'x');
  const open = [openSync(path, 'r'), openSync(path, 'r'), openSync(path, 'r')] as [number, number, number];
  onTeardown(() => open.forEach(closeSync));
  for (const fd of open) addon.setInheritable(fd, true);
  const list = 'for fd in /proc/self/fd/*; do readlink -m "$fd"; done';
  expect(spawnShell(list).output()).not.toContain(path);
  const child = spawnShell(`cat /proc/self/fd/${open[1]}; ls -l /proc/$$/fd | grep -c ${path}`, {
    passFds: [open[1]],
  });
  expect(child.output()).toBe('x1\n');
});

test('a descriptor to pass that is not open is refused', () => {
  expect(trySpawn({ passFds: [900] })).toEqual({ step: 'dup2', errno: EBADF });
});

test('a child has a session, a process group, a umask of its own', () => {
  const child = spawnShell('umask; ps -o sid= -p $$; ps -o pgid= -p $$; echo $$', {
    umask: 0o27,
    newSession: true,
  });
  const [umask, sid, pgid, pid] = child.output().split('\n').map(Number);
  expect(umask).toBe(27);
  expect([sid, pgid]).toEqual([pid, pid]);
  const grouped = spawnShell('ps -o pgid= -p $$; echo $$', { processGroup: 0 });
  const [own, number] = grouped.output().split('\n').map(Number);
  expect(own).toBe(number);
});

test('resource limits are the child’s alone', () => {
  const { RLIMIT_NOFILE, RLIMIT_CORE } = addon.constants as { RLIMIT_NOFILE: number; RLIMIT_CORE: number };
  const child = spawnShell('ulimit -n; ulimit -Hc', {
    limits: [
      [RLIMIT_NOFILE, 64, 64],
      [RLIMIT_CORE, 0, 0],
    ],
  });
  expect(child.output()).toBe('64\n0\n');
  expect(trySpawn({ limits: [[RLIMIT_NOFILE, 64, 32]] })).toMatchObject({ step: 'setrlimit' });
  expect(spawnShell('ulimit -n').output()).not.toBe('64\n');
});

test.runIf(root)('another user, group and supplementary groups', () => {
  const child = spawnShell('id -u; id -g; id -G', { uid: 65534, gid: 4_294_967_294 | 0, groups: [7, 9] });
  expect(child.output()).toBe('65534\n4294967294\n4294967294 7 9\n');
});

test.runIf(!root)('another user is refused to those who may not change it', () => {
  expect(trySpawn({ uid: 0 })).toEqual({ step: 'setreuid', errno: EPERM });
});

test('what exec refuses comes back, and nothing is left', () => {
  const path = folder();
  const script = join(path, 'script');
  writeFileSync(script, 'echo no interpreter line\n');
  chmodSync(script, 0o755);
  const refused = (executables: string[], more = {}) => trySpawn({ executables, ...more });
  expect(refused(['/nonexistent/program'])).toEqual({ step: 'execve', errno: ENOENT });
  expect(refused([path])).toEqual({ step: 'execve', errno: EACCES });
  expect(refused([script])).toEqual({ step: 'execve', errno: ENOEXEC });
  expect(refused([join(script, 'below')])).toEqual({ step: 'execve', errno: ENOTDIR });
  expect(refused(['/bin/true'], { args: ['true', 'x'.repeat(3_000_000)] })).toEqual({
    step: 'execve',
    errno: E2BIG,
  });
  expect(refused(['/bin/true'], { cwd: '/nonexistent' })).toEqual({ step: 'chdir', errno: ENOENT });
  expect(refused(['/bin/true'], { cwd: script })).toEqual({ step: 'chdir', errno: ENOTDIR });
  // An error of the first is worth more than "there is none" of the second.
  expect(refused([path, '/nonexistent'])).toEqual({ step: 'execve', errno: EACCES });
  const found = trySpawn({ executables: ['/nonexistent', path, '/bin/true'] });
  expect(found).toHaveProperty('pid');
  const pid = trySpawn({ executables: ['/nonexistent'], stdio: [-2, -2, -2] });
  expect(pid).toEqual({ step: 'execve', errno: ENOENT });
});

test('a terminal: the child’s three descriptors, its session, and a size that can be changed', () => {
  const child = spawnChild({
    executables: ['/bin/sh'],
    args: [
      'sh',
      '-c',
      'trap "stty size" WINCH; stty size; tty <&2 >/dev/null && echo tty; while ! read line; do :; done; echo "$line"',
    ],
    stdio: [-5, -5, -5],
    terminal: { rows: 33, columns: 101 },
  });
  const buffer = Buffer.alloc(4096);
  let text = '';
  const readUntil = (what: RegExp): void => {
    while (!what.test(text)) {
      if (addon.waitReady(child.terminal, 1, 10_000) !== 1) throw new Error(`only ${text}`);
      const count = addon.read(child.terminal, buffer, 0, buffer.length);
      if (count <= 0) throw new Error(`ended after ${text}`);
      text += buffer.toString('utf8', 0, count);
    }
  };
  readUntil(/tty/);
  expect(text).toContain('33 101');
  expect(addon.terminalResize(child.terminal, 50, 132)).toBe(0);
  expect(addon.write(child.terminal, Buffer.from('word\n'), 0, 5)).toBe(5);
  readUntil(/word[\s\S]*word/);
  expect(text).toContain('50 132');
  expect(child.returncode()).toBe(0);
});

test('the signals that Node ignores are not ignored in a child, and no signal is blocked', () => {
  const child = spawnShell('grep -E "Sig(Blk|Ign|Cgt)" /proc/self/status || echo none');
  const output = child.output();
  if (linux) {
    const bits = (name: string) => BigInt(`0x${new RegExp(`${name}:\\s*(\\w+)`).exec(output)?.[1]}`);
    expect(bits('SigBlk')).toBe(0n);
    expect(bits('SigCgt') & (1n << 12n)).toBe(0n);
    expect(bits('SigIgn') & (1n << 12n)).toBe(0n);
    const kept = spawnChild({
      executables: ['/bin/grep'],
      args: ['grep', 'SigIgn', '/proc/self/status'],
      stdio: [-3, -2, -1],
      restoreSignals: false,
    });
    expect(BigInt(`0x${/\s(\w+)/.exec(kept.output())?.[1]}`) & (1n << 12n)).not.toBe(0n);
  }
});

test('a storm of signals while children start reaches our own pipe only, and each child starts', () => {
  const output = outputOf(`
    const { SIGUSR2 } = require('node:os').constants.signals;
    const { Worker } = require('node:worker_threads');
    const fds = new Int32Array(2);
    addon.pipe(fds);
    addon.signalWatch(SIGUSR2, fds[1], false);
    const counts = new Int32Array(new SharedArrayBuffer(8));
    const storm = new Worker(\`
      const counts = require('node:worker_threads').workerData;
      while (Atomics.load(counts, 0) === 0) { process.kill(process.pid, 'SIGUSR2'); Atomics.add(counts, 1, 1); }
    \`, { eval: true, workerData: counts });
    storm.once('online', () => {
      const text = Buffer.from('/bin/true\\0true\\0');
      const numbers = Int32Array.of(1, 1, 0, 4, -3, -3, -3, -1, -1, -1, -1, 0, 0, 0, 0, 0);
      const out = new Int32Array(5);
      const bytes = Buffer.alloc(65536);
      let good = 0;
      let heard = 0;
      for (let i = 0; i < 50; i++) {
        const pid = addon.processSpawn(text, numbers, new Float64Array(0), out);
        const exit = out[0];
        while (addon.waitReady(exit, 1, 10000) === 0);
        if (addon.processReap(pid, out) === 1 && out[0] === 0) good++;
        addon.close(exit);
        for (let n; (n = addon.read(fds[0], bytes, 0, 65536)) > 0;) heard += n;
      }
      Atomics.store(counts, 0, 1);
      for (let n; (n = addon.read(fds[0], bytes, 0, 65536)) > 0;) heard += n;
      // Pending signals of one number are one: fewer may be heard than were sent, never more.
      console.log(good, heard > 0 && heard <= Atomics.load(counts, 1) + 1);
      // The thread may be about to send its last one: without a handler that would end the process.
      storm.once('exit', () => addon.signalRestore(SIGUSR2));
    });`);
  expect(output).toBe('50 true');
});

test('an environment that ends kills and reaps the children it has left', async () => {
  const worker = startWorker(`
    const text = Buffer.from('/bin/sleep\\0sleep\\0' + '60\\0');
    const numbers = Int32Array.of(1, 2, 0, 4, -3, -3, -3, -1, -1, -1, -1, 0, 0, 0, 0, 0);
    parentPort.postMessage(addon.processSpawn(text, numbers, new Float64Array(0), new Int32Array(5)));
  `);
  const exit = ended(worker);
  const pid = (await nextMessage(worker)) as number;
  expect(pid).toBeGreaterThan(0);
  await exit;
  await untilGone(pid);
});

test('a process that exits kills the children it has left', async () => {
  const pid = outputOf(`
    const text = Buffer.from('/bin/sleep\\0sleep\\0' + '60\\0');
    const numbers = Int32Array.of(1, 2, 0, 4, -3, -3, -3, -1, -1, -1, -1, 0, 0, 0, 0, 0);
    console.log(addon.processSpawn(text, numbers, new Float64Array(0), new Int32Array(5)));
    process.exit(0);`);
  expect(Number(pid)).toBeGreaterThan(0);
  await untilEnded(Number(pid));
});

test('abandoning a child kills it and has it reaped', async () => {
  const child = spawnChild({ executables: ['/bin/sleep'], args: ['sleep', '60'] });
  child.abandon();
  await untilGone(child.pid);
});

test('wrong requests are refused as a whole', () => {
  const text = Buffer.from('/bin/true\0true\0');
  const good = [1, 1, 0, 4, -3, -3, -3, -1, -1, -1, -1, 0, 0, 0, 0, 0];
  const spawn = (bytes: Uint8Array, numbers: number[], limits: number[] = []): number =>
    addon.processSpawn(bytes, Int32Array.from(numbers), Float64Array.from(limits), new Int32Array(5));
  const changed = (place: number, value: number) => good.map((number, i) => (i === place ? value : number));
  const { EINVAL } = constants.errno;
  expect(spawn(text.subarray(0, -1), good)).toBe(-EINVAL);
  expect(spawn(Buffer.concat([text, Buffer.from('more\0')]), good)).toBe(-EINVAL);
  expect(spawn(text, changed(0, 0))).toBe(-EINVAL);
  expect(spawn(text, changed(2, 2_000_000_000))).toBe(-EINVAL);
  expect(spawn(text, changed(11, 1))).toBe(-EINVAL);
  expect(spawn(text, changed(12, -1))).toBe(-EINVAL);
  expect(spawn(text, [...changed(13, 1), 4], [1])).toBe(-EINVAL);
  expect(() => spawn(text, [1, 1])).toThrow(TypeError);
});

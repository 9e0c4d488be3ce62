/** The loader's answers, and an addon in several environments at once. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { loadAddon } from '../../src/kernel/addon.ts';
import { addonPlaces, prebuiltPackage, runningLibc, systemName } from '../../src/kernel/addon-places.ts';
import { nativePollerKinds } from '../../src/kernel/native-poller.ts';
import { addonPath } from '../support/addon-path.ts';
import { failOnFdLeaks, openDescriptors } from '../support/fd-leaks.ts';
import { sized } from '../support/size.ts';
import { onTeardown } from '../support/teardown.ts';
import { ended, isEmulated, nextMessage, outputOf, startWorker } from './addon-programs.ts';

failOnFdLeaks();

/** The file that is loaded here. Found before tests change the environment. */
const built = addonPath();

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A loader that starts anew, from a package folder of its own where `files` is all there is. */
async function loaderIn(files: Readonly<Record<string, string | Buffer>>): Promise<typeof loadAddon> {
  const folder = mkdtempSync(join(tmpdir(), 'selectloop loader '));
  onTeardown(() => rmSync(folder, { recursive: true }));
  for (const room of ['kernel', 'base']) mkdirSync(join(folder, 'src', room), { recursive: true });
  for (const file of [
    'kernel/addon.ts',
    'kernel/addon-advice.ts',
    'kernel/addon-places.ts',
    'base/environment.ts',
    'base/node-modules.ts',
    'base/package-files.ts',
  ]) {
    cpSync(join(root, 'src', file), join(folder, 'src', file));
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const path = join(folder, 'src/kernel/addon.ts');
  const loader = (await import(/* @vite-ignore */ path)) as { readonly loadAddon: typeof loadAddon };
  return loader.loadAddon;
}

test('it is loaded once, from the folder of the package', () => {
  expect(loadAddon()).toBe(loadAddon());
  const [first] = addonPlaces();
  if (process.env.SELECTLOOP_ADDON === undefined)
    expect(realpathSync(first?.name ?? '')).toBe(`${root}build/Release/selectloop.node`);
});

test('without a file it says where it looked, on what system, and what to run', async () => {
  vi.stubEnv('SELECTLOOP_ADDON', undefined);
  onTeardown(() => {
    vi.unstubAllEnvs();
  });
  const load = await loaderIn({ 'binding.gyp': '{}' });
  const libc = process.platform === 'linux' ? `.${runningLibc()}` : '';
  const system = `${process.platform}-${process.arch}`;
  expect(load).toThrow(/selectloop's native addon could not be loaded/);
  expect(load).toThrow(`${systemName()}, Node ${process.version}`);
  expect(load).toThrow(/selectloop loader .*\/build\/Release\/selectloop\.node: no such file/);
  expect(load).toThrow(`/prebuilds/${system}/selectloop${libc}.node: no such file`);
  expect(load).toThrow(/npm rebuild selectloop/);
  expect(load).toThrow(/npm run build:native/);
});

test('a file that does not load is passed over, with its reason in the message', async () => {
  vi.stubEnv('SELECTLOOP_ADDON', undefined);
  onTeardown(() => {
    vi.unstubAllEnvs();
  });
  const load = await loaderIn({ 'build/Release/selectloop.node': 'not a library' });
  expect(load).toThrow(/build\/Release\/selectloop\.node: .*(too short|invalid|not a mach-o|ELF)/i);
});

test('as published, it has no sources: it names the package for this system, and the one that compiles', async () => {
  vi.stubEnv('SELECTLOOP_ADDON', undefined);
  onTeardown(() => {
    vi.unstubAllEnvs();
  });
  const load = await loaderIn({});
  expect(load).toThrow(/@selectloop\/\S+: not installed\n {2}@selectloop\/source: not installed\n\S/);
  expect(load).toThrow(`@selectloop/${systemName()}: not installed`);
  if (prebuiltPackage() !== null)
    expect(load).toThrow(/an optional dependency of selectloop.*--omit=optional/s);
  expect(load).toThrow(/add the package @selectloop\/source.*npm rebuild @selectloop\/source/s);
});

test('the package for this system is loaded where a package manager has put it', async () => {
  vi.stubEnv('SELECTLOOP_ADDON', undefined);
  onTeardown(() => {
    vi.unstubAllEnvs();
  });
  const file = `node_modules/@selectloop/${systemName()}/selectloop.node`;
  const load = await loaderIn({ [file]: readFileSync(built) });
  expect(load().pollerKinds()).toContain('poll');
});

test('SELECTLOOP_ADDON names the one file to load', async () => {
  vi.stubEnv('SELECTLOOP_ADDON', '/nowhere/selectloop.node');
  onTeardown(() => {
    vi.unstubAllEnvs();
  });
  const load = await loaderIn({});
  expect(load).toThrow(/Looked at:\n {2}\/nowhere\/selectloop\.node: no such file\n\S/);
});

test('the C library is the one that the executable names as its loader', () => {
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-libc-'));
  onTeardown(() => rmSync(folder, { recursive: true }));
  const write = (name: string, loader: string) => {
    const path = join(folder, name);
    writeFileSync(path, `\u007fELF${'\0'.repeat(500)}${loader}\0`);
    return path;
  };
  expect(runningLibc(write('a', '/lib/ld-musl-x86_64.so.1'))).toBe('musl');
  expect(runningLibc(write('b', '/lib64/ld-linux-x86-64.so.2'))).toBe('glibc');
});

test('workers load it, use it and end, again and again', async () => {
  for (let round = 0; round < 5; round++) {
    const workers = [1, 2, 3].map(() =>
      startWorker(
        `const handle = addon.pollerOpen('poll');
         const result = addon.pollerWait(handle, new Int32Array(8), 1);
         parentPort.postMessage([result, addon.pollerClose(handle)]);`,
      ),
    );
    const exits = Promise.all(workers.map(ended));
    for (const message of await Promise.all(workers.map(nextMessage))) expect(message).toEqual([0, 0]);
    await exits;
  }
});

test('each environment has its own pollers', async () => {
  const addon = loadAddon();
  const handle = addon.pollerOpen('poll');
  const worker = startWorker(
    'parentPort.postMessage([addon.pollerWait(data, new Int32Array(2), 0), addon.pollerOpen("poll")]);',
    handle + 5,
  );
  const [result, first] = (await nextMessage(worker)) as [number, number];
  expect(result).toBeLessThan(0);
  expect(first).toBe(0);
  expect(addon.pollerClose(handle)).toBe(0);
});

test.each(['returns', 'is terminated'])('what a worker opened is closed when it %s', async (how) => {
  const before = openDescriptors().size;
  const worker = startWorker(
    `const opened = [];
     for (const kind of data.kinds) for (let i = 0; i < 20; i++) opened.push(addon.pollerOpen(kind));
     for (let i = 0; i < 20; i++) opened.push(addon.wakeupOpen(new Int32Array(new SharedArrayBuffer(8)), new Int32Array(2)));
     parentPort.postMessage(Math.min(...opened));
     if (data.how === 'is terminated') setInterval(() => {}, 1000);`,
    { how, kinds: nativePollerKinds().filter((kind) => !isEmulated(kind)) },
  );
  const exit = ended(worker);
  expect(await nextMessage(worker)).toBeGreaterThanOrEqual(0);
  if (how === 'is terminated') {
    expect(openDescriptors().size).toBeGreaterThanOrEqual(before + 40);
    await worker.terminate();
  }
  await exit;
  // The worker's own descriptors (its libuv loop) go a moment later; the leak check of this file waits for
  // them.
  expect(openDescriptors().size).toBeLessThan(before + 20);
});

test('a worker may be terminated while it loads the addon', () => {
  // Each is stopped a little later in the registration, which takes some 100 microseconds.
  const rounds = sized(10, 40);
  const program = `
    const { Worker } = require('node:worker_threads');
    const words = new Int32Array(new SharedArrayBuffer(4));
    const source = \`
      const { words, path } = require('node:worker_threads').workerData;
      Atomics.store(words, 0, 1);
      Atomics.notify(words, 0);
      require(path);\`;
    (async () => {
      for (let round = 0; round < ${rounds}; round++) {
        Atomics.store(words, 0, 0);
        const worker = new Worker(source, { eval: true, workerData: { words, path: process.argv[1] } });
        await Atomics.waitAsync(words, 0, 0).value;
        for (const endMs = performance.now() + round / (2 * ${rounds}); performance.now() < endMs; );
        await worker.terminate();
      }
      console.log('lives');
    })();`;
  expect(outputOf(program)).toBe('lives');
});

test('a process may end with everything open, and from a worker', () => {
  const program = `
    const fds = new Int32Array(2);
    addon.pipe(fds);
    for (const kind of addon.pollerKinds()) addon.pollerSet(addon.pollerOpen(kind), fds[0], 0, 1, 7);
    addon.wakeupOpen(new Int32Array(new SharedArrayBuffer(8)), new Int32Array(2));
    addon.signalWatch(require('node:os').constants.signals.SIGUSR2, fds[1], false);`;
  expect(outputOf(`${program} console.log('end');`)).toBe('end');
  expect(outputOf(`${program} console.log('end'); process.exit(0);`)).toBe('end');
  expect(
    outputOf(`const { Worker } = require('node:worker_threads');
      new Worker(\`const addon = require(\${JSON.stringify(process.argv[1])});${program.replaceAll('`', '')} process.exit(0);\`,
        { eval: true }).on('exit', (code) => console.log('worker', code));`),
  ).toBe('worker 0');
});

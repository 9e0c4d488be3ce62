import { defineConfig, type TestProjectInlineConfiguration, type ViteUserConfig } from 'vitest/config';
import { compiledModules, compiledModulesPlugin } from './test/support/build-modules.ts';
import { guestExceptions, guestSuites } from './test/support/guest-mode/suites.ts';
import { guestModePlugin } from './test/support/guest-mode/vite-plugin.ts';

/** `SELECTLOOP_TEST_DRIVER=guest`: the loops of the tests are guests of Node's own. */
const isGuestMode = process.env.SELECTLOOP_TEST_DRIVER === 'guest';

/** The tests run in worker threads: `npm run test:threads`. */
const isInThreads = process.argv.includes('--pool=threads');

/** What is reached is counted: of src/ itself, not of what it was compiled to. */
const isCounted = process.argv.includes('--coverage');

/** What every project has. */
const shared = {
  // Examples and tests import 'selectloop' as users do, and get src/ (tsconfig.json, "paths").
  resolve: { tsconfigPaths: true },
  plugins: isGuestMode ? [guestModePlugin()] : [],
};

/** What those have that import src/ as it was compiled. */
const compiled = isGuestMode || isCounted ? shared : { ...shared, plugins: [compiledModulesPlugin()] };

const tests = {
  setupFiles: ['test/support/teardown.ts'],
  // A limit for what hangs, not for what is slow: a busy machine gives a test a tenth of a processor.
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // A test that passes at the second attempt has failed.
  retry: 0,
  // Node itself imports them, not vitest.
  server: { deps: { external: [compiledModules] } },
  // `.only` left behind would silence every other test.
  allowOnly: false,
  // tsx writes its cache on the loop of the thread it runs in. Where that thread blocks and is then
  // terminated, the files of the cache stay open: a leak, and not of ours.
  env: { TSX_DISABLE_CACHE: '1' },
};

/** In guest mode, of what a project includes: the suites that a guest runs. */
function including(folders: readonly string[]): string[] {
  const suites = isGuestMode
    ? guestSuites.filter((suite) => folders.some((folder) => suite.startsWith(folder)))
    : folders;
  return suites.map((suite) => `${suite}/**/*.test.ts`);
}

/** Whether a file runs: in guest mode only those of its suites do. */
function isIncluded(path: string): boolean {
  return !isGuestMode || guestSuites.some((suite) => path.startsWith(`${suite}/`));
}

/** Files that change the process they run in: they handle signals, fork, or weigh its memory. */
const changeTheirProcess = [
  'integration/executors/soak',
  'integration/guest/soak',
  'integration/loop/signal-receiver',
  'integration/sockets/ownership',
  'integration/subprocess/soak',
  'native/processes',
  'native/signals',
  'regressions/a-receiver-of-signals-closes-for-itself-alone',
].map((name) => `test/${name}.test.ts`);

/** Their tests start programs, each in a process of its own: the same from whatever thread. */
const ofPrograms = ['bench', 'docs', 'examples', 'inspection'].map((room) => `test/integration/${room}/**`);

const excluded = [...(isGuestMode ? Object.keys(guestExceptions) : []), ...(isInThreads ? ofPrograms : [])];

/** Tests that replace a module before its first import: what others have imported would stay as it is. */
const replacesModules = ['test/unit/tls/no-openssl.test.ts'];

/**
 * Whose files share a process, so that what they import is read and evaluated once per worker. In worker
 * threads those of `test/integration` do not: there it is the end of a thread that is tested, too.
 */
const fast: TestProjectInlineConfiguration = {
  ...compiled,
  test: {
    ...tests,
    name: 'fast',
    include: including(
      ['architecture', 'conformance', 'contract', 'integration', 'native', 'regressions', 'unit'].map(
        (folder) => `test/${folder}`,
      ),
    ),
    exclude: [
      ...replacesModules,
      ...changeTheirProcess,
      ...(isInThreads ? ['test/integration/**', 'test/native/**'] : []),
      ...excluded,
    ],
    isolate: false,
  },
};

/**
 * Whose files have a process each, with a real main thread of its own: what a file does to its process ends
 * with it.
 */
const processes: TestProjectInlineConfiguration = {
  ...compiled,
  test: {
    ...tests,
    name: 'processes',
    include: isInThreads
      ? including(['test/native', 'test/integration'])
      : changeTheirProcess.filter(isIncluded),
    exclude: excluded,
    isolate: true,
  },
};

/** Whose modules are replaced by others: TypeScript again, of which vitest sees each import. */
const replacing: TestProjectInlineConfiguration = {
  ...shared,
  test: { ...tests, name: 'replacing', include: isGuestMode ? [] : replacesModules, isolate: true },
};

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [fast, processes, replacing],
    globalSetup: ['test/support/build-programs.ts'],
    pool: 'forks',
    // Tests that wait in a system call use no processor time, so more workers than cores is right.
    maxWorkers: 4,
    coverage: { include: ['src/**/*.ts'], reporter: ['text', 'html'] },
  },
});

export default config;

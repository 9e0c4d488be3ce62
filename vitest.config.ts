import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  // Examples and tests import 'selectloop' as users do, and get src/ (tsconfig.json, "paths").
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/teardown.ts'],
    // Forks give each file a real main thread, and a crash of the addon fails that file alone.
    // Tests that wait in a system call use no CPU, so more workers than cores is right.
    pool: 'forks',
    maxWorkers: 4,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // A test that passes at the second attempt has failed.
    retry: 0,
    // `.only` left behind would silence every other test.
    allowOnly: false,
    // tsx writes its cache on the loop of the thread it runs in. Where that thread blocks and is then terminated, the
    // files of the cache stay open: a leak, and not of ours.
    env: { TSX_DISABLE_CACHE: '1' },
    coverage: { include: ['src/**/*.ts'], reporter: ['text', 'html'] },
  },
});

export default config;

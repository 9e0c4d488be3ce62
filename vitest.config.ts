import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Forks give each file a real main thread, and a crash of the addon fails that file alone.
    // Tests that wait in a system call use no CPU, so more workers than cores is right.
    pool: 'forks',
    maxWorkers: 4,
    testTimeout: 20_000,
  },
});

export default config;

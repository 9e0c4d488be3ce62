/** The load generator's report: what beside a storm is counted, and that it has warmed up. */
import { expect, test } from 'vitest';

interface Server {
  stop(): Promise<void>;
}
type Report = Record<'messages' | 'p50Us' | 'warmupSeconds' | 'serverCpuSeconds', number>;

const bench = (file: string) => new URL(`../../../bench/${file}`, import.meta.url).href;
const { findTools } = (await import(bench('tools.mjs'))) as {
  findTools(names: readonly string[]): Promise<{ paths: { load: string; limit: string } }>;
};
const { applyLoad, startServer } = (await import(bench('server-process.mjs'))) as {
  startServer(argv: readonly string[], serves: string): Promise<Server>;
  applyLoad(path: string, server: Server, options: object): Promise<Report>;
};

test.runIf(process.platform === 'linux')(
  'new connections are measured beside busy ones, after warming up',
  async () => {
    const { paths } = await findTools(['load', 'limit']);
    const server = await startServer([paths.limit], 'tcp');
    try {
      const storm = { bytes: 64, connections: 5, storm: true, beside: 20 };
      const report = await applyLoad(paths.load, server, { ...storm, seconds: 1, warmup: 0.1, steady: 5 });
      expect(report.messages).toBeGreaterThan(0);
      expect(report.p50Us).toBeGreaterThan(1);
      expect(report.serverCpuSeconds).toBeGreaterThan(0);
      // Four windows at least, twice: for those beside the storm, and with it.
      expect(report.warmupSeconds).toBeGreaterThanOrEqual(0.8);
    } finally {
      await server.stop();
    }
  },
  60_000,
);

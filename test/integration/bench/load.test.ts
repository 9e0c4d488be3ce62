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
const { startServer } = (await import(bench('server-process.mjs'))) as {
  startServer(argv: readonly string[], serves: string): Promise<Server>;
};
const { applyLoad, startLoad } = (await import(bench('load-process.mjs'))) as {
  applyLoad(path: string, server: Server, options: object): Promise<Report>;
  startLoad(
    path: string,
    server: Server,
    options: object,
  ): Promise<{ takeTurn(): Promise<Report>; stop(): void }>;
};

/** Has the load generator, by its path, work on the limit. */
async function onLimit(body: (load: string, server: Server) => Promise<void>): Promise<void> {
  const { paths } = await findTools(['load', 'limit']);
  const server = await startServer([paths.limit], 'tcp');
  try {
    await body(paths.load, server);
  } finally {
    await server.stop();
  }
}

test.runIf(process.platform === 'linux')(
  'new connections are measured beside busy ones, after warming up',
  () =>
    onLimit(async (load, server) => {
      const storm = { bytes: 64, connections: 5, storm: true, beside: 20 };
      const report = await applyLoad(load, server, { ...storm, seconds: 1, warmup: 0.1, steady: 5 });
      expect(report.messages).toBeGreaterThan(0);
      expect(report.p50Us).toBeGreaterThan(1);
      expect(report.serverCpuSeconds).toBeGreaterThan(0);
      // Four windows at least, twice: for those beside the storm, and with it.
      expect(report.warmupSeconds).toBeGreaterThanOrEqual(0.8);
    }),
  60_000,
);

test.runIf(process.platform === 'linux')(
  'servers take turns: nothing is under way between them, and each turn is counted by itself',
  () =>
    onLimit(async (path, server) => {
      const load = await startLoad(path, server, { connections: 20, seconds: 0.05, warmup: 0.05 });
      const first = await load.takeTurn();
      const second = await load.takeTurn();
      for (const { messages, serverCpuSeconds, p50Us } of [first, second]) {
        expect(messages).toBeGreaterThanOrEqual(20);
        expect(serverCpuSeconds).toBeGreaterThan(0);
        expect(p50Us).toBeGreaterThan(1);
      }
      // The warm-up is told, too, and was one.
      expect(second.warmupSeconds).toBe(first.warmupSeconds);
      await server.stop();
      await expect(load.takeTurn()).rejects.toThrow(/the server closed a connection|Connection reset/);
    }),
  60_000,
);

/** PostgreSQL inside this process: PGlite, behind a socket that `pg` can connect to. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import type { PoolConfig } from 'pg';

export interface Embedded {
  /** Where `pg` finds it. */
  readonly place: PoolConfig;
  stop(): Promise<void>;
}

export async function startEmbedded(): Promise<Embedded> {
  const db = await PGlite.create();
  // A unix socket: there is no port that could be in use. The name is PostgreSQL's own.
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-pglite-'));
  const server = new PGLiteSocketServer({ db, path: join(folder, '.s.PGSQL.5432') });
  await server.start();
  return {
    place: { host: folder, port: 5432, user: 'postgres', database: 'postgres' },
    async stop() {
      await server.stop();
      await db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

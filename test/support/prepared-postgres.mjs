/**
 * Preloaded by programs that start a whole PostgreSQL (PGlite), `node --import`: the first one of a run of
 * the suite keeps the cluster that it has initialised, which takes three seconds of processor time; the
 * others begin with that one.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

const cluster = join(process.env.SELECTLOOP_TEST_PROGRAMS, 'postgres-cluster.tar');
const create = PGlite.create.bind(PGlite);

PGlite.create = async (...options) => {
  // With options PGlite calls it itself, to initialise a cluster.
  if (options.length > 0) return create(...options);
  if (existsSync(cluster)) return create({ loadDataDir: new Blob([readFileSync(cluster)]) });
  const db = await create();
  const file = `${cluster}.${process.pid}`;
  writeFileSync(file, Buffer.from(await (await db.dumpDataDir('none')).arrayBuffer()));
  renameSync(file, cluster);
  return db;
};

/**
 * Preloaded by programs that start a whole PostgreSQL (PGlite), `node --import`: the first one keeps the
 * cluster that it has initialised, which takes three seconds of processor time; the others begin with that
 * one. It is kept with the installed packages, so what begins anew with them is one of this version.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';

const installed = new URL('../../node_modules/', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('@electric-sql/pglite/package.json', installed), 'utf8'));
const cluster = fileURLToPath(new URL(`.cache/postgres-cluster/${version}.tar`, installed));
const create = PGlite.create.bind(PGlite);

PGlite.create = async (...options) => {
  // With options PGlite calls it itself, to initialise a cluster.
  if (options.length > 0) return create(...options);
  if (existsSync(cluster)) return create({ loadDataDir: new Blob([readFileSync(cluster)]) });
  const db = await create();
  const file = `${cluster}.${process.pid}`;
  mkdirSync(dirname(cluster), { recursive: true });
  writeFileSync(file, Buffer.from(await (await db.dumpDataDir('none')).arrayBuffer()));
  renameSync(file, cluster);
  return db;
};

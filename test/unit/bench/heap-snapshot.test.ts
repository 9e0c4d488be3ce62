/** The breakdown of a heap, on snapshots small enough to be read. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { onTeardown } from '../../support/teardown.ts';

interface Growth {
  kind: string;
  bytes: number;
  count: number;
}

const { growthByKind } = (await import(
  new URL('../../../bench/heap-snapshot.mjs', import.meta.url).href
)) as {
  growthByKind(beforePath: string, afterPath: string): Growth[];
};

const TYPES = ['object', 'string', 'closure'];

function snapshotOf(...objects: readonly (readonly [type: string, name: string, bytes: number])[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-snapshot-'));
  onTeardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'a.heapsnapshot');
  const nodes = objects.flatMap(([type, , bytes], i) => [TYPES.indexOf(type), i, 1_000 + i, bytes]);
  const meta = { node_fields: ['type', 'name', 'id', 'self_size'], node_types: [TYPES] };
  writeFileSync(
    path,
    JSON.stringify({ snapshot: { meta }, nodes, strings: objects.map(([, name]) => name) }),
  );
  return path;
}

test('objects are summed up by constructor, strings whatever they say, the rest by what V8 calls it', () => {
  const before = snapshotOf(['object', 'Task', 200], ['string', 'hello', 32]);
  const after = snapshotOf(
    ['object', 'Task', 200],
    ['object', 'Task', 200],
    ['object', 'Task', 210],
    ['string', 'hello', 32],
    ['string', 'world', 40],
    ['closure', 'next', 64],
  );
  expect(growthByKind(before, after)).toEqual([
    { kind: 'Task', bytes: 410, count: 2 },
    { kind: '(closure) next', bytes: 64, count: 1 },
    { kind: '(string)', bytes: 40, count: 1 },
  ]);
});

test('a snapshot that is none is an error', () => {
  const path = snapshotOf(['object', 'Task', 200]);
  expect(() => growthByKind(path, `${path}.gone`)).toThrow(/ENOENT/);
});

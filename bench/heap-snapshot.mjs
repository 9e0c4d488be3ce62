/** Reads V8's heap snapshots, as far as a breakdown by kinds of objects needs it. */

import { readFileSync } from 'node:fs';

/**
 * What the heap has more of in the second snapshot: objects by their constructor, everything else by V8's
 * name of it, dearest first.
 * @returns {{ kind: string, bytes: number, count: number }[]} sizes are of the objects alone, not of what
 *   they refer to
 */
export function growthByKind(beforePath, afterPath) {
  const before = sizesByKind(beforePath);
  return [...sizesByKind(afterPath)]
    .map(([kind, { bytes, count }]) => ({
      kind,
      bytes: bytes - (before.get(kind)?.bytes ?? 0),
      count: count - (before.get(kind)?.count ?? 0),
    }))
    .toSorted((a, b) => b.bytes - a.bytes);
}

function sizesByKind(path) {
  const { nodes, strings, snapshot } = JSON.parse(readFileSync(path, 'utf8'));
  const fields = snapshot.meta.node_fields;
  const types = snapshot.meta.node_types[0];
  const [typeAt, nameAt, sizeAt] = ['type', 'name', 'self_size'].map((field) => fields.indexOf(field));
  const sizes = new Map();
  for (let i = 0; i < nodes.length; i += fields.length) {
    const kind = kindOf(types[nodes[i + typeAt]], strings[nodes[i + nameAt]]);
    const sum = sizes.get(kind) ?? { bytes: 0, count: 0 };
    sum.bytes += nodes[i + sizeAt];
    sum.count++;
    sizes.set(kind, sum);
  }
  return sizes;
}

function kindOf(type, name) {
  if (type === 'object') return name;
  // Strings and numbers have their value for a name.
  return type === 'string' || type === 'number' ? `(${type})` : `(${type}) ${name.slice(0, 60)}`;
}

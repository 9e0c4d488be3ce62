import type { AddressInfo } from '../names/address-query.ts';

/**
 * Addresses in the order of RFC 8305, section 4: `firstCount` of the first family, then one of each family in
 * turn.
 */
export function interleave(infos: readonly AddressInfo[], firstCount: number): AddressInfo[] {
  const byFamily = new Map<number, AddressInfo[]>();
  for (const info of infos) {
    const list = byFamily.get(info[0]);
    if (list === undefined) byFamily.set(info[0], [info]);
    else list.push(info);
  }
  const lists = [...byFamily.values()];
  const ordered = lists[0]?.splice(0, firstCount - 1) ?? [];
  while (lists.some((list) => list.length > 0)) {
    for (const list of lists) {
      const info = list.shift();
      if (info !== undefined) ordered.push(info);
    }
  }
  return ordered;
}

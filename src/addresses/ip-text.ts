/**
 * IP addresses between text and bytes, as `inet_pton(3)` and `inet_ntop(3)` do it: strict on the way in
 * (dotted quads without leading zeros), canonical on the way out (RFC 5952).
 */

const IPV4_BYTE_COUNT = 4;
const IPV6_BYTE_COUNT = 16;
const IPV6_GROUP_COUNT = 8;

/** The four bytes of a dotted quad, or `null`. Leading zeros are refused: some systems read them as octal. */
export function parseIPv4(text: string): Uint8Array | null {
  const bytes = new Uint8Array(IPV4_BYTE_COUNT);
  return writeIPv4(text, bytes, 0) ? bytes : null;
}

/**
 * Writes the four bytes of a dotted quad to `out[offset]` and after. False for anything else: then what
 * stands there means nothing.
 */
export function writeIPv4(text: string, out: Uint8Array, offset: number): boolean {
  let place = 0;
  for (let part = 0; part < IPV4_BYTE_COUNT; part++) {
    if (part > 0 && text.charCodeAt(place++) !== DOT) return false;
    const start = place;
    let value = 0;
    for (let digit = digitAt(text, place); digit >= 0; digit = digitAt(text, place)) {
      value = value * 10 + digit;
      place++;
      if (value > 255) return false;
    }
    const digitCount = place - start;
    if (digitCount === 0 || (digitCount > 1 && text.charCodeAt(start) === ZERO)) return false;
    out[offset + part] = value;
  }
  return place === text.length;
}

const DOT = 0x2e;
const ZERO = 0x30;

/** The digit at `place`, or −1: also past the end, where the code is NaN. */
function digitAt(text: string, place: number): number {
  const digit = text.charCodeAt(place) - ZERO;
  return digit >= 0 && digit <= 9 ? digit : -1;
}

/** The dotted quad of the four bytes at `offset`. */
export function formatIPv4(bytes: Uint8Array, offset = 0): string {
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
}

/** The 16-bit groups of one side of `::`, or `null`. A dotted quad is two groups and may only come last. */
function parseGroups(text: string, mayEndInIPv4: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const quad = mayEndInIPv4 && index === parts.length - 1 ? parseIPv4(part) : null;
    if (quad === null) return null;
    const [a = 0, b = 0, c = 0, d = 0] = quad;
    groups.push(a * 256 + b, c * 256 + d);
  }
  return groups;
}

/** The sixteen bytes of an IPv6 address without zone, or `null`. */
export function parseIPv6(text: string): Uint8Array | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [left = '', right] = halves;
  const head = parseGroups(left, right === undefined);
  const tail = right === undefined ? [] : parseGroups(right, true);
  if (head === null || tail === null) return null;
  const missing = IPV6_GROUP_COUNT - head.length - tail.length;
  // `::` stands for at least one group of zeros; without it all eight must be there.
  if (right === undefined ? missing !== 0 : missing < 1) return null;
  const bytes = new Uint8Array(IPV6_BYTE_COUNT);
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  for (const [index, group] of groups.entries()) {
    bytes[index * 2] = group >> 8;
    bytes[index * 2 + 1] = group & 0xff;
  }
  return bytes;
}

interface ZeroRun {
  readonly start: number;
  readonly count: number;
}

/** The first of the longest runs of zero groups; RFC 5952 section 4.2 shortens no run of one. */
function longestZeroRun(groups: readonly number[]): ZeroRun {
  let best: ZeroRun = { start: -1, count: 1 };
  let start = -1;
  for (let i = 0; i <= groups.length; i++) {
    if (i < groups.length && groups[i] === 0) {
      if (start < 0) start = i;
    } else if (start >= 0) {
      if (i - start > best.count) best = { start, count: i - start };
      start = -1;
    }
  }
  return best;
}

/**
 * `::ffff:a.b.c.d` (mapped) and `::a.b.c.d` (compatible): `inet_ntop` of glibc and the BSDs writes the quad.
 */
function endsInIPv4(run: ZeroRun, groups: readonly number[]): boolean {
  return run.start === 0 && (run.count === 6 || (run.count === 5 && groups[5] === 0xffff));
}

/** The canonical text of the sixteen bytes at `offset`, without zone. */
export function formatIPv6(bytes: Uint8Array, offset = 0): string {
  const groups: number[] = [];
  for (let i = offset; i < offset + IPV6_BYTE_COUNT; i += 2) {
    groups.push((bytes[i] as number) * 256 + (bytes[i + 1] as number));
  }
  const run = longestZeroRun(groups);
  const quad = endsInIPv4(run, groups) ? formatIPv4(bytes, offset + 12) : null;
  const hex = groups.slice(0, quad === null ? IPV6_GROUP_COUNT : 6).map((group) => group.toString(16));
  if (quad !== null) hex.push(quad);
  if (run.start < 0) return hex.join(':');
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.count).join(':')}`;
}

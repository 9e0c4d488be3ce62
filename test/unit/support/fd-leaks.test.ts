import { closeSync, openSync } from 'node:fs';
import { expect, it } from 'vitest';
import { leakedSince, numbersAreOurs, openDescriptors } from '../../support/fd-leaks.ts';

it.runIf(numbersAreOurs)('names a descriptor that was left open, and what it points to', () => {
  const before = openDescriptors();
  const fd = openSync('/dev/null', 'r');
  const leaked = leakedSince(before);
  closeSync(fd);
  const target = process.platform === 'linux' ? '/dev/null' : 'unknown';
  expect(leaked).toEqual([`fd ${fd} -> ${target}`]);
  expect(leakedSince(before)).toEqual([]);
});

it.runIf(numbersAreOurs && process.platform === 'linux')('notices a number that points elsewhere now', () => {
  const fd = openSync('/dev/null', 'r');
  const before = openDescriptors();
  closeSync(fd);
  expect(openSync('/dev/zero', 'r')).toBe(fd);
  const leaked = leakedSince(before);
  closeSync(fd);
  expect(leaked).toEqual([`fd ${fd} -> /dev/zero`]);
});

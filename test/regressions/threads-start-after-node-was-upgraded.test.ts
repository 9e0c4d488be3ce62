/**
 * When Node is upgraded, the file of a program that runs is gone. A new thread of it is told that the
 * executable is `/usr/bin/node (deleted)`, and could not load the addon: ENOENT.
 */
import { expect, test } from 'vitest';
import { addonPlaces, runningLibc } from '../../src/kernel/addon-places.ts';
import { onTeardown } from '../support/teardown.ts';

test.runIf(process.platform === 'linux')('the addon is looked for where it was', () => {
  const { execPath } = process;
  const [libc, names] = [runningLibc(), addonPlaces().map(({ name }) => name)];
  onTeardown(() => {
    process.execPath = execPath;
  });
  process.execPath = `${execPath} (deleted)`;
  expect(runningLibc()).toBe(libc);
  expect(addonPlaces().map(({ name }) => name)).toEqual(names);
});

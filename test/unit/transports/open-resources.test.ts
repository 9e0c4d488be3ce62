/** The list of what a loop's transports and servers hold. */
import { expect, test } from 'vitest';
import {
  forgetOpen,
  type OpenResource,
  openResourcesOf,
  rememberOpen,
} from '../../../src/transports/open-resources.ts';
import { virtualLoop } from '../loop/virtual-loop.ts';

class Resource implements OpenResource {
  previousOpen: OpenResource | null = null;
  nextOpen: OpenResource | null = null;
  releaseNow: () => void = () => {};
}

function listOf(count: number) {
  const { loop, takeReports } = virtualLoop();
  const resources = Array.from({ length: count }, () => new Resource());
  for (const resource of resources) rememberOpen(loop, resource);
  return { loop, resources, takeReports };
}

test('is in order of age, and nobody else’s', () => {
  const { loop, resources } = listOf(3);
  expect(openResourcesOf(loop)).toEqual(resources);
  expect(openResourcesOf(loop)[0]).toBe(resources[0]);
  expect(openResourcesOf(virtualLoop().loop)).toEqual([]);
});

test.each([
  ['the first', [0]],
  ['one in the middle', [1]],
  ['the last', [3]],
  ['all, in any order', [2, 0, 3, 1]],
  ['one twice', [2, 2]],
])('forgets %s', (_what, places) => {
  const { loop, resources } = listOf(4);
  for (const place of places) forgetOpen(loop, resources[place] as Resource);
  const left = resources.filter((_, place) => !places.includes(place));
  const open = openResourcesOf(loop);
  expect(open.length).toBe(left.length);
  for (const [i, resource] of open.entries()) expect(resource).toBe(left[i]);
});

test('what has been forgotten keeps nobody else alive', () => {
  const { loop, resources } = listOf(3);
  const [, middle] = resources as [Resource, Resource, Resource];
  forgetOpen(loop, middle);
  expect([middle.previousOpen, middle.nextOpen]).toEqual([null, null]);
});

test('closing the loop releases each once, the oldest first, though they forget themselves meanwhile', () => {
  const { loop, resources } = listOf(3);
  const released: number[] = [];
  for (const [i, resource] of resources.entries()) {
    resource.releaseNow = () => {
      released.push(i);
      forgetOpen(loop, resource);
    };
  }
  loop.close();
  expect(released).toEqual([0, 1, 2]);
  expect(openResourcesOf(loop)).toEqual([]);
});

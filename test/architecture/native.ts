/** native/ translates and calls; its rooms do not know each other. */
import { describe, expect, test } from 'vitest';
import { filesIn, readText } from './tree.ts';

interface Include {
  readonly path: string;
  readonly line: number;
  readonly target: string;
  readonly isOurs: boolean;
}

const files = filesIn('native', '.cc', '.h');
/** Headers at the top of native/ belong to every room. */
const shared = files
  .filter((path) => path.endsWith('.h') && roomOf(path) === '')
  .map((path) => path.slice('native/'.length));
const includes: readonly Include[] = files.flatMap(includesOf);

describe('native', () => {
  test('the includes are seen', () => {
    expect(includes.filter(({ isOurs }) => isOurs).length).toBeGreaterThan(0);
  });

  test('a room includes its own headers and the shared ones only', () => {
    const wrong = includes
      .filter(({ path, isOurs }) => isOurs && roomOf(path) !== '')
      .filter(({ target }) => target.includes('/') && !shared.some((name) => target === `../${name}`))
      .map(({ path, line, target }) => `${path}:${line} includes "${target}"`);
    expect(wrong, 'allowed are headers of the same room and of the top of native/').toEqual([]);
  });

  test('the shared headers know no room', () => {
    const wrong = includes
      .filter(({ path, isOurs }) => isOurs && shared.some((name) => path === `native/${name}`))
      .filter(({ target }) => target.includes('/'))
      .map(({ path, line, target }) => `${path}:${line} includes "${target}"`);
    expect(wrong).toEqual([]);
  });

  test('only guest/ touches libuv, whose API is not stable across Node versions as Node-API is', () => {
    const wrong = includes
      .filter(({ path, target }) => /^(uv|node|v8)(\.h|\/)/.test(target) && roomOf(path) !== 'guest')
      .map(({ path, line, target }) => `${path}:${line} includes <${target}>`);
    expect(wrong).toEqual([]);
  });
});

function includesOf(path: string): Include[] {
  return readText(path)
    .split('\n')
    .flatMap((text, index) => {
      const match = /^\s*#\s*include\s+(["<])([^">]+)[">]/.exec(text);
      if (match === null) return [];
      return [{ path, line: index + 1, target: match[2] ?? '', isOurs: match[1] === '"' }];
    });
}

function roomOf(path: string): string {
  const parts = path.split('/');
  return parts.length > 2 ? (parts[1] ?? '') : '';
}

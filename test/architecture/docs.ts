/** Documentation is code that a compiler does not read: links lead somewhere, commands exist. */
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesIn, readText } from './tree.ts';

const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesIn('docs', '.md')];
const decisions = filesIn('docs/decisions', '.md').filter((path) => !path.endsWith('README.md'));

describe('documents', () => {
  test('links lead to files and headings that exist', () => {
    const broken = documents.flatMap((path) =>
      [...readText(path).matchAll(/\]\(([^)\s]+)\)/g)]
        .map((match) => match[1] ?? '')
        .filter((link) => !/^https?:/.test(link) && !leadsSomewhere(path, link))
        .map((link) => `${path}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  test('every `npm run …` in them is a script of package.json', () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
    const unknown = documents.flatMap((path) =>
      [...readText(path).matchAll(/npm run ([\w:-]+)/g)]
        .map((match) => match[1] ?? '')
        .filter((name) => !(name in scripts))
        .map((name) => `${path}: npm run ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  test('README names the systems in its first line', () => {
    const first = readText('README.md').split('\n')[0];
    for (const word of ['Linux', 'macOS', 'BSD', 'not on Windows']) expect(first).toContain(word);
  });
});

describe('docs/conformance-network.md', () => {
  const page = 'docs/conformance-network.md';
  const verdicts = ['Same', 'Different', 'Not applicable'] as const;
  /**
   * The rows of its tables: CPython's file, the names of tests, the verdict, and the files of ours that they
   * lead to.
   */
  const rows = readText(page)
    .split(/^## /m)
    .slice(1)
    .flatMap((section) => {
      const file = /`test\/test_asyncio\/(\w+\.py)`/.exec(section)?.[1] ?? '';
      return [...section.matchAll(/^\| ((?:`\w+`(?:, )?)+) \| \*\*(.+?)\*\*(.*) \|$/gm)].map((match) => ({
        file,
        names: [...(match[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
        verdict: match[2] ?? '',
        paths: [...(match[3] ?? '').matchAll(/\]\(\.\.\/(test\/[^)]+)\)/g)].map(([, path = '']) => path),
      }));
    });

  test('counts what its tables have', () => {
    const counted = new Map<string, number[]>();
    for (const { file, names, verdict } of rows) {
      const counts = counted.get(file) ?? [0, 0, 0];
      const column = verdicts.indexOf(verdict as (typeof verdicts)[number]);
      counts[column] = (counts[column] ?? 0) + names.length;
      counted.set(file, counts);
    }
    const together = [...counted.values()].reduce((sum, counts) =>
      sum.map((value, i) => value + (counts[i] ?? 0)),
    );
    const table = [...counted].map(([file, counts]) => `| \`${file}\` | ${counts.join(' | ')} |`);
    for (const line of [...table, `| **Together** | **${together.join('** | **')}** |`]) {
      expect(readText(page)).toContain(line);
    }
    expect(together[0]).toBeGreaterThanOrEqual(350);
  });

  test('each test that is the same leads to one of ours, which names it if it was written for it', () => {
    const missing = rows
      .filter(({ verdict }) => verdict === 'Same')
      .flatMap(({ names, paths }) =>
        names
          .filter((name) => {
            const named = paths.some((path) =>
              new RegExp(`(?<![A-Za-z0-9])${name}(?!\\w)`).test(readText(path)),
            );
            return (
              paths.length === 0 || (paths.some((path) => path.startsWith('test/conformance/')) && !named)
            );
          })
          .map((name) => `${name}: ${paths.join(', ')}`),
      );
    expect(missing).toEqual([]);
  });
});

describe('decisions', () => {
  test('are numbered without a gap', () => {
    const numbers = decisions.map((path) => Number(posix.basename(path).slice(0, 4)));
    expect(numbers).toEqual(decisions.map((_, i) => i + 1));
  });

  test.each(decisions)('%s has its parts and its line in the table', (path) => {
    const text = readText(path);
    expect(text).toMatch(new RegExp(`^# ${posix.basename(path).slice(0, 4)}: `));
    expect(text).toMatch(/^\*\*Status\*\*: (accepted|replaced by \d{4})$/m);
    const headings = [...text.matchAll(/^## (.+)$/gm)].map((match) => match[1]);
    expect(headings).toEqual(['Question', 'Options', 'Decision', 'Why', 'What would change our mind']);
    expect(readText('docs/decisions/README.md')).toContain(posix.basename(path));
  });
});

function leadsSomewhere(from: string, link: string): boolean {
  const [file = '', heading] = link.split('#');
  const path = file === '' ? from : posix.join(posix.dirname(from), file);
  // Written by `npm run docs` from the docstrings, which has its links checked.
  if (path.startsWith('docs/reference/')) return true;
  if (!existsSync(new URL(`../../${path}`, import.meta.url))) return false;
  return heading === undefined || anchorsOf(path).includes(heading);
}

/**
 * The anchors that a renderer of Markdown makes of headings: lower case, no punctuation, hyphens for spaces.
 */
function anchorsOf(path: string): string[] {
  return [...readText(path).matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

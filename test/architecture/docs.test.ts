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

/** The anchors that a renderer of Markdown makes of headings: lower case, no punctuation, hyphens for spaces. */
function anchorsOf(path: string): string[] {
  return [...readText(path).matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

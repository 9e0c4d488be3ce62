/**
 * Runs an example by its name, and without one lists them all. Started by `npm run example` with tsx loaded:
 *
 *   npm run example                              the list
 *   npm run example -- echo-server --port 8008   one of them; what follows its name is its own
 *
 * The example takes the place of this program, in this process: signals, terminal and exit code are its own.
 */
import { fileURLToPath } from 'node:url';
import { gallery } from '../examples/gallery.ts';

/** How many letters to add, remove or replace to make one word of another: Levenshtein's distance. */
function distance(from, to) {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [above, letter] of [...from].entries()) {
    const next = [above + 1];
    for (const [column, other] of [...to].entries()) {
      next.push(Math.min(row[column] + (letter === other ? 0 : 1), row[column + 1] + 1, next[column] + 1));
    }
    row = next;
  }
  return row[to.length];
}

/** What somebody may have meant: names with the same part, else the nearest ones. */
function suggestions(name) {
  const names = gallery.map((example) => example.name);
  const parts = name.split('-').filter((part) => part.length > 2);
  const related = names.filter((each) => parts.some((part) => each.includes(part)));
  if (related.length > 0) return related.slice(0, 5);
  const limit = Math.max(2, Math.floor(name.length / 3));
  return names.filter((each) => distance(name, each) <= limit).slice(0, 5);
}

function list() {
  const width = Math.max(...gallery.map(({ name }) => name.length));
  const lines = [];
  let theme = '';
  for (const { name, file, shows } of gallery) {
    const folder = file.split('/')[0];
    if (folder !== theme) lines.push('', folder);
    theme = folder;
    lines.push(`  ${name.padEnd(width)}  ${shows.replaceAll('`', '')}`);
  }
  lines.push('', 'npm run example -- NAME runs one; npm run example -- NAME --help says what it takes.');
  // At once: `npm run example | head` reads no more than it shows.
  console.log(lines.join('\n'));
}

const [name, ...args] = process.argv.slice(2);
const example = gallery.find((each) => each.name === name);
if (name === undefined || name === '--help') {
  list();
} else if (example === undefined) {
  const meant = suggestions(name);
  const hint = meant.length > 0 ? `did you mean ${meant.join(', ')}?` : 'npm run example lists all';
  console.error(`There is no example '${name}': ${hint}`);
  process.exitCode = 2;
} else {
  const url = new URL(`../examples/${example.file}`, import.meta.url);
  process.argv = [process.argv[0], fileURLToPath(url), ...args];
  await import(url.href);
}

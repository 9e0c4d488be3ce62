/** The documentation site. `npm run docs` builds it into build-docs/; pages are the Markdown files of docs/. */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { defineConfig } from 'vitepress';

const { repository, version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

/** Where readers find what a page links to outside docs/: sources, examples, the changelog. */
const sourceUrl = `${repository.url.replace(/^git\+/, '').replace(/\.git$/, '')}/blob/main`;

const guides = [
  { text: 'Tutorial: a server that lasts', link: '/tutorial' },
  { text: 'From asyncio', link: '/guides/from-asyncio' },
  { text: 'From trio', link: '/guides/from-trio' },
  { text: 'From Node’s net and Promises', link: '/guides/from-node' },
  { text: 'From the book', link: '/book' },
];

const howTo = [
  { text: 'Set time limits', link: '/how-to/timeouts' },
  { text: 'Use a callback library', link: '/how-to/callbacks' },
  { text: 'Use a Promise', link: '/how-to/promises' },
  { text: 'Call a function that blocks', link: '/how-to/blocking-functions' },
  { text: 'Run another program', link: '/how-to/subprocesses' },
  { text: 'Share memory between threads', link: '/how-to/shared-memory' },
  { text: 'Use TLS', link: '/how-to/tls' },
  { text: 'Forward large messages', link: '/how-to/large-messages' },
  { text: 'Shut a server down', link: '/how-to/graceful-shutdown' },
  { text: 'Test with virtual time', link: '/how-to/testing' },
  { text: 'My program hangs: what now?', link: '/my-program-hangs' },
  { text: 'Find out why nothing happens', link: '/how-to/debugging' },
  { text: 'Look into a running program', link: '/how-to/inspecting' },
  { text: 'Run under systemd, in a container', link: '/how-to/deployment' },
  { text: 'Bundle a program', link: '/how-to/bundling' },
];

const explanations = [
  { text: 'Cancellation', link: '/cancellation' },
  { text: 'Guest mode', link: '/guest-mode' },
  { text: 'Deadlocks', link: '/deadlocks' },
  { text: 'The design', link: '/design' },
  { text: 'Decisions', link: '/decisions/' },
  { text: 'Performance', link: '/performance' },
  { text: 'Settings', link: '/settings' },
  { text: 'Platforms', link: '/platforms' },
  { text: 'Conformance: tasks', link: '/conformance' },
  { text: 'Conformance: the loop', link: '/conformance-loop' },
  { text: 'Conformance: the network', link: '/conformance-network' },
  { text: 'Conformance: processes and executors', link: '/conformance-processes' },
];

export default defineConfig({
  title: 'selectloop',
  description: 'A real, blocking select() for Node.js and an asyncio-class event loop on it',
  cleanUrls: false,
  lastUpdated: false,
  outDir: '../build-docs',
  cacheDir: '../build/vitepress-cache',
  // The packages of the generator, and no page of ours.
  srcExclude: ['node_modules/**'],
  rewrites: { 'decisions/README.md': 'decisions/index.md' },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Tutorial', link: '/tutorial' },
      { text: 'Reference', link: '/reference/' },
      { text: version, link: `${sourceUrl}/CHANGELOG.md` },
    ],
    sidebar: [
      { text: 'Learn', items: guides },
      { text: 'How to', items: howTo },
      { text: 'Understand', items: explanations },
      { text: 'Reference', items: [{ text: 'Every export', link: '/reference/' }] },
    ],
  },
  markdown: {
    anchor: { slugify: anchorOf },
    config: (markdown) => markdown.core.ruler.push('outside-links', linkOutside),
  },
});

/** As on GitHub, where the same pages are read: the generator's own puts `_` before a digit. */
function anchorOf(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** Links that leave docs/ lead to the repository; all others are checked by the generator, which fails on a dead one. */
function linkOutside(state) {
  const folder = posix.dirname(state.env.relativePath ?? '');
  for (const token of state.tokens.flatMap((each) => each.children ?? [])) {
    const link = token.attrGet('href');
    if (link === null || /^(?:[a-z]+:|#|\/)/.test(link)) continue;
    const path = posix.normalize(posix.join('docs', folder, link));
    if (!path.startsWith('docs/')) token.attrSet('href', `${sourceUrl}/${path}`);
  }
}

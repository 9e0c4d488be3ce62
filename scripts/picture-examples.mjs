/**
 * Makes the pictures of examples/README.md, in examples/pictures/: runs the examples in terminals and in
 * Chromium, does what a user would do, and keeps what is shown.
 *
 *   node scripts/picture-examples.mjs            all; CHROMIUM says where that is, for those of pages
 *   node scripts/picture-examples.mjs chat       only those whose names begin so
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import xterm from '@xterm/headless';
import puppeteer from 'puppeteer-core';
import { createSubprocessExec, createTask, fromPromise, PIPE, runGuest, sleep } from '../dist/index.js';
import { terminalSvg } from './terminal-svg.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pictures = join(root, 'examples', 'pictures');
const wanted = process.argv[2] ?? '';
const WAIT_MS = 60_000;

const nodeArguments = (file, args) => ['--import', 'tsx', join('examples', file), ...args];

/** Starts a server of the examples, and returns the port that it tells. */
function* startServer(file, ...args) {
  const options = { cwd: root, stdout: PIPE };
  const server = yield* createSubprocessExec(process.execPath, nodeArguments(file, args), options);
  for (;;) {
    const line = String(yield* server.stdout.readLine());
    if (line === '') throw new Error(`${file} ended`);
    const port = /(?:port |127\.0\.0\.1:)(\d+)/.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
}

/** An example in a terminal. */
class Recorded {
  static *start(file, args, { rows, columns }) {
    const options = { cwd: root, pty: { rows, columns }, env: { ...process.env, TERM: 'xterm-256color' } };
    const child = yield* createSubprocessExec(process.execPath, nodeArguments(file, args), options);
    const recorded = new Recorded(child, new xterm.Terminal({ rows, cols: columns, allowProposedApi: true }));
    createTask(recorded.pump());
    return recorded;
  }

  constructor(child, terminal) {
    this.child = child;
    this.terminal = terminal;
  }

  *pump() {
    for (;;) {
      const bytes = yield* this.child.stdout.read(65_536);
      if (bytes.length === 0) return;
      this.terminal.write(bytes);
    }
  }

  get text() {
    const { active } = this.terminal.buffer;
    const rows = Array.from({ length: this.terminal.rows }, (_, row) => active.getLine(active.baseY + row));
    return rows.map((row) => row.translateToString(true)).join('\n');
  }

  *until(pattern) {
    for (let waitedMs = 0; !pattern.test(this.text); waitedMs += 20) {
      if (waitedMs > WAIT_MS) throw new Error(`no ${pattern} in\n${this.text}`);
      yield* sleep(20);
    }
  }

  *type(keys) {
    yield* this.child.stdin.write(Buffer.from(keys));
  }

  keep(name) {
    writeFileSync(join(pictures, `${name}.svg`), terminalSvg(this.terminal));
  }
}

function* pictureChat(name) {
  const port = yield* startServer('chat/chat-server.ts', '--port', '0');
  const size = { rows: 7, columns: 64 };
  const ada = yield* Recorded.start('chat/chat-client.ts', ['ada', '--port', String(port)], size);
  yield* ada.until(/here: ada/);
  const bob = yield* Recorded.start('chat/chat-client.ts', ['bob', '--port', String(port)], size);
  yield* bob.until(/here: ada, bob/);
  for (const [who, text] of [
    [bob, 'Good morning! Is the new build out?'],
    [ada, 'Yes, since seven. Linux and macOS are green.'],
    [bob, 'And the BSDs?'],
  ]) {
    yield* who.type(`${text}\r`);
    yield* ada.until(new RegExp(text.replace('?', '\\?')));
  }
  yield* ada.type('Still compiling; ask me again at n');
  yield* ada.until(/at n$/m);
  ada.keep(name);
}

function* pictureMandelbrot(name) {
  const program = yield* Recorded.start('terminal/mandelbrot.ts', [], { rows: 24, columns: 72 });
  yield* program.until(/✓/);
  program.keep(name);
  yield* program.type('q');
}

function* pictureCrawler(name) {
  const port = yield* startServer('crawler/crawler-site.ts', '--port', '0', '--pages', '2000');
  const args = [`http://127.0.0.1:${port}/`, '--per-host', '8'];
  const crawler = yield* Recorded.start('crawler/crawler.ts', args, { rows: 2, columns: 92 });
  yield* crawler.until(/\d{3,} visited/);
  crawler.keep(name);
}

function* pictureLoadTester(name) {
  const port = yield* startServer('crawler/crawler-site.ts', '--port', '0');
  const args = [`http://127.0.0.1:${port}/page/1`, '--rate', '400', '--duration', '20'];
  const tester = yield* Recorded.start('load-tester/load-tester.ts', args, { rows: 7, columns: 92 });
  yield* tester.until(/ 1[5-9]\.\d s of 20/);
  tester.keep(name);
}

function* openPage(browser, url, width, height) {
  const page = yield* fromPromise(browser.newPage());
  yield* fromPromise(page.setViewport({ width, height }));
  yield* fromPromise(page.goto(url));
  return page;
}

function* keepPage(page, name) {
  yield* fromPromise(page.screenshot({ path: join(pictures, `${name}.png`) }));
}

function* pictureWebChat(name, browser) {
  const port = yield* startServer('web-sockets/web-chat.ts', '--port', '0');
  const open = (who) => openPage(browser, `http://127.0.0.1:${port}/?name=${who}`, 560, 300);
  const [ada, bob] = [yield* open('ada'), yield* open('bob')];
  for (const [page, text] of [
    [ada, 'Hello from one window'],
    [bob, 'and from another. <b>Tags</b> are text.'],
  ]) {
    yield* fromPromise(page.bringToFront());
    yield* fromPromise(page.type('input', text));
    yield* fromPromise(page.keyboard.press('Enter'));
  }
  yield* fromPromise(bob.waitForFunction("document.querySelectorAll('#messages li').length === 2"));
  yield* keepPage(bob, name);
}

function* pictureLoadPage(name, browser) {
  const port = yield* startServer('crawler/crawler-site.ts', '--port', '0');
  const args = [`http://127.0.0.1:${port}/page/1`, '--rate', '400', '--duration', '20', '--web', '0'];
  const web = yield* startServer('load-tester/load-tester.ts', ...args);
  const page = yield* openPage(browser, `http://127.0.0.1:${web}/`, 640, 560);
  yield* sleep(17_000);
  yield* keepPage(page, name);
}

const terminals = {
  'chat-client': pictureChat,
  mandelbrot: pictureMandelbrot,
  crawler: pictureCrawler,
  'load-tester': pictureLoadTester,
};
const pages = { 'web-chat': pictureWebChat, 'load-tester-page': pictureLoadPage };

const selected = (table) => Object.entries(table).filter(([name]) => name.startsWith(wanted));

mkdirSync(pictures, { recursive: true });
// A run of its own for each: its programs end with it.
for (const [name, picture] of selected(terminals)) await runGuest(() => picture(name));
if (selected(pages).length > 0) {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const browser = await puppeteer.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    for (const [name, picture] of selected(pages)) await runGuest(() => picture(name, browser));
  } finally {
    await browser.close();
  }
}

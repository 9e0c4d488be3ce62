/** The live page of examples/web-sockets/web-chat.ts: in a real browser, and what pages may not do. */
import { once } from 'node:events';
import type { Page } from 'puppeteer-core';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { onTeardown } from '../../support/teardown.ts';
import { chromium, startBrowser, withoutChromium } from './browser.ts';
import { type Server, startServer, until } from './server-process.ts';

const startChat = (env: Record<string, string> = {}): Promise<Server> =>
  startServer('examples/web-sockets/web-chat.ts', { env });

/** A page without a browser. */
class Peer {
  readonly heard: string[] = [];
  readonly socket: WebSocket;

  constructor(port: number, name: string, options = {}) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/live?name=${name}`, options);
    this.socket.on('message', (data) => this.heard.push(String(data)));
    onTeardown(() => this.socket.terminate());
  }

  async hears(news: object): Promise<void> {
    await until(() => this.heard.includes(JSON.stringify(news)), JSON.stringify(news));
  }
}

describe.skipIf(chromium === null)(`pages${chromium === null ? `, skipped: ${withoutChromium}` : ''}`, () => {
  test('two see each other come, speak and go', async () => {
    const { port, program } = await startChat();
    const browser = await startBrowser();
    const open = async (name: string): Promise<Page> => {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${port}/?name=${name}`);
      return page;
    };
    const say = async (page: Page, text: string): Promise<void> => {
      await page.bringToFront();
      await page.type('input', text);
      await page.keyboard.press('Enter');
    };
    const shows = (page: Page, selector: string, text: string): Promise<unknown> =>
      page.waitForFunction(
        `document.querySelector(${JSON.stringify(selector)})?.textContent === ${JSON.stringify(text)}`,
        { polling: 20, timeout: 20_000 },
      );

    const ada = await open('ada');
    await shows(ada, '#here', 'only you are here');
    const bob = await open('bob');
    for (const page of [ada, bob]) await shows(page, '#here', '2 are here');
    await say(ada, 'hello');
    for (const page of [ada, bob]) await shows(page, '#messages li:last-child', 'adahello');
    await say(bob, '<b id=markup>no markup</b>');
    for (const page of [ada, bob])
      await shows(page, '#messages li:last-child', 'bob<b id=markup>no markup</b>');
    expect(await ada.$('#markup')).toBeNull();
    await bob.close();
    await shows(ada, '#here', 'only you are here');

    program.child.kill('SIGINT');
    await shows(ada, '#here', 'connection lost');
    expect(await program.waitForExit(), program.stderr).toBe(130);
    expect(program.stderr).toBe('');
  });
});

test('what is no message of the page ends its connection, and no other', async () => {
  const { port, program } = await startChat();
  const good = new Peer(port, 'good');
  await good.hears({ here: 1 });
  for (const [message, code] of [
    ['{"text": 1}', 1008],
    ['no json', 1008],
    [`{"text": "${'x'.repeat(5000)}"}`, 1009],
  ] as const) {
    const bad = new Peer(port, 'bad');
    await once(bad.socket, 'open');
    bad.socket.send(message);
    expect(await once(bad.socket, 'close')).toContain(code);
  }
  good.socket.send('{"text": "still here"}');
  await good.hears({ from: 'good', text: 'still here' });
  await until(() => good.heard.at(-2) === '{"here":1}', 'end of the bad ones');
  expect(program.stderr).toMatch(/^bad: Max payload size exceeded\n$/);
});

test('a page that does not answer is let go', async () => {
  const { port } = await startChat({ PING_MS: '100' });
  const silent = new Peer(port, 'silent', { autoPong: false });
  await once(silent.socket, 'close');
  const good = new Peer(port, 'good');
  await good.hears({ here: 1 });
});

test('a page that does not read is let go, and nobody waits for it', async () => {
  const { port } = await startChat();
  const deaf = new Peer(port, 'deaf');
  await deaf.hears({ here: 1 });
  deaf.socket.pause();
  const good = new Peer(port, 'good');
  await good.hears({ here: 2 });
  const message = JSON.stringify({ text: 'x'.repeat(4000) });
  // Far more than the buffers on the way to a page hold, in portions that are read at once.
  for (let heard = 0; heard < 10_000 && !good.heard.includes('{"here":1}'); heard = good.heard.length) {
    for (let i = 0; i < 20; i++) good.socket.send(message);
    await until(() => good.heard.length >= heard + 20, 'what the page has said');
  }
  await good.hears({ here: 1 });
});

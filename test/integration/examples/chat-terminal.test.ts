/** The chat client of examples/chat/ in terminals: what their screens show. */
import { expect, test } from 'vitest';
import { type Coroutine, runGuest } from '../../../src/index.ts';
import { ChatMember } from './chat-member.ts';
import { startServer } from './server-process.ts';
import { TerminalProgram } from './terminal-program.ts';

const SIZE = { rows: 10, columns: 40 };

function startClient(name: string, port: number): Coroutine<TerminalProgram> {
  return TerminalProgram.start('examples/chat/chat-client.ts', [name, '--port', String(port)], SIZE);
}

test('two clients: the input stays on the last row, messages scroll above it', async () => {
  const { port } = await startServer('examples/chat/chat-server.ts');
  await runGuest(function* () {
    const ada = yield* startClient('ada', port);
    yield* ada.shows('* ada has come; here: ada', '>');
    const bob = yield* startClient('bob', port);
    yield* bob.shows('* bob has come; here: ada, bob', '>');
    yield* ada.shows('* ada has come; here: ada', '* bob has come; here: ada, bob', '>');

    yield* ada.type('hällo worlt\x7fd');
    yield* ada.shows('* bob has come; here: ada, bob', '> hällo world');
    yield* bob.type('interrupting\r');
    yield* ada.shows('* bob has come; here: ada, bob', 'bob: interrupting', '> hällo world');
    expect(ada.cursor).toEqual({ row: 9, column: 13 });
    expect(bob.screen.join(), 'not sent before Enter').not.toContain('ada: ');
    yield* ada.type('\r');
    for (const each of [ada, bob]) yield* each.shows('bob: interrupting', 'ada: hällo world', '>');

    // More than fits: of the messages what scrolls away is kept, of the input its end is shown.
    for (let i = 0; i < 12; i++) yield* bob.type(`line ${i}\r`);
    yield* ada.type('0123456789'.repeat(5));
    yield* ada.shows('bob: line 10', 'bob: line 11', `> ${'0123456789'.repeat(5).slice(-37)}`);
    expect(ada.screen[0]).toBe('bob: line 3');
    expect(ada.history).toContain('* ada has come; here: ada');
    yield* ada.type('\x15two words\x17gone');
    yield* ada.shows('bob: line 11', '> two gone');

    yield* ada.type('\x03');
    expect(yield* ada.child.wait()).toBe(0);
    yield* ada.shows('bob: line 11', 'RESTORED', '');
    yield* bob.shows('bob: line 11', '* ada has left', '>');
    expect(bob.screen.join()).not.toContain('gone');
  });
});

test('wide letters, and keys that come in parts', async () => {
  const { port } = await startServer('examples/chat/chat-server.ts');
  await runGuest(function* () {
    const ada = yield* startClient('ada', port);
    yield* ada.shows('* ada has come; here: ada', '>');
    yield* ada.type('a\x1b');
    yield* ada.shows('> a');
    yield* ada.type('[');
    yield* ada.type('Db');
    yield* ada.shows('> ab');
    yield* ada.type(`\x15${'漢字'.repeat(15)}`);
    // 37 cells hold 18 of them.
    yield* ada.shows(`> ${'漢字'.repeat(9)}`);
    yield* ada.type('\x15👍🏽\x7fok\r');
    yield* ada.shows('ada: ok', '>');
  });
});

test('a new size: everything is drawn anew', async () => {
  const { port } = await startServer('examples/chat/chat-server.ts');
  await runGuest(function* () {
    const ada = yield* startClient('ada', port);
    yield* ada.shows('* ada has come; here: ada', '>');
    yield* ada.type(`${'x'.repeat(50)}\rsecond\rtyping`);
    yield* ada.shows(`ada: ${'x'.repeat(35)}`, 'x'.repeat(15), 'ada: second', '> typing');
    ada.resize({ rows: 6, columns: 20 });
    yield* ada.shows(`ada: ${'x'.repeat(15)}`, 'x'.repeat(20), 'x'.repeat(15), 'ada: second', '> typing');
    yield* ada.type(' 0123456789'.repeat(3));
    yield* ada.shows('ada: second', '> 456789 0123456789');
    yield* ada.type('\x15typing');
    ada.resize({ rows: 12, columns: 60 });
    yield* ada.shows('* ada has come; here: ada', `ada: ${'x'.repeat(50)}`, 'ada: second', '> typing');
    expect(ada.cursor).toEqual({ row: 11, column: 8 });
  });
});

test('a line that takes nothing for a while: the client goes on, and draws what is last', async () => {
  const { port } = await startServer('examples/chat/chat-server.ts');
  const bob = await ChatMember.join(port, 'CONNECT bob');
  await bob.hears('* bob has come; here: bob');
  await runGuest(function* () {
    const ada = yield* startClient('ada', port);
    yield* ada.shows('* ada has come; here: bob, ada', '>');
    ada.stopReading();
    for (let i = 0; i < 3000; i++) bob.socket.write(`${'-'.repeat(60)} ${i}\n`);
    yield* bob.heard(`bob: ${'-'.repeat(60)} 2999`);
    yield* ada.type('still there\r');
    yield* bob.heard('ada: still there');
    ada.goOnReading();
    yield* ada.shows(`bob: ${'-'.repeat(35)}`, `${'-'.repeat(25)} 2999`, 'ada: still there', '>');
    expect(ada.history.join('\n')).toMatch(/\* \d+ messages came too fast/);
    yield* ada.type('\x04');
    expect(yield* ada.child.wait()).toBe(0);
    expect(bob.text).not.toContain('bob has left');
  });
});

test('a server that ends gives the terminal back', async () => {
  const { port, program: server } = await startServer('examples/chat/chat-server.ts');
  await runGuest(function* () {
    const ada = yield* startClient('ada', port);
    yield* ada.shows('* ada has come; here: ada', '>');
    server.child.kill('SIGKILL');
    expect([0, 1]).toContain(yield* ada.child.wait());
    yield* ada.until((screen) => screen.includes('RESTORED'), 'RESTORED');
  });
});

/** The chat on several machines, by the servers of examples/chat/redis-chat-server.ts and their Redis. */
import { describe, expect, test } from 'vitest';
import { startProgram } from '../../support/run-program.ts';
import { ChatMember } from './chat-member.ts';
import { hasRedis, startRedis, withoutRedis } from './redis-server.ts';
import { type Server, startServer } from './server-process.ts';

const PATH = 'examples/chat/redis-chat-server.ts';

const startChat = (redis: string): Promise<Server> => startServer(PATH, { args: ['--redis', redis] });

test('no Redis: one line, exit code 1', async () => {
  const program = startProgram(PATH, { args: ['--port', '0', '--redis', '/nowhere/redis.sock'] });
  expect(await program.waitForExit()).toBe(1);
  expect(program.stderr).toMatch(
    /^redis-chat-server: no Redis at \/nowhere\/redis.sock \(.*ENOENT.*\); .*\n$/,
  );
});

describe.skipIf(!hasRedis)(`two servers${hasRedis ? '' : `, skipped: ${withoutRedis}`}`, () => {
  test('a member of each hears the other; a name is taken on both', async () => {
    const redis = await startRedis();
    const [first, second] = await Promise.all([startChat(redis), startChat(redis)]);
    const ada = await ChatMember.join(first.port, 'CONNECT ada');
    await ada.hears('* ada has come; here: ada');
    const bob = await ChatMember.join(second.port, 'CONNECT bob');
    for (const each of [ada, bob]) await each.hears('* bob has come; here: ada, bob');

    const other = await ChatMember.join(second.port, 'CONNECT ada');
    await other.hears('Sorry: ada is here already');
    ada.socket.write('one\n');
    for (const each of [ada, bob]) await each.hears('ada: one');
    bob.socket.write('two\nthree\n');
    for (const each of [ada, bob]) await each.hears('bob: three');

    // Lines that cross: whatever their order is, it is the same for both.
    for (let i = 0; i < 50; i++) {
      ada.socket.write(`a${i}\n`);
      bob.socket.write(`b${i}\n`);
    }
    for (const each of [ada, bob]) for (const last of ['ada: a49', 'bob: b49']) await each.hears(last);
    expect(ada.text.slice(ada.text.indexOf('ada: one'))).toBe(bob.text.slice(bob.text.indexOf('ada: one')));

    // A server that ends says so for its members, and frees their names.
    second.program.child.kill('SIGINT');
    await ada.hears('* bob has left');
    expect(await second.program.waitForExit()).toBe(130);
    const bobAgain = await ChatMember.join(first.port, 'CONNECT bob');
    await bobAgain.hears('* bob has come; here: ada, bob');
    for (const { program } of [first, second]) expect(program.stderr).toBe('');
  });
});

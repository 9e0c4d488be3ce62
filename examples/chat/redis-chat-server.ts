/**
 * The chat on several machines: any number of these servers, which tell each other by Redis what is said.
 *
 *     redis-server &
 *     npm run example -- redis-chat-server --port 8010       # on one machine
 *     npm run example -- redis-chat-server --port 8011       # on another, with --redis redis://first:6379
 *     npm run example -- chat-client ada --port 8010
 *
 * Connections to members are our own streams, Redis is reached by ioredis, in guest mode. Every line goes to Redis first and
 * comes back to all servers, so all members see the same lines in the same order. A name is a key that its server keeps
 * alive: what a server leaves behind that was killed is free again after NAME_TTL_MS.
 */

import type { Redis } from 'ioredis';
import {
  type Coroutine,
  createTask,
  fromPromise,
  print,
  runGuest,
  type StreamWriter,
  sleep,
  startServer,
} from 'selectloop';
import { anyText, commandLine, portNumber } from '../command-line.ts';
import { connectToRedis } from '../redis.ts';
import { LINE_LIMIT_BYTES, Members, Refusal, type Room, serveMember } from './room.ts';

const CHANNEL = 'chat';
const NAME_PREFIX = 'chat:name:';
const NAME_TTL_MS = 15_000;

class RedisRoom implements Room {
  /** Those who are connected to this server. */
  readonly members = new Members();
  private readonly redis: Redis;

  constructor(redis: Redis) {
    this.redis = redis;
  }

  *join(name: string, writer: StreamWriter): Coroutine<void> {
    const claimed = yield* this.ask(this.redis.set(NAME_PREFIX + name, '', 'PX', NAME_TTL_MS, 'NX'));
    if (claimed === null) throw new Refusal(`${name} is here already`);
    this.members.add(name, writer);
    try {
      const keys = yield* this.ask(this.redis.keys(`${NAME_PREFIX}*`));
      const names = keys.map((key) => key.slice(NAME_PREFIX.length)).sort();
      yield* this.publish(`* ${name} has come; here: ${names.join(', ')}`);
    } catch (error) {
      this.members.delete(name);
      throw error;
    }
  }

  *say(name: string, line: string): Coroutine<void> {
    yield* this.publish(`${name}: ${line}`);
  }

  *leave(name: string): Coroutine<void> {
    this.members.delete(name);
    yield* this.ask(this.redis.del(NAME_PREFIX + name));
    yield* this.publish(`* ${name} has left`);
  }

  /** Keeps the names of our members ours. */
  *keepNames(): Coroutine<never> {
    for (;;) {
      yield* sleep(NAME_TTL_MS / 3);
      const calls = this.redis.pipeline();
      for (const name of this.members.names) calls.set(NAME_PREFIX + name, '', 'PX', NAME_TTL_MS);
      try {
        yield* fromPromise(calls.exec());
      } catch (error) {
        print(`names: ${(error as Error).message}`, { fd: 2 });
      }
    }
  }

  private *publish(line: string): Coroutine<void> {
    yield* this.ask(this.redis.publish(CHANNEL, line));
  }

  /** An answer of Redis. @throws Refusal without one: the member is told, and this server goes on */
  private *ask<T>(answer: Promise<T>): Coroutine<T> {
    try {
      return yield* fromPromise(answer);
    } catch (error) {
      if (!(error instanceof Error && /MaxRetriesPerRequest|ReplyError/.test(error.name))) throw error;
      throw new Refusal('the other servers cannot be reached', { cause: error });
    }
  }
}

function* main({ port, redis: url }: { port: number; redis: string }): Coroutine<void> {
  const redis = yield* connectToRedis(url);
  const subscriber = yield* connectToRedis(url);
  const room = new RedisRoom(redis);
  // What is said anywhere comes from here. After a break ioredis subscribes again by itself.
  subscriber.on('message', (_channel: string, line: string) => room.members.tellAll(line));
  try {
    yield* fromPromise(subscriber.subscribe(CHANNEL));
    createTask(room.keepNames());
    const options = { host: '127.0.0.1', port, limit: LINE_LIMIT_BYTES };
    const server = yield* startServer((reader, writer) => serveMember(room, reader, writer), options);
    print(`Chatting on port ${server.port}`);
    try {
      yield* server.serveForever();
    } finally {
      // Members leave while Redis can still be told.
      yield* server.shutdown({ graceMs: 0 });
    }
  } finally {
    redis.disconnect();
    subscriber.disconnect();
  }
}

const options = commandLine('redis-chat-server', {
  port: portNumber(8010),
  redis: anyText('redis://127.0.0.1:6379', 'the Redis that all servers share', 'URL'),
});
await runGuest(() => main(options), { interrupts: true });

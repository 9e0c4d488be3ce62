/** What is published on diagnostics channels. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, test } from 'vitest';
import { publishDiagnostics, sleep, type Task } from '../../../src/index.ts';
import { virtualLoop } from '../loop/virtual-loop.ts';

test('tasks are published to whoever has subscribed, until it is ended', () => {
  const { loop } = virtualLoop();
  const log: string[] = [];
  const channels = ['created', 'step', 'suspended', 'woken', 'done'].map((name) => {
    const listener = (message: unknown): void => {
      const { loop: from, task } = message as { loop: unknown; task: Task<unknown> };
      log.push(`${task.getName()} ${name}${from === loop ? '' : ' elsewhere'}`);
    };
    subscribe(`selectloop:task:${name}`, listener);
    return () => unsubscribe(`selectloop:task:${name}`, listener);
  });
  const stop = publishDiagnostics(loop);
  function* work() {
    yield* sleep(1);
  }
  loop.runUntilComplete(loop.createTask(work(), { name: 'work' }));
  expect(log).toEqual(
    ['created', 'step', 'suspended', 'woken', 'step', 'done'].map((name) => `work ${name}`),
  );
  stop();
  loop.runUntilComplete(loop.createTask(work(), { name: 'work' }));
  expect(log).toHaveLength(6);
  for (const end of channels) end();
});

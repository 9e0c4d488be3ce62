import { expect, test } from 'vitest';
import { createTask, getRunningLoop, run, sleep, taskGroup } from '../../../src/index.ts';

test('a task is made of a function* as of its coroutine', () => {
  const results = run(function* () {
    const first = createTask(function* () {
      yield* sleep(0);
      return 1;
    });
    const second = getRunningLoop().createTask(function* () {
      yield* sleep(0);
      return 'two';
    });
    return [yield* first, yield* second];
  });
  expect(results).toEqual([1, 'two']);
});

test('so is one of a group', () => {
  const result = run(function* () {
    return yield* taskGroup(function* (group) {
      const task = group.createTask(function* () {
        yield* sleep(0);
        return 3;
      });
      return yield* task;
    });
  });
  expect(result).toBe(3);
});

test('a function that wants arguments is not called without them', () => {
  let called = false;
  function* greet(name: string) {
    called = true;
    yield* sleep(name.length);
  }
  run(function* () {
    yield* sleep(0);
    expect(() => createTask(greet as never)).toThrow(
      'createTask: a coroutine was expected, got function greet. Call it: createTask(greet(…)).',
    );
  });
  expect(called).toBe(false);
});

test('a function that makes no coroutine is refused', () => {
  run(function* () {
    yield* sleep(0);
    expect(() => createTask((() => 5) as never)).toThrow(
      /a coroutine was expected, the function returned number 5/,
    );
  });
});

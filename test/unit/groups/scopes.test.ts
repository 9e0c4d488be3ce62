import { describe, expect, test } from 'vitest';
import { CancelScope } from '../../../src/cancellation/cancel-scope.ts';
import { failAfter, moveOnAfter, shielded } from '../../../src/cancellation/deadlines.ts';
import { TaskGroup, taskGroup } from '../../../src/groups/task-group.ts';

import { sleep } from '../../../src/index.ts';
import { countPasses, failure, run, self, throwing } from '../cancellation/on-virtual-time.ts';
import { counting, failAfterMs } from './workers.ts';

describe('groups and scopes', () => {
  test('tasks live in the scope the group was opened in, not in those opened since', () => {
    run(function* () {
      const log: string[] = [];
      yield* taskGroup(function* (group) {
        yield* moveOnAfter(10, function* () {
          group.createTask(
            (function* () {
              yield* sleep(50);
              log.push('task lives on');
            })(),
          );
          yield* sleep(1000);
        });
        log.push('moved on');
      });
      expect(log).toEqual(['moved on', 'task lives on']);
    });
  });

  test('a scope around the group ends body and tasks, at every suspension', () => {
    run(function* (loop) {
      const startMs = loop.time();
      let raised = 0;
      const scope = new CancelScope({ deadlineMs: startMs + 10 });
      const group = new TaskGroup();
      yield* scope.run(() =>
        group.run(function* () {
          group.createTask(
            (function* () {
              for (let i = 0; i < 5; i++) {
                yield* failure(() => sleep(1000));
                raised++;
              }
            })(),
          );
          yield* sleep(1000);
        }),
      );
      expect([raised, scope.cancelledCaught, loop.time() - startMs]).toEqual([5, true, 10]);
      expect([String(group), self().cancelling()]).toEqual(['<TaskGroup finished>', 0]);
    });
  });

  test('waiting for a shielded task in a cancelled scope takes no passes of the loop', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const passes = countPasses(loop);
      yield* moveOnAfter(10, () =>
        taskGroup(function* (group) {
          group.createTask(shielded(() => sleep(10_000)));
          yield* sleep(1000);
        }),
      );
      expect(loop.time() - startMs).toBe(10_000);
      expect(passes()).toBeLessThan(10);
    });
  });

  test('a group that fails does not break the shield of a task', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const log: string[] = [];
      const error = yield* failure(() =>
        taskGroup(function* (group) {
          group.createTask(
            (function* () {
              yield* shielded(() => sleep(100));
              log.push('shield kept');
              yield* counting(log, 'after the shield');
            })(),
          );
          group.createTask(failAfterMs(10, 'task'));
        }),
      );
      expect((error as AggregateError).errors.map(String)).toEqual(['Error: task']);
      expect([log, loop.time() - startMs]).toEqual([['shield kept', 'after the shield: undefined'], 100]);
    });
  });

  test('an error of a task and a cancelled scope: the error is raised, the scope raises again', () => {
    run(function* () {
      const scope = new CancelScope();
      const log: string[] = [];
      yield* scope.run(function* () {
        const error = yield* failure(() =>
          taskGroup(function* (group) {
            group.createTask(
              (function* () {
                try {
                  yield* sleep(1000);
                } finally {
                  yield* throwing(new Error('cleanup'));
                }
              })(),
            );
            yield* sleep(10);
            scope.cancel('enough');
            yield* sleep(10);
          }),
        );
        log.push(error.constructor.name);
        yield* counting(log, 'body');
      });
      expect([log, scope.cancelledCaught]).toEqual([['AggregateError', 'body: enough'], true]);
    });
  });

  test('failAfter around a group raises TimeoutError', () => {
    run(function* () {
      const error = yield* failure(() =>
        failAfter(10, () => taskGroup((group) => group.createTask(sleep(1000)))),
      );
      expect(error.name).toBe('TimeoutError');
    });
  });
});

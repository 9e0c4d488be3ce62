/** Options of pools and of threads that were of a wrong kind gave errors of V8, or were taken. */
import { expect, test } from 'vitest';
import { LoopThread, ProcessPoolExecutor, ThreadPoolExecutor } from '../../src/index.ts';
import { runLimited } from '../integration/executors/fixtures.ts';

test('what is no object, and lists that are none', () => {
  runLimited(function* () {
    using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const url = new URL('file:///nowhere.mjs');
    const mistakes: [() => unknown, string][] = [
      [() => new ThreadPoolExecutor(null as never), 'ThreadPoolExecutor: an object of options was expected'],
      [() => new ProcessPoolExecutor(5 as never), 'ProcessPoolExecutor: an object of options was expected'],
      [() => new LoopThread(url, null as never), 'new LoopThread(): an object of options was expected'],
      [() => pool.map((n) => n, [1], null as never), 'map: an object of options was expected, got null'],
      [() => pool.map((n) => n, [1], { timeoutMs: '5' as never }), 'map: timeoutMs must be a number'],
      [() => pool.shutdown(null as never), 'shutdown: an object of options was expected, got null'],
      [
        () => new ProcessPoolExecutor({ execArgv: '-r' as never }),
        'execArgv must be an array, got string -r',
      ],
      [() => new ThreadPoolExecutor({ errorClasses: Error as never }), 'errorClasses must be an array'],
      [() => new ThreadPoolExecutor({ name: 5 as never }), 'expected text as name, got number 5'],
      [() => new ProcessPoolExecutor({ env: 'A=1' as never }), 'an object of names and values as env, got'],
      [() => new ThreadPoolExecutor({ initializerArgs: 5 as never }), 'initializerArgs must be an array'],
    ];
    for (const [mistake, message] of mistakes) {
      expect(mistake).toThrow(TypeError);
      expect(mistake).toThrow(message);
    }
    expect(yield* pool.submit(() => 1)).toBe(1);
  });
});

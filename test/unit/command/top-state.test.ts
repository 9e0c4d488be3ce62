/** What keys do to `top`, and what it shows; numbers as people read them; arguments. */
import { describe, expect, test } from 'vitest';
import { parseCommand } from '../../../src/command/command-line.ts';
import { bytes, columns, duration, percent } from '../../../src/command/quantities.ts';
import {
  firstState,
  pressed,
  refreshed,
  screenLines,
  type TopState,
} from '../../../src/command/top-state.ts';
import type { TopAnswer } from '../../../src/inspection/inspection-protocol.ts';

function answer(names: readonly string[], elapsedMs = 1000): TopAnswer {
  const metrics = { elapsedMs, passes: 10, busyMs: elapsedMs / 4, idleMs: (elapsedMs * 3) / 4 };
  const zero = {
    readyDepth: 0,
    timers: 0,
    descriptors: 1,
    tasksLive: names.length,
    tasksDone: 0,
    tasksFailed: 0,
  };
  const lag = { count: 1, meanMs: 1, p50Ms: 1, p90Ms: 1, p99Ms: 1, maxMs: 1, buckets: [] };
  return {
    process: { pid: 1, threadId: 0, node: 'v1', argv: [], uptimeMs: 1, residentBytes: 1, heapBytes: 1 },
    poller: 'epoll',
    metrics: { ...metrics, ...zero, lag, bytesReceived: 0, bytesSent: 0 } as unknown as TopAnswer['metrics'],
    taskCount: names.length,
    tasks: names.map((name, i) => ({
      id: i + 1,
      name,
      state: 'waiting',
      waitsFor: 'sleep(1)',
      recentMs: 1,
      cpuMs: 2,
      steps: 3,
      byteCount: 2048,
      ageMs: 61_000,
      isAgeExact: false,
    })),
  };
}

const press = (state: TopState, ...keys: string[]): TopState =>
  keys.reduce((current, key) => pressed(current, key, key.length === 1 ? key : '\x01'), state);

describe('top', () => {
  test('sorts, selects, opens and quits by keys', () => {
    const state = refreshed(firstState('cpu', ''), answer(['a', 'b', 'c']));
    expect(press(state, 'b')).toMatchObject({ sort: 'bytes', wish: 'refresh' });
    expect(press(state, 'down', 'down', 'down')).toMatchObject({ selected: 2, wish: null });
    expect(press(state, 'down', 'up', 'up')).toMatchObject({ selected: 0 });
    expect(press(state, 'return').wish).toBe('open');
    expect(press(refreshed(state, answer([])), 'return').wish).toBeNull();
    for (const key of ['q', 'escape', 'ctrl-c']) expect(press(state, key).wish).toBe('quit');
    const opened = { ...state, view: 'stack' as const };
    expect(press(opened, 'x')).toMatchObject({ view: 'table', wish: null });
    expect(press(opened, 'ctrl-c').wish).toBe('quit');
  });

  test('takes a filter letter by letter, q and all', () => {
    const state = press(refreshed(firstState('cpu', ''), answer(['a'])), '/', 'q', 'x', 'backspace');
    expect(state).toMatchObject({ view: 'filter', filter: 'q', wish: 'refresh' });
    expect(press(state, 'return')).toMatchObject({ view: 'table', filter: 'q' });
    expect(press(state, 'escape')).toMatchObject({ view: 'table', filter: '' });
  });

  test('keeps the selection among the tasks that are left', () => {
    const state = press(refreshed(firstState('cpu', ''), answer(['a', 'b', 'c'])), 'down', 'down');
    expect(refreshed(state, answer(['a'])).selected).toBe(0);
  });

  test('fits the screen, with the selected task in it', () => {
    const names = Array.from({ length: 100 }, (_, i) => `task ${i}`);
    let state = refreshed(firstState('cpu', ''), answer(names));
    for (let i = 0; i < 60; i++) state = press(state, 'down');
    state = refreshed(state, answer(names, 2000));
    const lines = screenLines(state, 80, 20);
    expect(lines.length).toBeLessThan(20);
    expect(lines.filter((line) => line.startsWith('\x1b[7m')).join()).toContain('task 60');
    for (const line of lines)
      expect(line.replaceAll('\x1b[7m', '').replaceAll('\x1b[0m', '').length).toBeLessThanOrEqual(80);
    expect(lines[1]).toContain('75.0% idle');
  });

  test('shows why there is nothing to show', () => {
    expect(screenLines({ ...firstState('cpu', ''), message: 'busy\nat x' }, 80, 24)).toEqual([
      'busy',
      'at x',
    ]);
    expect(screenLines(firstState('cpu', ''), 80, 24)).toEqual(['asking…']);
  });
});

describe('numbers', () => {
  test('have units', () => {
    expect([0.123, 12.3, 1500, 65_000, 7_500_000, 90_000_000_000].map(duration)).toEqual([
      '0.12 ms',
      '12 ms',
      '1.5 s',
      '1m 05s',
      '2h 05m',
      '1041d 16h',
    ]);
    expect([0, 1023, 1024, 5 * 1024 ** 3].map(bytes)).toEqual(['0 B', '1023 B', '1.0 KiB', '5.0 GiB']);
    expect([percent(1, 4), percent(0, 0)]).toEqual(['25.0%', '-']);
  });

  test('stand in columns', () => {
    expect(
      columns(
        [
          ['N', 'NAME'],
          ['10', 'a'],
        ],
        new Set([0]),
      ),
    ).toEqual([' N  NAME', '10  a']);
  });
});

describe('arguments', () => {
  test('are read, and refused in one line', () => {
    expect(parseCommand(['trace', '12', '--seconds', '0.5', '-o', 'x.json'])).toMatchObject({
      name: 'trace',
      pid: 12,
      seconds: 0.5,
      output: 'x.json',
    });
    expect(parseCommand(['--help'])).toBeNull();
    for (const argv of [
      ['ps'],
      ['ps', 'x'],
      ['ps', '1', '2'],
      ['ps', '1', '--nope'],
      ['top', '1', '--sort', 'x'],
      ['top', '1', '--limit', '-1'],
    ])
      expect(() => parseCommand(argv)).toThrow(/^selectloop: [^\n]*$/);
  });
});

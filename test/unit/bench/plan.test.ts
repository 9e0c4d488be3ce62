/** Trials and contenders are data: what the words of the command line choose of them, and that the data fit together. */
import { describe, expect, test } from 'vitest';

interface Trial {
  name: string;
  baseline: string;
  serves: string;
  task?: string;
}
interface Contender {
  name: string;
  needs: string;
  serves: readonly string[];
  lacks?: readonly string[];
  command(paths: Readonly<Record<string, string>>): string[];
}
interface Step {
  trial: Trial;
  baseline: Contender;
  entrants: Contender[];
}

async function load<T>(name: string): Promise<T> {
  return (await import(new URL(`../../../bench/${name}.mjs`, import.meta.url).href)) as T;
}

const { trials } = await load<{ trials: Trial[] }>('trials');
const { contenders } = await load<{ contenders: Contender[] }>('contenders');
const { planFor } = await load<{
  planFor(words: readonly string[], trials: readonly Trial[], contenders: readonly Contender[]): Step[];
}>('plan');

function chosen(...words: string[]): string[] {
  return planFor(words, trials, contenders).flatMap(({ trial, entrants }) =>
    entrants.map(({ name }) => `${trial.name}: ${name}`),
  );
}

describe('words', () => {
  test('all have to be in the names of trial and contender, in any case', () => {
    expect(chosen('echo 10kib 50c', 'SELECTLOOP', 'sockets')).toEqual(['echo 10KiB 50c: selectloop sockets']);
  });

  test('with a comma are alternatives', () => {
    expect(chosen('udp', 'go,tokio')).toEqual(['udp 1KiB 50c: go', 'udp 1KiB 50c: tokio']);
  });

  test('that begin with = are whole words', () => {
    expect(chosen('echo', '=1c', '=1KiB', '=go')).toEqual(['echo 1KiB 1c: go']);
  });

  test('that name nothing choose nothing', () => {
    expect(chosen('no such trial')).toEqual([]);
  });
});

describe('contenders', () => {
  test('take part only in what they can do', () => {
    expect(chosen('udp', 'uvloop')).toEqual(['udp 1KiB 50c: uvloop protocol']);
    expect(chosen('=lock', 'effection')).toEqual([]);
    expect(chosen('=lock', 'trio')).toEqual(['lock: trio']);
  });

  test('are never measured as entrants of the trial whose baseline they are', () => {
    expect(chosen().filter((line) => line.endsWith(': limit') || line.endsWith(': promises'))).toEqual([]);
  });
});

describe('data', () => {
  test('names are unique', () => {
    for (const list of [trials, contenders]) {
      const names = list.map(({ name }) => name);
      expect(names).toEqual([...new Set(names)]);
    }
  });

  test('every trial has a baseline that can do it, and selectloop in it', () => {
    for (const { trial, baseline, entrants } of planFor([], trials, contenders)) {
      expect(baseline?.serves, trial.name).toContain(trial.serves);
      expect(
        entrants.some(({ name }) => name.startsWith('selectloop')),
        trial.name,
      ).toBe(true);
    }
    expect(planFor([], trials, contenders)).toHaveLength(trials.length);
  });

  test('a contender is started by the tool that it needs', () => {
    for (const { name, needs, command } of contenders) {
      const program = command({ node: 'node', [needs]: needs })[0];
      expect(['node', needs], name).toContain(program);
    }
  });
});

/**
 * Trials and contenders are data: what the words of the command line choose of them, and that the data fit
 * together.
 */
import { describe, expect, test } from 'vitest';

interface Trial {
  name: string;
  baseline: string;
  serves: string;
  generator?: string;
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
interface Possible {
  steps: Step[];
  notices: string[];
}

async function load<T>(name: string): Promise<T> {
  return (await import(new URL(`../../../bench/${name}.mjs`, import.meta.url).href)) as T;
}

const { trials } = await load<{ trials: Trial[] }>('trials');
const { contenders } = await load<{ contenders: Contender[] }>('contenders');
const { planFor, possibleWith, toolsOf } = await load<{
  planFor(words: readonly string[], trials: readonly Trial[], contenders: readonly Contender[]): Step[];
  possibleWith(plan: readonly Step[], paths: Readonly<Record<string, string>>): Possible;
  toolsOf(plan: readonly Step[]): string[];
}>('plan');

function chosen(...words: string[]): string[] {
  return planFor(words, trials, contenders).flatMap(({ trial, entrants }) =>
    entrants.map(({ name }) => `${trial.name}: ${name}`),
  );
}

describe('words', () => {
  test('all have to be in the names of trial and contender, in any case', () => {
    expect(chosen('echo 10kib 50c', 'SELECTLOOP', 'buffered')).toEqual([
      'echo 10KiB 50c: selectloop buffered',
    ]);
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

describe('what the tools allow', () => {
  const plan = planFor(['tls echo', 'selectloop protocol,node,go'], trials, contenders);
  const withTools = (...names: string[]) => {
    const { steps, notices } = possibleWith(plan, Object.fromEntries(names.map((name) => [name, name])));
    const lines = steps.map(({ baseline, entrants }) =>
      [baseline, ...entrants].map(({ name }) => name).join(', '),
    );
    return { lines, notices };
  };

  test('is the plan itself where all are there', () => {
    expect(new Set(toolsOf(plan))).toEqual(new Set(['load-tls', 'limit-tls', 'node', 'go']));
    expect(withTools('load-tls', 'limit-tls', 'node', 'go')).toEqual({
      lines: ['limit tls, selectloop protocol, node tls, go'],
      notices: [],
    });
  });

  test('leaves out contenders whose tool is missing', () => {
    expect(withTools('load-tls', 'limit-tls', 'node').lines).toEqual([
      'limit tls, selectloop protocol, node tls',
    ]);
  });

  test('puts the fallback in the place of a missing baseline, and says so', () => {
    expect(withTools('load-tls', 'node', 'go')).toEqual({
      lines: ['node tls, selectloop protocol, go'],
      notices: ['tls echo 1KiB 50c: compared with node tls, not limit tls'],
    });
  });

  test('leaves out trials without a load generator or any baseline, and says so', () => {
    expect(withTools('limit-tls', 'node', 'go')).toEqual({
      lines: [],
      notices: ['left out: tls echo 1KiB 50c needs load-tls'],
    });
    const echo = planFor(['echo 1KiB 50c', 'selectloop sockets'], trials, contenders);
    expect(possibleWith(echo, { load: 'load', node: 'node' })).toEqual({
      steps: [],
      notices: ['left out: echo 1KiB 50c needs limit'],
    });
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

/** The command `selectloop`: looks at a running program from outside. */

import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { formatTaskGraph } from '../debug/format-task-graph.ts';
import type { TaskGraph } from '../debug/task-graph.ts';
import type { ChromeTrace } from '../debug/trace.ts';
import type { StatsAnswer, TopAnswer } from '../inspection/inspection-protocol.ts';
import { addonFile } from '../kernel/addon.ts';
import { CommandError } from './command-error.ts';
import { type Command, type CommandName, parseCommand, USAGE } from './command-line.ts';
import { connectToLoops, type InspectedLoop, requireResponsive } from './inspected-process.ts';
import { printable } from './quantities.ts';
import { statsText } from './stats-text.ts';
import { TopScreen } from './top-screen.ts';
import { topHead, topRows } from './top-table.ts';

const TRACE_SECONDS = 5;
const LOOK_SECONDS = 1;
const ROWS_IN_PIPE = 50;
/** The offset between the tracks of different threads: a thread has fewer tasks. */
const TRACKS_PER_THREAD = 10_000_000;

/**
 * Runs the command.
 * @returns the exit code: 0; 1 when the program cannot be looked at or there is no addon; 2 for what cannot
 * be understood
 */
export async function runCommand(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && argv[0] === 'addon') return showAddon();
  let command: Command | null;
  try {
    command = parseCommand(argv);
  } catch (error) {
    return complain(error, 2);
  }
  if (command === null) {
    process.stdout.write(`${USAGE}\n`);
    return argv.length === 0 ? 2 : 0;
  }
  let loops: readonly InspectedLoop[] = [];
  try {
    loops = await connectToLoops(command.pid);
    for (const loop of loops) await requireResponsive(loop, command.pid);
    await actions[command.name](command, loops);
    return 0;
  } catch (error) {
    return complain(error, 1);
  } finally {
    for (const { client } of loops) client.close();
  }
}

const actions: Readonly<
  Record<CommandName, (command: Command, loops: readonly InspectedLoop[]) => Promise<void>>
> = {
  ps: (command, loops) => showTasks(command, loops, 'table'),
  pstree: (command, loops) => showTasks(command, loops, command.format),
  top: showTop,
  stats: showStats,
  trace: writeTrace,
  dump: writeDump,
};

async function showTasks(
  { json }: Command,
  loops: readonly InspectedLoop[],
  format: 'table' | Command['format'],
): Promise<void> {
  const graphs = await askAll<TaskGraph>(loops, { ask: 'tasks', stacks: true });
  if (json) print(JSON.stringify(byThread(loops, graphs), null, 2));
  else
    printSections(
      loops,
      graphs.map((graph) => printable(formatTaskGraph(graph, format))),
    );
}

async function showStats({ json, seconds }: Command, loops: readonly InspectedLoop[]): Promise<void> {
  const before = await askAll<StatsAnswer>(loops, { ask: 'stats' });
  if (!json) await delay((seconds ?? LOOK_SECONDS) * 1000);
  const now = await askAll<StatsAnswer>(loops, { ask: 'stats' });
  if (json) print(JSON.stringify(byThread(loops, now), null, 2));
  else
    printSections(
      loops,
      now.map((answer, i) => printable(statsText(before[i] as StatsAnswer, answer))),
    );
}

/** On a terminal the first loop, refreshed; in a pipe all of them, once. */
async function showTop(command: Command, loops: readonly InspectedLoop[]): Promise<void> {
  const [first] = loops;
  if (process.stdout.isTTY && process.stdin.isTTY && first !== undefined) {
    await new TopScreen(first, command).show();
    return;
  }
  const { sort, filter, seconds, limit } = command;
  const question = { ask: 'top', sort, filter, limit: limit ?? ROWS_IN_PIPE } as const;
  const before = await askAll<TopAnswer>(loops, question);
  await delay((seconds ?? LOOK_SECONDS) * 1000);
  const now = await askAll<TopAnswer>(loops, question);
  const sections = now.map((answer, i) => {
    const earlier = before[i] as TopAnswer;
    return printable([...topHead(earlier, answer), '', ...topRows(earlier, answer)].join('\n'));
  });
  printSections(loops, sections);
}

async function writeTrace({ seconds, output }: Command, loops: readonly InspectedLoop[]): Promise<void> {
  const traces = await askAll<ChromeTrace>(loops, { ask: 'trace', seconds: seconds ?? TRACE_SECONDS });
  const traceEvents = traces.flatMap((trace, i) => {
    const offset = (loops[i]?.threadId ?? 0) * TRACKS_PER_THREAD;
    return trace.traceEvents.map((event) => ({
      ...event,
      tid: event.tid + offset,
      ...(event.id === undefined ? {} : { id: event.id + offset }),
    }));
  });
  traceEvents.sort((a, b) => a.ts - b.ts);
  const droppedEvents = traces.reduce((sum, { otherData }) => sum + otherData.droppedEvents, 0);
  const path = output ?? 'trace.json';
  writeOutput(path, JSON.stringify({ traceEvents, displayTimeUnit: 'ms', otherData: { droppedEvents } }));
  print(`${path}: ${traceEvents.length} events; open it in ui.perfetto.dev`);
}

async function writeDump({ output }: Command, loops: readonly InspectedLoop[]): Promise<void> {
  const text = JSON.stringify(byThread(loops, await askAll(loops, { ask: 'dump' })), null, 2);
  if (output === null) print(text);
  else writeOutput(output, `${text}\n`);
}

function writeOutput(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new CommandError(`selectloop: ${(error as Error).message}`);
  }
}

function showAddon(): number {
  try {
    print(addonFile());
    return 0;
  } catch (error) {
    // It says where it looked, and what to do.
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
}

async function askAll<T>(
  loops: readonly InspectedLoop[],
  question: Parameters<InspectedLoop['client']['ask']>[0],
): Promise<T[]> {
  const answers = await Promise.all(loops.map(({ client }) => client.ask(question)));
  return answers.map((answer) => answer?.value as T);
}

function byThread(loops: readonly InspectedLoop[], values: readonly unknown[]): unknown {
  return { threads: loops.map(({ threadId }, i) => ({ threadId, ...(values[i] as object) })) };
}

function printSections(loops: readonly InspectedLoop[], sections: readonly string[]): void {
  for (const [i, section] of sections.entries()) {
    if (loops.length > 1) print(`${i > 0 ? '\n' : ''}thread ${loops[i]?.threadId}:`);
    print(section);
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function complain(error: unknown, exitCode: number): number {
  if (!(error instanceof CommandError)) throw error;
  process.stderr.write(`${error.message}\n`);
  return exitCode;
}

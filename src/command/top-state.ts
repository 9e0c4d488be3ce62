/**
 * What `top` shows, and what keys do to it; no terminal is needed for either.
 *
 * | view   | entered by        | keys                                                                       |
 * |--------|-------------------|----------------------------------------------------------------------------|
 * | table  | the start; Escape | arrows select, Enter opens a stack, c s b a n t sort, `/` filters, q quits |
 * | filter | `/`               | text, Backspace; Enter keeps it, Escape drops it                           |
 * | stack  | Enter             | any key goes back                                                          |
 */

import type { StackFrame } from '../coroutines/probe.ts';
import type { TopAnswer, TopOrder } from '../inspection/inspection-protocol.ts';
import { printable } from './quantities.ts';
import { topHead, topRows } from './top-table.ts';

/** A task whose stack is looked at. */
export interface OpenedTask {
  readonly name: string;
  readonly waitsFor: string | null;
  readonly stack: readonly StackFrame[];
}

export interface TopState {
  readonly view: 'table' | 'filter' | 'stack';
  readonly sort: TopOrder;
  readonly filter: string;
  /** Which row is selected, from 0. */
  readonly selected: number;
  readonly before: TopAnswer | null;
  readonly now: TopAnswer | null;
  readonly opened: OpenedTask | null;
  /** Instead of the table, when the program does not answer. */
  readonly message: string | null;
  /** What whoever drives this is to do next. */
  readonly wish: 'quit' | 'refresh' | 'open' | null;
}

const sortKeys: Readonly<Record<string, TopOrder>> = {
  c: 'cpu',
  s: 'steps',
  b: 'bytes',
  a: 'age',
  n: 'name',
  t: 'state',
};

/** The lines above the rows: three of the loop, an empty one, the table's head. */
const LINES_ABOVE_ROWS = 5;

export function firstState(sort: TopOrder, filter: string): TopState {
  return {
    view: 'table',
    sort,
    filter,
    selected: 0,
    before: null,
    now: null,
    opened: null,
    message: null,
    wish: null,
  };
}

/** An answer has come. */
export function refreshed(state: TopState, now: TopAnswer): TopState {
  const selected = Math.max(0, Math.min(state.selected, now.tasks.length - 1));
  return { ...state, before: state.now ?? now, now, selected, message: null, wish: null };
}

/** A key was pressed, in the names of `node:readline`; `text` is what it types. */
export function pressed(state: TopState, key: string, text: string): TopState {
  const next: TopState = { ...state, wish: null };
  if (key === 'ctrl-c') return { ...next, wish: 'quit' };
  if (state.view === 'stack') return { ...next, view: 'table', opened: null };
  if (state.view === 'filter') return typed(next, key, text);
  const count = state.now?.tasks.length ?? 0;
  switch (key) {
    case 'q':
    case 'escape':
      return { ...next, wish: 'quit' };
    case 'up':
      return { ...next, selected: Math.max(0, state.selected - 1) };
    case 'down':
      return { ...next, selected: Math.max(0, Math.min(count - 1, state.selected + 1)) };
    case 'return':
      return count === 0 ? next : { ...next, wish: 'open' };
    default:
      if (text === '/') return { ...next, view: 'filter' };
      return key in sortKeys ? { ...next, sort: sortKeys[key] as TopOrder, wish: 'refresh' } : next;
  }
}

function typed(state: TopState, key: string, text: string): TopState {
  if (key === 'return') return { ...state, view: 'table', wish: 'refresh' };
  if (key === 'escape') return { ...state, view: 'table', filter: '', wish: 'refresh' };
  const filter = key === 'backspace' ? state.filter.slice(0, -1) : state.filter + (text < ' ' ? '' : text);
  return { ...state, filter, wish: 'refresh' };
}

/** The screen as lines, no longer and no more than it has room for; the selected one is reversed. */
export function screenLines(state: TopState, columnCount: number, rowCount: number): string[] {
  const lines = state.view === 'stack' ? stackLines(state) : tableLines(state, rowCount);
  return lines.slice(0, rowCount - 1).map((line) => {
    const isSelected = line.startsWith(SELECTED);
    const cut = printable(isSelected ? line.slice(SELECTED.length) : line).slice(0, columnCount);
    return isSelected ? `\x1b[7m${cut.padEnd(columnCount)}\x1b[0m` : cut;
  });
}

/** Marks the selected line until its length is known. */
const SELECTED = '\x00';

function tableLines(state: TopState, rowCount: number): string[] {
  const { before, now, message } = state;
  if (message !== null) return message.split('\n');
  if (now === null || before === null) return ['asking…'];
  const [head = '', ...rows] = topRows(before, now);
  const room = Math.max(1, rowCount - LINES_ABOVE_ROWS - 2);
  const first = Math.max(0, state.selected - room + 1);
  const shown = rows
    .slice(first, first + room)
    .map((line, i) => (first + i === state.selected ? `${SELECTED}${line}` : line));
  return [...topHead(before, now), '', head, ...shown, footer(state, now)];
}

function footer(state: TopState, now: TopAnswer): string {
  if (state.view === 'filter') return `filter: ${state.filter}_`;
  const filter = state.filter === '' ? '' : `  filter '${state.filter}'`;
  return `${now.tasks.length} of ${now.taskCount} tasks by ${state.sort}${filter}  (c s b a n t sort, / filter, Enter stack, q quit)`;
}

function stackLines({ opened }: TopState): string[] {
  if (opened === null) return [];
  const { name, waitsFor, stack } = opened;
  return [
    `Task '${name}'${waitsFor === null ? '' : ` waits for ${waitsFor}`}`,
    ...stack.map(
      ({ functionName, file, line, column }) =>
        `    at ${functionName} (${file.replace(/^file:\/\//, '')}:${line}:${column})`,
    ),
    '',
    'any key goes back',
  ];
}

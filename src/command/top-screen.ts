/** `top` on a terminal: asks, draws, and listens to keys, until one of them means the end. */

import { emitKeypressEvents, type Key } from 'node:readline';
import type { TopAnswer } from '../inspection/inspection-protocol.ts';
import type { Command } from './command-line.ts';
import { busyMessage, type InspectedLoop } from './inspected-process.ts';
import { firstState, type OpenedTask, pressed, refreshed, screenLines, type TopState } from './top-state.ts';

/** The other screen of the terminal, without a cursor; and back. */
const ENTER_SCREEN = '\x1b[?1049h\x1b[?25l';
const LEAVE_SCREEN = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
/** A loop that has not answered by then is in a long step. */
const PATIENCE_MS = 1000;

export class TopScreen {
  private readonly loop: InspectedLoop;
  private readonly pid: number;
  private readonly everyMs: number;
  private readonly limit: number | null;
  private state: TopState;
  private timer: NodeJS.Timeout | null = null;
  private isAsking = false;
  private finish: (error: Error | null) => void = () => {};

  constructor(loop: InspectedLoop, { pid, seconds, limit, sort, filter }: Command) {
    this.loop = loop;
    this.pid = pid;
    this.everyMs = (seconds ?? 1) * 1000;
    this.limit = limit;
    this.state = firstState(sort, filter);
  }

  /** Until a key ends it. @throws CommandError when the program ends */
  async show(): Promise<void> {
    const { stdin, stdout } = process;
    stdout.write(ENTER_SCREEN);
    emitKeypressEvents(stdin);
    stdin.setRawMode(true);
    const onKey = (text: string | undefined, key: Key): void => this.key(text ?? '', key);
    stdin.on('keypress', onKey);
    const redraw = (): void => this.draw();
    stdout.on('resize', redraw);
    try {
      await new Promise<void>((resolve, reject) => {
        this.finish = (error) => (error === null ? resolve() : reject(error));
        void this.refresh();
      });
    } finally {
      if (this.timer !== null) clearTimeout(this.timer);
      stdin.off('keypress', onKey);
      stdout.off('resize', redraw);
      stdin.setRawMode(false);
      stdin.pause();
      stdout.write(LEAVE_SCREEN);
    }
  }

  private key(text: string, { name = '', ctrl = false }: Key): void {
    this.state = pressed(this.state, ctrl ? `ctrl-${name}` : name, text);
    this.draw();
    if (this.state.wish === 'quit') this.finish(null);
    else if (this.state.wish === 'refresh') void this.refresh();
    else if (this.state.wish === 'open') void this.open();
  }

  private async refresh(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    if (this.timer !== null) clearTimeout(this.timer);
    try {
      await this.ask();
      this.draw();
      this.timer = setTimeout(() => void this.refresh(), this.everyMs);
    } catch (error) {
      this.finish(error as Error);
    } finally {
      this.isAsking = false;
    }
  }

  private async ask(): Promise<void> {
    const { sort, filter } = this.state;
    const limit = this.limit ?? process.stdout.rows;
    const answer = await this.loop.client.ask({ ask: 'top', sort, filter, limit }, PATIENCE_MS);
    if (answer === null) this.state = { ...this.state, message: await busyMessage(this.pid) };
    else this.state = refreshed(this.state, answer.value as TopAnswer);
  }

  private async open(): Promise<void> {
    const task = this.state.now?.tasks[this.state.selected];
    if (task === undefined) return;
    try {
      const answer = await this.loop.client.ask({ ask: 'stack', id: task.id }, PATIENCE_MS);
      if (answer !== null) this.state = { ...this.state, view: 'stack', opened: answer.value as OpenedTask };
    } catch (error) {
      // It has ended meanwhile.
      this.state = { ...this.state, message: (error as Error).message };
    }
    this.draw();
  }

  private draw(): void {
    const { stdout } = process;
    const lines = screenLines(this.state, stdout.columns, stdout.rows);
    stdout.write(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}\n`).join('')}${CLEAR_BELOW}`);
  }
}

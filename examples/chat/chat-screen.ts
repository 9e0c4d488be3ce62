/**
 * What the chat client draws: messages that scroll, and on the last row the line that is being typed.
 *
 * It never waits for the terminal. What happens while the terminal is busy, on a slow line or because somebody has pressed
 * Ctrl-S, is drawn as one picture when there is room again; of many messages only those that fit on the screen.
 */

import { BaseProtocol, type BaseTransport, type Coroutine, Event, type WriteTransport } from 'selectloop';
import { InputLine, type Pressed } from './input-line.ts';

const PROMPT = '> ';
const ESC = '\x1b';
const ERASE_ROW = `\r${ESC}[K`;
const ERASE_SCREEN = `${ESC}[2J`;
/** To the last row: from here on every newline scrolls what is above. */
const LAST_ROW = `${ESC}[999;1H`;
/** Enough for the tallest terminal. */
const KEPT_MESSAGES = 300;

/** Columns and rows. */
export type ScreenSize = readonly [columns: number, rows: number];

/** The protocol of a pipe to a terminal in raw mode. */
export class ChatScreen extends BaseProtocol {
  private readonly input = new InputLine();
  private readonly sizeNow: () => ScreenSize;
  private readonly messages: string[] = [];
  /** How many of the messages are not on the screen yet. */
  private unshown = 0;
  private mustErase = false;
  private isChanged = true;
  private isBusy = false;
  private transport: WriteTransport | null = null;
  private readonly ended = new Event();

  constructor(sizeNow: () => ScreenSize) {
    super();
    this.sizeNow = sizeNow;
  }

  override connectionMade(transport: BaseTransport): void {
    this.transport = transport as WriteTransport;
    // Busy means: something that was written is not with the terminal yet.
    this.transport.setWriteBufferLimits({ high: 0 });
    this.transport.write(Buffer.from(LAST_ROW));
    this.draw();
  }

  override connectionLost(): void {
    this.transport = null;
    this.ended.set();
  }

  override pauseWriting(): void {
    this.isBusy = true;
  }

  override resumeWriting(): void {
    this.isBusy = false;
    if (this.isChanged) this.draw();
  }

  /** A message above the input. */
  show(message: string): void {
    this.messages.push(message);
    if (this.messages.length > KEPT_MESSAGES) this.messages.shift();
    this.unshown++;
    this.draw();
  }

  press(bytes: Buffer): Pressed {
    const pressed = this.input.press(bytes);
    this.draw();
    return pressed;
  }

  /** Draws everything anew: terminals break long rows in ways of their own when they change their size. */
  resized(): void {
    this.mustErase = true;
    this.unshown = this.messages.length;
    this.draw();
  }

  /** Erases the input line. Done when the terminal has got that. */
  *leave(): Coroutine<void> {
    this.isChanged = false;
    this.transport?.write(Buffer.from(ERASE_ROW));
    this.transport?.close();
    yield* this.ended.wait();
  }

  private draw(): void {
    this.isChanged = this.isBusy;
    if (!this.isBusy) this.transport?.write(Buffer.from(this.picture()));
  }

  private picture(): string {
    const [columns, rows] = this.sizeNow();
    const count = Math.min(this.unshown, this.messages.length, rows - 1);
    const skipped = this.unshown - count;
    const news = this.messages.slice(this.messages.length - count);
    if (skipped > 0 && !this.mustErase) news.unshift(`* ${skipped} messages came too fast for this terminal`);
    const start = this.mustErase ? ERASE_SCREEN + LAST_ROW : ERASE_ROW;
    this.unshown = 0;
    this.mustErase = false;
    const input = PROMPT + this.input.visible(columns - PROMPT.length - 1);
    return `${start}${news.map((line) => `${line}\n`).join('')}${input}`;
  }
}

/**
 * Walks through the Mandelbrot set in a terminal: threads compute as hard as they can, and every key is answered at once.
 *
 *     npm run example -- mandelbrot            # arrows move, + and - zoom, q ends
 *
 * Three things go on beside each other: keys are read, the picture is drawn as it becomes known, and each row of it is a call on
 * a thread. A key makes a new view: the calls for the old one that have not begun are cancelled. It is a guest of Node's loop,
 * which is who knows when the terminal gets another size. Needs a terminal of 256 colours.
 */

import { availableParallelism } from 'node:os';
import { isatty } from 'node:tty';
import {
  type Coroutine,
  createTask,
  Event,
  gather,
  type ModuleCalls,
  runGuest,
  sleep,
  stdin,
  stdout,
  type Task,
  ThreadPoolExecutor,
  wait,
} from 'selectloop';
import { commandLine, wholeNumber } from '../command-line.ts';
import { CannotRun } from '../ending.ts';
import { Picture, type PictureSize } from './mandelbrot-picture.ts';
import type { Part } from './mandelbrot-work.ts';

const TICK_MS = 100;
const TICKS = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const ESC = '\x1b';
const ERASE = `${ESC}[2J`;
/** The alternate screen, without a cursor; and back. */
const ENTER = `${ESC}[?1049h${ESC}[?25l`;
const LEAVE = `${ESC}[?25h${ESC}[?1049l`;

const { threads, iterations } = commandLine('mandelbrot', {
  threads: wholeNumber(availableParallelism(), 'how many threads compute', { least: 1 }),
  iterations: wholeNumber(20_000, 'after how many steps a point is taken to be inside', { least: 1 }),
});

type Work = ModuleCalls<typeof import('./mandelbrot-work.ts')>;

class Explorer {
  private readonly work: Work;
  private readonly sizeNow: () => PictureSize;
  private picture: Picture;
  private centre = { x: -0.6, y: 0 };
  private zoom = 1;
  private computing: Task<void> | null = null;
  private rowsKnown = 0;
  private ticks = 0;
  private mustErase = false;
  private readonly changed = new Event();

  constructor(work: Work, sizeNow: () => PictureSize) {
    this.work = work;
    this.sizeNow = sizeNow;
    this.picture = new Picture(sizeNow());
  }

  /** Begins a view, and drops the one before. */
  view(): void {
    this.computing?.cancel();
    this.picture = new Picture(this.sizeNow());
    this.rowsKnown = 0;
    this.computing = createTask(this.compute(this.picture));
    this.changed.set();
  }

  /** The terminal has another size: what it shows is of no use any more. */
  resized(): void {
    this.mustErase = true;
    this.view();
  }

  /** Does what a key means, if it means anything. */
  press(key: string): void {
    const step = 0.5 / this.zoom;
    if (key === '+') this.zoom *= 1.5;
    else if (key === '-') this.zoom = Math.max(0.5, this.zoom / 1.5);
    else if (key === `${ESC}[A`) this.centre.y -= step;
    else if (key === `${ESC}[B`) this.centre.y += step;
    else if (key === `${ESC}[C`) this.centre.x += step;
    else if (key === `${ESC}[D`) this.centre.x -= step;
    else return;
    this.view();
  }

  /** Draws what has changed; what changes meanwhile is drawn next, however slow the terminal is. */
  *draw(): Coroutine<never> {
    for (;;) {
      yield* this.changed.wait();
      this.changed.clear();
      const start = this.mustErase ? ERASE : '';
      this.mustErase = false;
      yield* stdout().write(Buffer.from(start + this.picture.news() + this.status()));
    }
  }

  /** Shows that nothing stands still. */
  *tick(): Coroutine<never> {
    for (;;) {
      yield* sleep(TICK_MS);
      if (this.rowsKnown < this.picture.size.rows) this.ticks++;
      this.changed.set();
    }
  }

  private *compute(picture: Picture): Coroutine<void> {
    const { columns, rows } = picture.size;
    const step = 3 / this.zoom / columns;
    const x = this.centre.x - (columns / 2) * step;
    const y = this.centre.y - rows * step;
    // The middle first: it is what one looks at.
    const order = Array.from({ length: rows }, (_, row) => row).sort(
      (a, b) => Math.abs(a - rows / 2) - Math.abs(b - rows / 2),
    );
    const parts = order.map((row): [number, Part] => [
      row,
      { x, y: y + 2 * row * step, step, columns, rows: 2 },
    ]);
    yield* gather(parts.map(([row, part]) => this.computeRow(picture, row, part)));
  }

  private *computeRow(picture: Picture, row: number, part: Part): Coroutine<void> {
    picture.setRow(row, yield* this.work.escapeTimes(part, iterations));
    this.rowsKnown++;
    this.changed.set();
  }

  private status(): string {
    const { columns, rows } = this.picture.size;
    const isDone = this.rowsKnown === rows;
    const mark = isDone ? '✓' : TICKS[this.ticks % TICKS.length];
    const where = `${this.centre.x.toFixed(4)} ${this.centre.y.toFixed(4)}, zoom ${this.zoom.toFixed(1)}`;
    const text = `${mark} ${this.rowsKnown}/${rows} rows, ${where}   arrows + - q`;
    return `${ESC}[${rows + 1};1H${text.slice(0, columns - 1)}${ESC}[K`;
  }
}

/** The keys in what a terminal has sent: an arrow is three characters. */
function keysIn(bytes: Buffer): string[] {
  return bytes.toString('latin1').match(new RegExp(`${ESC}\\[[A-D]|.`, 'gs')) ?? [];
}

function* explore(explorer: Explorer): Coroutine<number> {
  const drawing = [createTask(explorer.draw()), createTask(explorer.tick())];
  const resized = (): void => explorer.resized();
  process.stdout.on('resize', resized);
  explorer.view();
  try {
    return yield* obey(explorer);
  } finally {
    // What is drawn from here on would be on the screen that was there before.
    process.stdout.off('resize', resized);
    for (const task of drawing) task.cancel();
    yield* wait(drawing);
  }
}

/** Does what the keys say until one of them ends the program; returns its exit code. */
function* obey(explorer: Explorer): Coroutine<number> {
  for (;;) {
    const bytes = yield* stdin().read(64);
    if (bytes.length === 0) return 0;
    for (const key of keysIn(bytes)) {
      if (key === 'q') return 0;
      // Ctrl-C, which in raw mode is a key.
      if (key === '\x03') return 130;
      explorer.press(key);
    }
  }
}

function* main(): Coroutine<void> {
  if (!isatty(0) || !isatty(1)) throw new CannotRun('needs a terminal to draw on');
  process.stdin.setRawMode(true);
  const sizeNow = (): PictureSize => {
    const [columns, rows] = process.stdout.getWindowSize();
    return { columns: columns || 80, rows: Math.max(1, (rows || 24) - 1) };
  };
  using pool = new ThreadPoolExecutor({ maxWorkers: threads });
  const url = new URL('./mandelbrot-work.ts', import.meta.url);
  const work = pool.module<typeof import('./mandelbrot-work.ts')>(url);
  yield* stdout().write(Buffer.from(ENTER));
  try {
    process.exitCode = yield* explore(new Explorer(work, sizeNow));
  } finally {
    yield* stdout().write(Buffer.from(LEAVE));
  }
}

await runGuest(main);

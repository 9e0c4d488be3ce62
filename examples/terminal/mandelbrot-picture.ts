/** The picture of `mandelbrot.ts`: rows of a terminal, of two points a cell, each of which is drawn when it is known. */

const ESC = '\x1b';
/** Of the 256 colours that terminals know: from those that leave at once to those that nearly stay. */
const PALETTE = [
  17, 18, 19, 20, 26, 32, 38, 44, 43, 42, 41, 40, 76, 112, 148, 184, 220, 214, 208, 202, 196, 197, 198, 199,
];
const INSIDE = 16;
const UNKNOWN = 234;

/** Columns and rows of cells. */
export interface PictureSize {
  readonly columns: number;
  readonly rows: number;
}

export class Picture {
  readonly size: PictureSize;
  private readonly colours: Uint8Array;
  private readonly undrawn = new Set<number>();

  constructor(size: PictureSize) {
    this.size = size;
    this.colours = new Uint8Array(size.columns * size.rows * 2).fill(UNKNOWN);
    for (let row = 0; row < size.rows; row++) this.undrawn.add(row);
  }

  /** What is known of the two rows of points in one row of cells. */
  setRow(row: number, times: Uint32Array): void {
    this.colours.set(Array.from(times, colourOf), row * this.size.columns * 2);
    this.undrawn.add(row);
  }

  /** What draws the rows that have changed. */
  news(): string {
    const text = [...this.undrawn].map((row) => `${ESC}[${row + 1};1H${this.textOf(row)}`);
    this.undrawn.clear();
    return `${text.join('')}${ESC}[0m`;
  }

  /** Upper halves of cells, their lower halves being the background. */
  private textOf(row: number): string {
    const { columns } = this.size;
    let [text, before] = ['', ''];
    for (let column = 0; column < columns; column++) {
      const upper = this.colours[row * columns * 2 + column];
      const lower = this.colours[(row * 2 + 1) * columns + column];
      const colour = `${ESC}[38;5;${upper};48;5;${lower}m`;
      text += colour === before ? '▀' : `${colour}▀`;
      before = colour;
    }
    return text;
  }
}

function colourOf(time: number): number {
  if (time === 0) return INSIDE;
  return PALETTE[Math.min(PALETTE.length - 1, Math.floor(Math.log2(time) * 3))] ?? INSIDE;
}
